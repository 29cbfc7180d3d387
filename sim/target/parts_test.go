package target

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"loginstorm/sim/gateway"
)

func TestGeneratedNames(t *testing.T) {
	g := Generated{Prefix: "u", Width: 3, Count: 1500}
	for name, want := range map[string]uint32{"u000": 0, "u007": 7, "u999": 999, "u1000": 1000, "u1499": 1499} {
		if n, ok := g.Number(name); !ok || n != want {
			t.Errorf("%s: %d, %v", name, n, ok)
		}
	}
	for _, name := range []string{"", "u", "u1", "u01", "u0001", "u1500", "v001", "u00x", "u-01", "u99999999999999999999", "u0000000000"} {
		if n, ok := g.Number(name); ok {
			t.Errorf("%s is account %d", name, n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		g := Generated{Prefix: rapid.String().Draw(t, "prefix"), Width: rapid.IntRange(0, 12).Draw(t, "width"), Count: rapid.Uint32().Draw(t, "count")}
		n := rapid.Uint32().Draw(t, "n")
		got, ok := g.Number(fmt.Sprintf("%s%0*d", g.Prefix, g.Width, n))
		if ok != (n < g.Count) || ok && got != n {
			t.Fatalf("%d is %d, %v", n, got, ok)
		}
	})
	if n := testing.AllocsPerRun(100, func() { g.Number("u1000") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAgendasKeepOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w agenda[uint32]
		type ending struct {
			at  gateway.Time
			job uint32
		}
		var model []ending
		now := gateway.Time(0)
		for job := range uint32(rapid.IntRange(0, 60).Draw(t, "steps")) {
			at := now + gateway.Time(rapid.IntRange(0, 5).Draw(t, "after"))
			w.push(at, job)
			model = append(model, ending{at, job})
			slices.SortStableFunc(model, func(a, b ending) int { return int(a.at - b.at) })
			now += gateway.Time(rapid.IntRange(0, 3).Draw(t, "pass"))
			for len(model) > 0 && model[0].at <= now {
				if got, ok := w.pop(now); !ok || got != model[0].job {
					t.Fatalf("job %d, %v, want %d", got, ok, model[0].job)
				}
				model = model[1:]
			}
			if job, ok := w.pop(now); ok {
				t.Fatalf("job %d is not over", job)
			}
		}
	})
}

func TestReadyIsOneLine(t *testing.T) {
	line, err := json.Marshal(Ready{URLs: []string{"ws://127.0.0.1:20000/im"}, NodeOf: []uint8{1}, Control: "http://127.0.0.1:20001", PID: 4})
	if err != nil {
		t.Fatal(err)
	}
	var back Ready
	if err := json.Unmarshal(line, &back); err != nil || back.NodeOf[0] != 1 || back.PID != 4 {
		t.Errorf("%s: %+v, %v", line, back, err)
	}
	const want = `{"urls":["ws://127.0.0.1:20000/im"],"nodeOf":[1],"control":"http://127.0.0.1:20001","pid":4}`
	if string(line) != want {
		t.Errorf("%s, want %s", line, want)
	}
	if json.Unmarshal([]byte(`{"nodeOf":[256]}`), &back) == nil {
		t.Error("node 256")
	}
}

func TestServeRefusesWhatItCannotServe(t *testing.T) {
	s, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing to listen on") {
		t.Errorf("error %v", err)
	}
	s.Attach(1, newPipes())
	if err := s.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "node 1 of 1") {
		t.Errorf("error %v", err)
	}
}

func TestListenBindsAllOrNothing(t *testing.T) {
	squatter, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = squatter.Close() }()
	cfg := config()
	cfg.Addrs = append(cfg.Addrs, Addr{Listen: squatter.Addr().String()})
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); !errors.Is(err, syscall.EADDRINUSE) || len(s.Addrs()) != 0 {
		t.Errorf("%v, listening on %v", err, s.Addrs())
	}
}
