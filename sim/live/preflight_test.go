package live

import (
	"errors"
	"strings"
	"testing"

	"loginstorm/sim/dial"
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
