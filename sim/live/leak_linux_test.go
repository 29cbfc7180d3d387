package live

import (
	"net"
	"os"
	"testing"
	"time"

	"loginstorm/sim/dial"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
)

// descriptors counts the open descriptors of this process, those of the runtime's
// poller among them, which come with the first socket.
func descriptors(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// Links end in every way there is; when Run returns, no descriptor of the Fleet
// is left. What the target holds is gone when it has stopped.
func TestNoDescriptorIsLeft(t *testing.T) {
	before := descriptors(t)
	t.Run("run", func(t *testing.T) {
		p := compile(t, phones)
		hurry(p, time.Minute, time.Minute)
		s := serve(t, p)
		at := append(endpoints(s), dial.Endpoint{URL: nobody})
		p.Entries = make([]plan.Entry, 1)
		for i, f := range []link.Fault{{Kind: link.Reset}, {Kind: link.Closed, Code: 1001}, {Kind: link.HalfOpen}, {Kind: link.Frozen}, {Kind: link.RadioLost}} {
			p.Steps = append(p.Steps, plan.Step{Kind: plan.Fault, Client: uint32(i), Fault: f})
		}
		p.Steps = append(p.Steps, plan.Step{Kind: plan.NetworkLost, Client: 6}, plan.Step{Kind: plan.Kill, Client: 7})
		st := runInActs(t, Config{Plan: p, Endpoints: at}, []func(*story) bool{online, func(s *story) bool {
			return s.count(login.LoggedIn) == 48 && s.count(login.Unknown) == 1 && s.count(login.NetBroken) == 1 && len(s.statuses[0]) > 6 && len(s.statuses[1]) > 6 && len(s.statuses[4]) > 6
		}})
		if st.result.OpenAtEnd != 48 {
			t.Errorf("%d links were open at the end", st.result.OpenAtEnd)
		}
	})
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
