//go:build !linux

package main

import "syscall"

// orphaned changes nothing here.
func orphaned() *syscall.SysProcAttr { return nil }

// quota is not known here.
func quota() func(pid int) (release func(), err error) { return nil }
