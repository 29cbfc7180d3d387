//go:build unix

package hook

import (
	"os/exec"
	"syscall"
)

// apart gives a program a process group of its own, so that a Ctrl-C in the terminal does
// not end half of a restart, and so that all of it can be killed.
func apart(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
