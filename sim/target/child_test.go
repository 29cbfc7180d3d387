package target

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"loginstorm/sim/gateway"
)

// childEnv makes the test binary a target of its own, so that what it costs is
// not mixed up with what its clients cost.
const childEnv = "LOGINSTORM_TARGET_TEST_CHILD"

// childSecret is in the environment alone; it must come out nowhere.
const childSecret = "canary-5f0c1b"

// child serves until its standard input ends; each line on it asks for a
// garbage collection, and is answered by a line.
func child() {
	cfg := config()
	cfg.Gateway.Accounts = 1 << 20
	cfg.Generated = Generated{Prefix: "u", Width: 4}
	cfg.Addrs = cfg.Addrs[:0]
	for i := range 8 {
		cfg.Addrs = append(cfg.Addrs, Addr{Listen: "127.0.0." + string(rune('1'+i)) + ":0"})
	}
	cfg.Control, cfg.Secret = "127.0.0.1:0", NewSecret(childSecret)
	cfg.Web, cfg.App = "127.0.0.1:0", slowApp().App
	s, err := New(cfg)
	if err == nil {
		err = s.Listen()
	}
	if err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(s.Ready(os.Getpid())); err != nil {
		panic(err)
	}
	asked, gone := io.Pipe()
	ctx, cancel := FollowParent(context.Background(), io.TeeReader(os.Stdin, gone))
	defer cancel()
	go func() {
		for lines := bufio.NewScanner(asked); lines.Scan(); {
			runtime.GC()
			runtime.GC() // The second one empties the pools.
			_ = out.Encode("collected")
		}
	}()
	if err := s.Serve(ctx); err != nil {
		panic(err)
	}
}

// process is a target in a process of its own.
type process struct {
	Ready
	control *ControlClient
	collect func()
}

func startChild(t testing.TB) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{}
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(line, &p.Ready); err != nil {
		t.Fatal(err)
	}
	p.control = NewControl(p.Control, NewSecret(childSecret))
	p.collect = func() {
		if _, err := io.WriteString(in, "\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := lines.ReadBytes('\n'); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		p.control.Close()
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v", err)
		}
	})
	return p
}

func (p *process) stats(t testing.TB) Stats {
	t.Helper()
	st, err := p.control.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestChildEndsWithItsParent(t *testing.T) {
	p := startChild(t)
	if len(p.URLs) != 8 || len(p.NodeOf) != 8 || p.PID == os.Getpid() || p.PID == 0 {
		t.Errorf("ready %+v", p.Ready)
	}
	if err := p.control.Healthy(context.Background()); err != nil {
		t.Error(err)
	}
	if err := p.control.Do(context.Background(), gateway.Command{Kind: gateway.Ban, Account: 7}); err != nil {
		t.Error(err)
	}
	connect(t, p.URLs[0]).login(credentials(1, 1))
	if st := p.stats(t); st.Gateway.Sessions != 1 {
		t.Errorf("stats %+v", st)
	}
}
