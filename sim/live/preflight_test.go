package live

import (
	"errors"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/plan"
)

func TestPreflightNamesEverythingThatIsShort(t *testing.T) {
	p := &plan.Plan{Populations: make([]plan.Population, 1)}
	p.Clients.Account = make([]uint32, 40_000)
	one := []dial.Endpoint{{URL: "ws://127.0.0.1:1/a"}, {URL: "ws://127.0.0.1:1/b"}}
	short := machine{files: 1024, ports: 28232, memory: 1 << 20}.short(p, one, 2)
	if len(short) != 3 {
		t.Fatalf("got %v", short)
	}
	err := (&Short{short}).Error()
	for _, want := range []string{
		"open files: 1024 of the 45128 needed for 40000 clients: raise the limit: ulimit -n 45256",
		"local ports: 28232 of the 40000 needed, over 1 pairs of addresses: spread over 2 pairs",
		"memory: 1 MiB of the 1258 MiB needed",
	} {
		if !strings.Contains(err, want) {
			t.Errorf("%s\ndoes not say: %s", err, want)
		}
	}
	p.Target.SourceAddrs = []string{"127.0.0.1", "127.0.0.2"}
	if short := (machine{files: 1 << 20, ports: 28232, memory: 1 << 40}).short(p, one, 2); short != nil {
		t.Errorf("two source addresses are not enough: %v", short)
	}
	if short := (machine{}).short(p, one, 2); short != nil {
		t.Errorf("what is not known is short: %v", short)
	}
}

// What comes on top of links: questions, and links that are left in silence.
func TestPreflightCountsWhatComesOnTop(t *testing.T) {
	p := &plan.Plan{Populations: []plan.Population{{Count: 600, Fetch: plan.FetchEvery}, {Count: 400}}}
	p.Clients.Account = make([]uint32, 1000)
	links := uint64(1000 + 125 + spareFiles)
	if got, want := needFiles(p), links+600+dial.MaxKept; got != want {
		t.Errorf("with tokens %d, want %d", got, want)
	}
	p.Address = &backend.Config{}
	if got, want := needFiles(p), links+600+125+2*dial.MaxKept; got != want {
		t.Errorf("with addresses %d, want %d", got, want)
	}
	for i := range uint32(10) {
		p.Steps = append(p.Steps, plan.Step{Kind: plan.NetworkLost, Client: i}, plan.Step{Kind: plan.Fault, Client: i % 5, Fault: link.Fault{Kind: link.HalfOpen}},
			plan.Step{Kind: plan.Fault, Client: 20 + i, Fault: link.Fault{Kind: link.Reset}})
	}
	if got, want := needFiles(p), links+600+125+2*dial.MaxKept+10; got != want {
		t.Errorf("with silent links %d, want %d", got, want)
	}
}

// A link that was left in silence is held longer than any gateway of the plan
// believes in it.
func TestPatienceOutlastsSessions(t *testing.T) {
	p := &plan.Plan{}
	for _, longest := range []Time{0, 90 * time.Second, 30 * time.Minute} {
		p.Gateway.SessionTimeout = longest
		if got := patience(p); got <= longest || got < leastPatience {
			t.Errorf("%v for sessions of %v", got, longest)
		}
	}
	p.Steps = []plan.Step{{Command: &gateway.Command{Kind: gateway.SetSessionTimeout, Downtime: time.Hour}}}
	if got := patience(p); got <= time.Hour {
		t.Errorf("%v for sessions of an hour", got)
	}
}

func TestPreflightOfAPlanThatFits(t *testing.T) {
	p := &plan.Plan{}
	p.Clients.Account = make([]uint32, 10)
	if err := Preflight(p, []dial.Endpoint{{URL: "ws://127.0.0.1:1/"}}, 1); err != nil {
		t.Error(err)
	}
	p.Clients.Account = make([]uint32, 4<<20)
	var short *Short
	if err := Preflight(p, []dial.Endpoint{{URL: "ws://127.0.0.1:1/"}}, 1); !errors.As(err, &short) {
		t.Errorf("four million clients: %v", err)
	}
}
