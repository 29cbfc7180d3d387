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

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
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
	Web       string           `json:"web,omitempty"`   // Address of tokens and addresses; "" = none.
	App       *plan.App        `json:"app,omitempty"`
	Address   *backend.Config  `json:"address,omitempty"`
	AppKey    string           `json:"appKey,omitempty"` // Dynamic tokens are signed for it.
	// Lasts is what the gateway was told before and still holds: it is so before the
	// first client is let in.
	Lasts []gateway.Command `json:"lasts,omitempty"`
}

// childReport is the last line an embedded target writes when it stops in order.
// An early one comes before that, when the first rule is broken.
type childReport struct {
	Early    bool             `json:"early,omitempty"`
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
	lasts []lasting // What a new process has to be told again.
	proc  *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Reader
	words *lastWords
	ready target.Ready
	port  *target.ControlClient
	spent time.Duration // CPU time of processes that are gone.
	back  chan struct{} // Closed when a killed process has a successor; nil = none is awaited.
	gone  error         // Why there is no process any more.
	early earlyWarning
	pid   atomic.Int64 // Of the newest process, for whoever may not wait for mu.
}

// earlyWarning is what is known of a child before the run is over.
type earlyWarning struct {
	mu    sync.Mutex
	found []oracle.Finding // Of processes that may be gone since.
	tell  func()
	note  func(what string)
}

// happened notes that a process ended or began.
func (e *earlyWarning) happened(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.note != nil {
		e.note(what)
	}
}

func (e *earlyWarning) heard(found []oracle.Finding) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.found = append(e.found, found...)
	if e.tell != nil {
		e.tell()
	}
}

func (e *earlyWarning) findings() []oracle.Finding {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.found
}

// alarm lets tell be called when the gateway sees a broken rule.
func (c *child) alarm(tell func()) {
	c.early.mu.Lock()
	defer c.early.mu.Unlock()
	c.early.tell = tell
}

// diary lets note hear, at the instant, when a process ends or another one begins.
func (c *child) diary(note func(what string)) {
	c.early.mu.Lock()
	defer c.early.mu.Unlock()
	c.early.note = note
}

// lastWords waits for the line a process says before it ends, or for its end.
type lastWords struct {
	wanted atomic.Bool // Its end was asked for.
	heard  chan []byte // Gets the line once; nil = it ended without a word.
}

// listen waits for the end of a process from now on. An end that nobody asked for
// is told at once: everything measured from then on is about a gateway that is
// not there.
func listen(lines *bufio.Reader, early func([]oracle.Finding), died func()) *lastWords {
	w := &lastWords{heard: make(chan []byte, 1)}
	go func() {
		line, err := lines.ReadBytes('\n')
		for err == nil {
			var r childReport
			if json.Unmarshal(line, &r) != nil || !r.Early {
				break
			}
			early(r.Findings)
			line, err = lines.ReadBytes('\n')
		}
		if err != nil {
			line = nil
			if !w.wanted.Load() {
				died()
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
	if c.cfg.Web != "" {
		u, err := url.Parse(c.ready.Web)
		if err != nil {
			return nil, fmt.Errorf("start the embedded gateway: %w", err)
		}
		c.cfg.Web = u.Host
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
	c.pid.Store(int64(proc.Process.Pid))
	stuck := time.AfterFunc(readyWithin, func() { _ = proc.Process.Kill() })
	defer stuck.Stop()
	giveUp := context.AfterFunc(ctx, func() { _ = proc.Process.Kill() })
	defer giveUp()
	if err := c.greet(); err != nil {
		_ = proc.Process.Kill()
		_ = proc.Wait() // Its end is already an error of its own.
		return fmt.Errorf("start the embedded gateway: %w", err)
	}
	c.words = listen(c.lines, c.early.heard, c.died)
	c.port = target.NewControl(c.ready.Control, target.NewSecret(c.cfg.Secret))
	return nil
}

// died is told when a process ends that nobody asked to.
func (c *child) died() {
	fmt.Fprintln(c.stderr, "loginstorm: warning: the embedded gateway ended by itself")
	c.early.happened("the embedded gateway ended by itself: what is measured from here on is about a gateway that is not there")
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
// orderly nor keeps sessions is a kill -9 (see kills) and a new process on the same ports; Do
// returns when the old one is dead. What comes meanwhile is told to the new one.
func (c *child) Do(ctx context.Context, cmd gateway.Command) error {
	c.mu.Lock()
	for c.back != nil {
		if lasts(&cmd) {
			c.lasts = append(c.lasts, lasting{cmd, time.Now()})
			c.mu.Unlock()
			return nil
		}
		back := c.back
		c.mu.Unlock()
		select {
		case <-back:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if c.gone != nil {
		return c.gone
	}
	if c.kills(&cmd) {
		return c.crash(ctx, cmd.Downtime)
	}
	if err := c.port.Do(ctx, cmd); err != nil {
		return err
	}
	if lasts(&cmd) {
		c.lasts = append(c.lasts, lasting{cmd, time.Now()})
	}
	return nil
}

// lasting is a command that is in force whatever becomes of the process.
type lasting struct {
	cmd  gateway.Command
	from time.Time
}

// rest is what is left of the command. One that is over still takes the place of an
// earlier one.
func (l lasting) rest() gateway.Command {
	cmd := l.cmd
	if cmd.Downtime > 0 {
		cmd.Downtime = max(1, cmd.Downtime-time.Since(l.from))
	}
	return cmd
}

// lasts reports whether a command changes what a real gateway keeps in its database
// or its console, or what is so beside it, and so survives the process.
func lasts(cmd *gateway.Command) bool {
	switch cmd.Kind {
	case gateway.SetAuth, gateway.SetSync, gateway.SetBackend, gateway.Outage, gateway.Ban, gateway.Unban,
		gateway.RotateToken, gateway.SetMultiDevice, gateway.SetRateLimit, gateway.SetMinVersion, gateway.SetSessionTimeout, gateway.SetAdmission:
		return true
	}
	return false
}

// kills reports whether a command is a kill -9. Where the process serves the app's
// server or the address server too, it is left alive: those are other machines,
// and they do not die with the gateway.
func (c *child) kills(cmd *gateway.Command) bool {
	return cmd.Kind == gateway.Restart && cmd.Node == gateway.AllNodes && !cmd.Orderly && !cmd.KeepSessions && c.cfg.Web == ""
}

// crash kills the process and lets another one start after the downtime. The
// caller holds the lock.
func (c *child) crash(ctx context.Context, downtime time.Duration) error {
	c.words.wanted.Store(true)
	if err := c.proc.Process.Kill(); err != nil {
		return fmt.Errorf("kill the embedded gateway: %w", err)
	}
	<-c.words.heard
	_ = c.proc.Wait() // It was killed: that is its exit status.
	c.spent += c.proc.ProcessState.UserTime() + c.proc.ProcessState.SystemTime()
	c.port.Close()
	c.early.happened("the embedded gateway's process is killed")
	c.back = make(chan struct{})
	go c.revive(ctx, downtime)
	return nil
}

// revive starts a new process after the downtime, unless ctx ends before that.
func (c *child) revive(ctx context.Context, downtime time.Duration) {
	wait := time.NewTimer(downtime)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		close(c.back)
		c.back = nil
	}()
	if ctx.Err() != nil {
		return
	}
	c.cfg.Gateway.Epoch = time.Now().UnixMilli() // Its Time 0 is another one.
	c.cfg.Lasts = nil
	for _, l := range c.lasts {
		c.cfg.Lasts = append(c.cfg.Lasts, l.rest())
	}
	if c.gone = c.start(ctx); c.gone == nil {
		c.early.happened("the embedded gateway's next process listens")
	}
}

// Stop ends the process in order and returns what it reported.
func (c *child) Stop() (childReport, error) {
	c.mu.Lock()
	for c.back != nil {
		back := c.back
		c.mu.Unlock()
		<-back // The run's commands have ended, so this does not take its downtime.
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if c.gone != nil || c.proc.ProcessState != nil {
		return childReport{Findings: c.early.findings()}, c.gone // It was killed, and there is no other.
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
	if len(last.Findings) == 0 {
		last.Findings = c.early.findings() // Of a process that was killed.
	}
	if readErr != nil {
		return last, errors.New("the embedded gateway ended without its report")
	}
	return last, nil
}

// CPU returns the CPU time of all processes that have ended.
func (c *child) CPU() time.Duration { return c.spent }
