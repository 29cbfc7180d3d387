package client_test

import (
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// hitWorld is a client that is loggedIn, and a timeline of two entries: 0 hits one client
// after another and may come back to it until 100 s, 1 hits once.
func hitWorld(t *testing.T) *world {
	w := newWorld(t, wire.Auto, func(s *client.Spec) {
		s.Faults = []client.Fault{{Began: 10 * time.Second, Gradual: true, Again: 100 * time.Second}, {Began: 30 * time.Second}}
	})
	w.layout = record.Layout{Populations: []string{"phones"}, Entries: []string{"rolling", "cut"}, Begins: []record.Time{10e9, 30e9}}
	w.rec = record.NewRecorder(w.layout, 0)
	w.step(0, client.Input{Kind: client.Arrive})
	w.login(0)
	return w
}

// drop marks the client with an entry, ends its link, and lets it come back.
func (w *world) drop(at, hit time.Duration, entry uint16) (back time.Duration) {
	w.step(at, client.Input{Kind: client.Marked, Entry: entry, Due: hit})
	w.step(at, client.Input{Kind: client.Link, Gen: w.client.Gen(), Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: 1006}})
	back, _ = w.client.Deadline()
	w.step(back, client.Input{Kind: client.Tick})
	w.login(back)
	return back
}

// recoveries are what the entries came to.
func (w *world) recoveries() []record.Recovery {
	agg := record.NewAggregate(w.layout, 1)
	agg.Add(w.rec.Cut(200 * time.Second))
	return agg.Recoveries()
}

// TestDropsAndClientsAreCountedApart: an entry that comes back to a client, also after
// another one had it, has hit one client; what its way back counts from is its own hit.
func TestDropsAndClientsAreCountedApart(t *testing.T) {
	w := hitWorld(t)
	w.drop(15*time.Second, 15*time.Second, 0)
	w.drop(20*time.Second, client.InTurn, 0)
	w.drop(32*time.Second, 30*time.Second, 1)
	w.drop(40*time.Second, 40*time.Second, 0)
	got := w.recoveries()
	if r := got[0]; r.Hit != 1 || r.Drops != 3 || r.Back != 1 || r.Returns() != 3 || !r.Gradual {
		t.Errorf("%+v", r)
	}
	if own := got[0].Own; own.Count != 3 || own.Max.Duration() > 1700*time.Millisecond || own.Min.Duration() < 1500*time.Millisecond {
		t.Errorf("own time back: %+v", own)
	}
	if last := got[0].Milestones[5]; !last.Reached || last.After.Duration().Round(time.Second) != 32*time.Second {
		t.Errorf("the last return: %+v, want 31.6 s after the begin", last)
	}
	if r := got[1]; r.Hit != 1 || r.Drops != 1 || r.Gradual || r.Own.Max.Duration().Round(100*time.Millisecond) != 3600*time.Millisecond {
		t.Errorf("%+v: want a way back of 3.6 s, from the hit at 30 s", r)
	}
}

// TestWhoIsAwayAgainIsNotBack: of those hit, whoever is away after a second drop is not
// back, and the milestones wait for them.
func TestWhoIsAwayAgainIsNotBack(t *testing.T) {
	w := hitWorld(t)
	w.drop(15*time.Second, 15*time.Second, 0)
	w.step(20*time.Second, client.Input{Kind: client.Marked, Entry: 0, Due: client.InTurn})
	if !w.client.Awaits(0) || w.client.Awaits(1) || !w.client.Marked() {
		t.Error("the client does not say what marked it")
	}
	w.step(20*time.Second, client.Input{Kind: client.Link, Gen: w.client.Gen(), Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: 1006}})
	r := w.recoveries()[0]
	if r.Hit != 1 || r.Drops != 2 || r.Back != 0 || r.Milestones[5].Reached || r.Milestones[5].Missing != 1 {
		t.Errorf("%+v", r)
	}
}

// TestAKickIsNoHit: who is pushed out before the mark came true was not dropped by it.
func TestAKickIsNoHit(t *testing.T) {
	w := hitWorld(t)
	w.step(15*time.Second, client.Input{Kind: client.Marked, Entry: 0, Due: 15 * time.Second})
	w.message(16*time.Second, wire.Message{Kind: wire.Kick, Reason: wire.ByServer})
	if w.client.Status() != login.KickOut {
		t.Fatalf("status %v", w.client.Status())
	}
	if r := w.recoveries()[0]; r.Hit != 0 || r.Drops != 0 {
		t.Errorf("%+v", r)
	}
}
