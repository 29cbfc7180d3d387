package virtual

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// beaten is what a run came to: the result, whatever was recorded in each second, and
// where everybody stands at the end.
type beaten struct {
	result Result
	all    *record.Aggregate
	stands []login.Machine
	rows   []record.Row
}

func carriedOut(t *testing.T, p *plan.Plan, plain, check bool) beaten {
	t.Helper()
	b := beaten{all: record.NewAggregate(p.Layout(), 1)}
	s, err := New(Config{Plan: p, Check: check, Plain: plain, Sink: func(iv *record.Interval) {
		b.all.Add(iv)
		b.rows = append(b.rows, b.all.Sealed()...)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if b.result, err = s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i := range s.clients {
		b.stands = append(b.stands, *s.clients[i].Machine())
	}
	return b
}

// TestBeatsAreTheSame holds runs in which a heartbeat is one event against runs in which
// each of its hops is one: every scenario of the house, on a smaller scale and for two
// minutes more, with its own network and with one that takes no time, so that most heartbeats
// are answered within their instant. The digest takes each hop in its order; so equal digests
// mean the same hops at the same instants.
func TestBeatsAreTheSame(t *testing.T) {
	files, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	saved := uint64(0)
	for i, name := range files {
		for _, still := range []bool{false, true} {
			p := shrunk(t, name, still)
			if p == nil {
				continue
			}
			a, b := carriedOut(t, p, true, i%2 == 0), carriedOut(t, p, false, i%2 == 0)
			saved += a.result.Events - b.result.Events
			a.result.Events, b.result.Events = 0, 0
			if !reflect.DeepEqual(a.result, b.result) {
				t.Errorf("%s, still %t: results differ: %+v, %+v", name, still, a.result, b.result)
			}
			if len(a.rows) == 0 || !reflect.DeepEqual(a.all, b.all) || !reflect.DeepEqual(a.rows, b.rows) {
				t.Errorf("%s, still %t: what was recorded differs", name, still)
			}
			if !reflect.DeepEqual(a.stands, b.stands) {
				t.Errorf("%s, still %t: clients stand elsewhere", name, still)
			}
		}
	}
	if t.Log(saved, "events saved"); saved < 10_000 {
		t.Errorf("%d events saved: the short cut is hardly taken", saved)
	}
}

// shrunk is a scenario with a twentieth of its clients, nil if it cannot be had so small.
func shrunk(t *testing.T, name string, still bool) *plan.Plan {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := scenario.Parse(filepath.Base(name), text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Scale(50); err != nil {
		return nil
	}
	p, err := plan.Compile(file, plan.Options{Virtual: true})
	if err != nil {
		return nil
	}
	p.Duration += 2 * time.Minute
	if still {
		p.Network = link.Config{}
	}
	return p
}
