//go:build !unix

package hook

import "os/exec"

// apart leaves a program as it is: there are no process groups of this kind here.
func apart(*exec.Cmd) {}
