package gateway

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// paired returns a gateway of two nodes on which each account has two devices, one a node,
// and some logins wait.
func paired(t *testing.T, linger time.Duration) *Gateway {
	t.Helper()
	g, err := New(Config{Nodes: 2, Accounts: 40, Linger: linger, MultiDevice: MultiDevice{Policy: PolicyAll},
		Auth: Auth{Workers: 8, Queue: 100, ServiceTime: chance.Dist{A: time.Millisecond}}})
	if err != nil {
		t.Fatal(err)
	}
	var out []Output
	for l := range Link(80) {
		r := Request{Account: uint32(l / 2), Device: uint64(l) + 1, Token: AccountDigest(0, uint32(l/2)), Origin: wire.Manual,
			ClientType: []wire.ClientType{wire.Android, wire.Windows}[l%2]}
		out = g.Step(0, Input{Kind: Opened, Node: uint8(l % 2), Link: l}, out)
		out = g.Step(0, Input{Kind: LoginAsked, Link: l, Login: &r}, out)
	}
	for served := 0; served < len(out) && g.Stats().Sessions < 70; served++ {
		if o := out[served]; o.Kind == Work {
			out = g.Step(time.Millisecond, Input{Kind: Worked, Job: o.Job}, out)
		}
	}
	return g
}

// TestRestartInParts: the parts of a restart together are the whole, and so is what
// follows; whoever does not ask for the parts gets them with the next step.
func TestRestartInParts(t *testing.T) {
	for _, c := range []Command{
		{Kind: Restart, Node: AllNodes, Downtime: time.Second},
		{Kind: Restart, Node: AllNodes, Downtime: time.Second, Orderly: true},
		{Kind: Restart, Node: 1, Downtime: time.Second, KeepSessions: true},
		{Kind: Restart, Node: 0},
	} {
		for _, linger := range []time.Duration{0, time.Second} {
			run := func(part int, asks bool) (out []Output, parts int) {
				g := paired(t, linger)
				g.InParts(part)
				out = g.Step(2*time.Second, Input{Kind: Commanded, Command: &c}, []Output{{Kind: Up}}[:1])
				for parts = 1; asks && g.Unfinished(); parts++ {
					before := len(out)
					if out = g.More(out); part > 0 && len(out)-before > part+2 && g.Unfinished() {
						t.Errorf("a part has %d outputs, asked were %d", len(out)-before, part)
					}
				}
				out = g.Step(5*time.Second, Input{}, out)
				return out, parts
			}
			whole, one := run(0, true)
			for _, part := range []int{1, 7, 1000} {
				for _, asks := range []bool{true, false} {
					got, parts := run(part, asks)
					if diff := cmp.Diff(fmt.Sprint(whole), fmt.Sprint(got)); diff != "" {
						t.Errorf("%+v in parts of %d: %s", c, part, diff)
					}
					if asks && part == 7 && parts < 3 || one != 1 {
						t.Errorf("%d parts of 7, %d of the whole", parts, one)
					}
				}
			}
		}
	}
}
