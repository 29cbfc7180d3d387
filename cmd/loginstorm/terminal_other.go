//go:build !linux

package main

import (
	"errors"
	"os"
)

// keyboard is not used here: there is no screen.
type keyboard struct{ saved struct{} }

func openKeyboard() (*keyboard, error) {
	return nil, errors.New("open the terminal: the full view is for Linux")
}

func (k *keyboard) begin(func(byte)) error { return nil }
func (k *keyboard) restore()               {}
func (k *keyboard) end()                   {}
func (k *keyboard) close()                 {}

func raise(os.Signal)    {}
func restoreMode([]byte) {}
func ignoreStops()       {}
