package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// orphaned ends a process when its parent dies, also while it is stopped.
func orphaned() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// quota is how a process is held to a share of a core.
func quota() func(pid int) (release func(), err error) { return throttling }

// throttling puts a process into a control group of its own that may use a hundredth of a
// core, and takes the limit away on release, which may be called twice.
func throttling(pid int) (release func(), err error) {
	const period, allowed = "100000", "1000" // Microseconds; no kernel allows less.
	var faults []error
	for _, version := range [...]struct{ root, unit, limit, none string }{
		{"/sys/fs/cgroup", "cpu.max", allowed + " " + period, "max " + period},
		{"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", allowed, "-1"},
	} {
		dir := filepath.Join(version.root, fmt.Sprintf("loginstorm-selftest-%d", os.Getpid()))
		lift := func() {
			_ = os.WriteFile(filepath.Join(dir, version.unit), []byte(version.none), 0)
			leave(dir, version.root)
		}
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			if err = limit(filepath.Join(dir, version.unit), version.limit, filepath.Join(dir, "cgroup.procs"), pid); err == nil {
				return lift, nil
			}
			_ = os.Remove(dir)
		}
		faults = append(faults, err)
	}
	return nil, fmt.Errorf("no control group can be made, which takes root: %w", errors.Join(faults...))
}

// limit sets a limit that is there already, and puts a process under it.
func limit(path, value, procs string, pid int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.WriteFile(procs, []byte(strconv.Itoa(pid)), 0)
}

// leave moves what is left of a group to the one above, and removes it.
func leave(dir, root string) {
	text, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	for _, pid := range strings.Fields(string(text)) {
		_ = os.WriteFile(filepath.Join(root, "cgroup.procs"), []byte(pid), 0) // It may be over.
	}
	_ = os.Remove(dir)
}
