package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/oracle"
	"loginstorm/sim/target"
)

// childConfig is what an embedded target is told: one line of JSON on its
// standard input, which then stays open for as long as the parent lives.
type childConfig struct {
	Gateway   gateway.Config   `json:"gateway"`
	Addrs     []target.Addr    `json:"addrs"`
	Secret    string           `json:"secret"`
	Generated target.Generated `json:"generated"`
	Names     []string         `json:"names,omitempty"` // Accounts from a list instead.
}

// childReport is the last line an embedded target writes when it stops in order.
type childReport struct {
	Stats    target.Stats     `json:"stats"`
	Findings []oracle.Finding `json:"findings,omitempty"`
}

const (
	// readyWithin bounds the start of a child: it binds a few sockets.
	readyWithin = 15 * time.Second
	// stopWithin bounds its orderly end, cut links included.
	stopWithin = 15 * time.Second
)

// child is the embedded target: this binary once more, in a process of its own,
// so that its cost is not the generator's and a kill -9 is a real one. It is the
// run's gateway control.
type child struct {
	self   string
	stderr io.Writer

	mu    sync.Mutex // Guards what a kill -9 replaces, below.
	cfg   childConfig
	lasts []gateway.Command // What a new process has to be told again.
	proc  *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Reader
	words *lastWords
	ready target.Ready
	port  *target.ControlClient
	spent time.Duration // CPU time of processes that are gone.
}

// lastWords waits for the line a process says before it ends, or for its end.
type lastWords struct {
	wanted atomic.Bool // Its end was asked for.
	heard  chan []byte // Gets the line once; nil = it ended without a word.
}

// listen waits for the end of a process from now on. An end that nobody asked for
// is told at once: everything measured from then on is about a gateway that is
// not there.
func listen(lines *bufio.Reader, stderr io.Writer) *lastWords {
	w := &lastWords{heard: make(chan []byte, 1)}
	go func() {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			line = nil
			if !w.wanted.Load() {
				fmt.Fprintln(stderr, "loginstorm: warning: the embedded gateway ended by itself")
			}
		}
		w.heard <- line
	}()
	return w
}

// startChild starts the embedded target and waits until it listens.
func startChild(ctx context.Context, cfg childConfig, stderr io.Writer) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the embedded gateway: %w", err)
	}
	cfg.Secret = rand.Text()
	c := &child{self: self, stderr: stderr, cfg: cfg}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	// A gateway that restarts comes back on the ports it had.
	for i, raw := range c.ready.URLs {
		u, err := url.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("start the embedded gateway: %w", err)
		}
		c.cfg.Addrs[i].Listen = u.Host
	}
	return c, nil
}

// start begins a process and reads its first line.
func (c *child) start(ctx context.Context) error {
	proc := exec.Command(c.self, "target", "--child")
	proc.Stderr = c.stderr
	proc.SysProcAttr = apart()
	stdin, err := proc.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the embedded gateway: %w", err)
	}
	stdout, err := proc.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start the embedded gateway: %w", err)
	}
	if err := proc.Start(); err != nil {
		return fmt.Errorf("start the embedded gateway: %w", err)
	}
	c.proc, c.stdin, c.lines = proc, stdin, bufio.NewReader(stdout)
	stuck := time.AfterFunc(readyWithin, func() { _ = proc.Process.Kill() })
	defer stuck.Stop()
	giveUp := context.AfterFunc(ctx, func() { _ = proc.Process.Kill() })
	defer giveUp()
	if err := c.greet(); err != nil {
		_ = proc.Process.Kill()
		_ = proc.Wait() // Its end is already an error of its own.
		return fmt.Errorf("start the embedded gateway: %w", err)
	}
	c.words = listen(c.lines, c.stderr)
	c.port = target.NewControl(c.ready.Control, target.NewSecret(c.cfg.Secret))
	return nil
}

func (c *child) greet() error {
	text, err := json.Marshal(c.cfg)
	if err != nil {
		return err
	}
	if _, err := c.stdin.Write(append(text, '\n')); err != nil {
		return err
	}
	line, err := c.lines.ReadBytes('\n')
	if err != nil {
		return errors.New("it ended before it listened; its own words are above")
	}
	return json.Unmarshal(line, &c.ready)
}

// URLs returns the addresses it listens on.
func (c *child) URLs() []string { return c.ready.URLs }

// Do carries a command to the gateway. A restart of all nodes that is neither
// orderly nor keeps sessions is a kill -9 and a new process on the same ports.
func (c *child) Do(ctx context.Context, cmd gateway.Command) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cmd.Kind == gateway.Restart && cmd.Node == gateway.AllNodes && !cmd.Orderly && !cmd.KeepSessions {
		return c.crash(ctx, cmd.Downtime)
	}
	if err := c.port.Do(ctx, cmd); err != nil {
		return err
	}
	if lasting(cmd.Kind) {
		c.lasts = append(c.lasts, cmd)
	}
	return nil
}

// lasting reports whether a command changes what a real gateway keeps in its
// database or its console, and so survives the process.
func lasting(k gateway.CommandKind) bool {
	switch k {
	case gateway.Ban, gateway.Unban, gateway.RotateToken, gateway.SetMultiDevice, gateway.SetRateLimit,
		gateway.SetMinVersion, gateway.SetSessionTimeout:
		return true
	}
	return false
}

// crash kills the process and starts another one after the downtime.
func (c *child) crash(ctx context.Context, downtime time.Duration) error {
	c.words.wanted.Store(true)
	if err := c.proc.Process.Kill(); err != nil {
		return fmt.Errorf("kill the embedded gateway: %w", err)
	}
	<-c.words.heard
	_ = c.proc.Wait() // It was killed: that is its exit status.
	c.spent += c.proc.ProcessState.UserTime() + c.proc.ProcessState.SystemTime()
	c.port.Close()
	wait := time.NewTimer(downtime)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	for _, cmd := range c.lasts {
		if err := c.port.Do(ctx, cmd); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends the process in order and returns what it reported.
func (c *child) Stop() (childReport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proc.ProcessState != nil {
		return childReport{}, nil // It was killed and could not be started again.
	}
	overdue := time.AfterFunc(stopWithin, func() { _ = c.proc.Process.Kill() })
	defer overdue.Stop()
	c.words.wanted.Store(true)
	_ = c.stdin.Close() // The child takes the end of its input as its order to stop.
	var last childReport
	readErr := json.Unmarshal(<-c.words.heard, &last)
	err := c.proc.Wait()
	c.spent += c.proc.ProcessState.UserTime() + c.proc.ProcessState.SystemTime()
	c.port.Close()
	if err != nil {
		return last, fmt.Errorf("the embedded gateway: %w", err)
	}
	if readErr != nil {
		return last, errors.New("the embedded gateway ended without its report")
	}
	return last, nil
}

// CPU returns the CPU time of all processes that have ended.
func (c *child) CPU() time.Duration { return c.spent }
