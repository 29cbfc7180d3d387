package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// keyboard is the controlling terminal while a screen is up: no echo, and every key
// at once. Ctrl-C stays the signal that it is everywhere, so that what it does
// rests on nobody who reads keys; Ctrl-S still holds the output.
type keyboard struct {
	file  *os.File
	saved unix.Termios
	done  chan struct{} // Nobody reads any more.
	once  sync.Once
}

var errBackground = errors.New("this process is in the background")

// openTerminal opens the controlling terminal.
func openTerminal() (*keyboard, error) {
	file, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &keyboard{file: file, done: make(chan struct{})}, nil
}

// openKeyboard opens it to read keys, which changes nothing yet.
func openKeyboard() (*keyboard, error) {
	k, err := openTerminal()
	if err != nil {
		return nil, err
	}
	err = k.control(func(fd int) error {
		group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		if err != nil {
			return err
		}
		// Whoever is not in front would be stopped for touching the terminal.
		if group != unix.Getpgrp() {
			return errBackground
		}
		now, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err == nil {
			k.saved = *now
		}
		return err
	})
	if err != nil {
		k.close()
		return nil, fmt.Errorf("open the terminal: %w", err)
	}
	return k, nil
}

func (k *keyboard) control(do func(fd int) error) error {
	raw, err := k.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// begin turns echo and lines off and calls key for every byte that is typed.
func (k *keyboard) begin(key func(byte)) error {
	mode := k.saved
	mode.Lflag &^= unix.ICANON | unix.ECHO | unix.IEXTEN
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	mode.Cc[unix.VSUSP] = 0 // A generator that is stopped measures itself.
	if err := k.control(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETS, &mode) }); err != nil {
		return fmt.Errorf("set the terminal up: %w", err)
	}
	go func() {
		defer close(k.done)
		buf := make([]byte, 64)
		for {
			n, err := k.file.Read(buf)
			if err != nil {
				return
			}
			for _, b := range buf[:n] {
				key(b)
			}
		}
	}()
	return nil
}

// restore makes the terminal what it was. It waits for nothing, and may be called
// at any time, from anywhere, and twice.
func (k *keyboard) restore() {
	_ = k.control(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETS, &k.saved) })
}

// end restores the terminal and stops to read keys, after begin.
func (k *keyboard) end() {
	k.once.Do(func() {
		k.restore()
		if k.file.SetReadDeadline(time.Unix(1, 0)) == nil {
			<-k.done
		}
		k.file.Close()
	})
}

// close lets go of a terminal that was not begun with.
func (k *keyboard) close() { k.file.Close() }

// restoreMode gives the controlling terminal a mode that was written down as JSON.
func restoreMode(mode []byte) {
	k, err := openTerminal()
	if err != nil {
		return // It is gone.
	}
	defer k.close()
	if json.Unmarshal(mode, &k.saved) == nil {
		k.restore()
	}
}

// ignoreStops lets a process in the background touch the terminal.
func ignoreStops() { signal.Ignore(unix.SIGTTOU, unix.SIGTTIN, unix.SIGTSTP) }

// raise sends this process a signal.
func raise(s os.Signal) {
	if number, ok := s.(unix.Signal); ok {
		_ = unix.Kill(unix.Getpid(), number)
	}
}
