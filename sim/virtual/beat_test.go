package virtual

import (
	"context"
	"fmt"
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
	rested int // How many clients came to rest.
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
		s.rouse(uint32(i))
		if s.rests[i] > 0 {
			b.rested++
		}
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
	saved, rested := uint64(0), 0
	for i, name := range files {
		file := shrunk(t, name)
		for _, still := range []bool{false, true} {
			p := longer(file, still)
			if p == nil {
				continue
			}
			events, clients := sameBeats(t, fmt.Sprintf("%s, still %t", name, still), p, i%2 == 0)
			saved, rested = saved+events, rested+clients
		}
	}
	if t.Log(saved, "events saved,", rested, "clients rested"); saved < 10_000 || rested < 1000 {
		t.Errorf("%d events saved, %d clients rested: the short cut is hardly taken", saved, rested)
	}
}

// TestBeatsOfRandomWorldsAreTheSame does so with whatever can happen to clients, on a
// network that takes no time.
func TestBeatsOfRandomWorldsAreTheSame(t *testing.T) {
	const worlds = seeds / 4 // More than a few find nothing new.
	rested := 0
	for seed := range uint64(worlds) {
		settings, lines := invent(seed)
		w, err := read(settings, lines)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		w.plan.Network = link.Config{}
		_, clients := sameBeats(t, fmt.Sprintf("seed %d", seed), w.plan, true)
		rested += clients
	}
	if t.Log(rested, "clients rested"); rested < worlds {
		t.Errorf("%d clients rested", rested)
	}
}

// sameBeats carries a plan out hop by hop and otherwise, and returns how many events that
// saves and how many clients came to rest.
func sameBeats(t *testing.T, name string, p *plan.Plan, check bool) (saved uint64, rested int) {
	t.Helper()
	a, b := carriedOut(t, p, true, check), carriedOut(t, p, false, check)
	saved = a.result.Events - b.result.Events
	a.result.Events, b.result.Events = 0, 0
	if !reflect.DeepEqual(a.result, b.result) {
		t.Errorf("%s: results differ: %+v, %+v", name, a.result, b.result)
	}
	if len(a.rows) == 0 || !reflect.DeepEqual(a.all, b.all) || !reflect.DeepEqual(a.rows, b.rows) {
		t.Errorf("%s: what was recorded differs", name)
	}
	if !reflect.DeepEqual(a.stands, b.stands) {
		t.Errorf("%s: clients stand elsewhere", name)
	}
	return saved, b.rested
}

// shrunk is a scenario with a twentieth of its clients, nil if it cannot be had so small.
func shrunk(t *testing.T, name string) *scenario.File {
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
	return file
}

// longer is the plan of a file and two minutes more, nil if there is none: on its own
// network, or on one that takes no time.
func longer(file *scenario.File, still bool) *plan.Plan {
	if file == nil {
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
