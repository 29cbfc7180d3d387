package live

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// orders is a plan with nothing but commands.
func orders(t *testing.T, commands ...plan.Step) *plan.Plan {
	p := compile(t, "name: test\nduration: 60s\npopulations: {phones: {accounts: 2, clientType: android, arrive: [{pause: 59s}, {atOnce: {}}]}}\n")
	for _, c := range commands {
		c.Kind, c.Entry = plan.Control, 0xffff
		p.Steps = append(p.Steps, c)
	}
	return p
}

func at(seconds int, kind gateway.CommandKind, node uint8) plan.Step {
	return plan.Step{At: Time(seconds) * time.Second, Command: &gateway.Command{Kind: kind, Node: node}}
}

// A restart here lasts 10 s, as that of a process does, everything else no time.
// What is about another node, or about none, does not wait for it; what is about
// the same node does, and so does what comes at the same instant.
func TestACommandThatLastsHoldsBackOnlyWhatComesBehindIt(t *testing.T) {
	for name, test := range map[string]struct {
		steps []plan.Step
		want  []string
	}{
		"others": {
			[]plan.Step{at(1, gateway.Restart, 1), at(2, gateway.Ban, 0), at(3, gateway.Drain, 2), at(4, gateway.SetBackend, 0)},
			[]string{"1s restart 1", "2s ban 0", "3s drain 2", "4s setBackend 0"},
		},
		"the same node": {
			[]plan.Step{at(1, gateway.Restart, 1), at(2, gateway.Undrain, 1), at(3, gateway.Restart, 1), at(4, gateway.Undrain, 1), at(5, gateway.Stall, 0)},
			[]string{"1s restart 1", "5s stall 0", "11s restart 1", "11s undrain 1", "21s undrain 1"},
		},
		"all nodes": {
			[]plan.Step{at(1, gateway.Restart, 1), at(2, gateway.Restart, gateway.AllNodes), at(3, gateway.Drain, 2), at(4, gateway.Ban, 0)},
			[]string{"1s restart 1", "4s ban 0", "11s restart 255", "21s drain 2"},
		},
		"one instant": {
			[]plan.Step{at(1, gateway.Restart, 1), at(1, gateway.Ban, 0), at(2, gateway.Unban, 0), at(3, gateway.Drain, 2), at(3, gateway.Undrain, 1)},
			[]string{"1s restart 1", "3s drain 2", "11s ban 0", "11s unban 0", "11s undrain 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var heard []string
				var mu sync.Mutex
				begun := time.Now()
				do := func(c gateway.Command) error {
					mu.Lock()
					heard = append(heard, fmt.Sprintf("%v %v %d", time.Since(begun), c.Kind, c.Node))
					mu.Unlock()
					if c.Kind == gateway.Restart {
						time.Sleep(10 * time.Second)
					}
					if c.Kind == gateway.Undrain {
						return fmt.Errorf("planted")
					}
					return nil
				}
				f, err := New(Config{Plan: orders(t, test.steps...), Endpoints: []dial.Endpoint{{URL: nobody}}, Control: control(do), Connect: nowhere})
				if err != nil {
					t.Fatal(err)
				}
				r, err := f.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				slices.SortFunc(heard, func(a, b string) int { return cmp.Or(cmp.Compare(seconds(a), seconds(b)), cmp.Compare(a, b)) })
				if diff := gocmp.Diff(test.want, heard); diff != "" {
					t.Error(diff)
				}
				if want := strings.Count(strings.Join(test.want, ","), "undrain"); len(r.Control) != want {
					t.Errorf("%d commands failed, want %d: %v", len(r.Control), want, r.Control)
				}
			})
		})
	}
}

// nowhere connects to nobody.
func nowhere(ctx context.Context, _ dial.Endpoint) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func seconds(s string) Time {
	d, _ := time.ParseDuration(s[:strings.IndexByte(s, ' ')])
	return d
}

// A command that lasts beyond the end of the run does not hold the end back.
func TestTheEndCutsCommandsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := func(ctx context.Context, _ gateway.Command) error { <-ctx.Done(); return ctx.Err() }
		f, err := New(Config{Plan: orders(t, at(1, gateway.Restart, 0), at(2, gateway.Undrain, 0), at(3, gateway.Ban, 0)),
			Endpoints: []dial.Endpoint{{URL: nobody}}, Control: controlFunc(hangs), Connect: nowhere})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		r, err := f.Run(t.Context())
		if err != nil || len(r.Control) != 0 || time.Since(begun) > 61*time.Second {
			t.Errorf("after %v: %+v, %v", time.Since(begun), r, err)
		}
	})
}

type controlFunc func(ctx context.Context, c gateway.Command) error

func (do controlFunc) Do(ctx context.Context, c gateway.Command) error { return do(ctx, c) }

// A change of policy reaches the shards when the gateway obeyed it: two phones of an
// account that are together for the length of a kick's way are overlap where one is
// allowed, and none where all are. With this seed the kick is longer on its way than the
// winner's 200; were they equally long, either could be heard first.
func TestAChangeOfPolicyIsFollowed(t *testing.T) {
	for from, want := range map[string]int64{"all": 1, "one": 0} {
		to := map[string]string{"all": "one", "one": "all"}[from]
		st := inMemory(t, `
name: test
seed: 4
duration: 60s
gateway: {multiDevice: `+from+`}
network: {latency: {uniform: [10ms, 40ms]}, inject: true}
populations:
  pairs: {accounts: 1, devicesPerAccount: 2, clientType: android, profile: nim-android, login: manual, arrive: [{pause: 20s}, {constant: {rate: 1/s}}]}
timeline:
  - {name: policy, at: 10s, multiDevice: `+to+`}
`, nil, nil)
		overlap := st.totals.Histogram(record.Overlap, record.Filter{}).Count()
		if int64(st.kicks) != want || overlap != want {
			t.Errorf("from %s to %s: %d kicks and %d overlaps, want %d", from, to, st.kicks, overlap, want)
		}
	}
}
