package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/target"
)

// control is a Control that a test looks at.
type control func(c gateway.Command) error

func (do control) Do(_ context.Context, c gateway.Command) error { return do(c) }

func TestCommandsReachTheGatewayAfterTheirEntryBegan(t *testing.T) {
	var heard []string
	st := commandedInMemory(t, `
name: test
duration: 60s
populations:
  phones: {accounts: 50, clientType: android, profile: nim-android, login: auto, arrive: [{atOnce: {}}]}
timeline:
  - {name: deploy, at: 20s, restart: {downtime: 1s}}
`, nil, nil, func(s *target.Server, c gateway.Command) error {
		heard = append(heard, fmt.Sprint(c.Kind, c.Node, c.Downtime))
		if err := s.Do(context.Background(), c); err != nil {
			return err
		}
		return errors.New("planted")
	})
	if want := fmt.Sprint(gateway.Restart, gateway.AllNodes, time.Second); len(heard) != 1 || heard[0] != want {
		t.Errorf("heard %v, want %v", heard, want)
	}
	if len(st.result.Control) != 1 || !strings.Contains(st.result.Control[0].Error(), "command the gateway at 20s: planted") {
		t.Errorf("got %v", st.result.Control)
	}
	if r := st.recoveries[0]; r.Online != 50 || r.Hit != 50 || r.Back != 50 {
		t.Errorf("got %+v", r)
	}
	if lost := st.twice(t); lost != 50 {
		t.Errorf("%d clients lost their link", lost)
	}
}

func TestAPlanWithCommandsNeedsAWayToTheGateway(t *testing.T) {
	p := compile(t, phones)
	p.Steps = append(p.Steps, plan.Step{Kind: plan.Control, Command: &gateway.Command{}})
	p.Target.SourceAddrs = []string{"here"}
	_, err := New(Config{Plan: p})
	for _, want := range []string{"no address", "no way to it", "source address"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// What runs out is counted by name, and no client hangs because of it.
func TestShortagesAreNamed(t *testing.T) {
	p := compile(t, phones)
	st := run(t, Config{Plan: p, Endpoints: []dial.Endpoint{{URL: "ws://in.memory/"}}, Connect: func(context.Context, dial.Endpoint) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	}}, func(s *story) bool { return s.all(login.NetBroken) })
	if len(st.result.Shortages) != 1 || st.result.Dropped < 50 {
		t.Fatalf("got %+v", st.result)
	}
	if got := st.result.Shortages[0]; !strings.Contains(got.What, "too many open files: 5") || !strings.Contains(got.Remedy, "ulimit -n") {
		t.Errorf("got %+v", got)
	}
}
