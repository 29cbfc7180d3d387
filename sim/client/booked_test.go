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

// Arrivals and logins of the timeline are counted as planned; what a fault brings about is not:
// a retry, a way back, a process or a network that comes back.
func TestAttemptsPlanned(t *testing.T) {
	for _, first := range []wire.Origin{wire.Auto, wire.Manual} {
		w := newWorld(t, first, nil)
		lost := func(at time.Duration) {
			w.step(at, client.Input{Kind: client.Link, Gen: w.client.Gen(), Dialect: dialect.Input{Kind: dialect.LinkDown}})
		}
		app := func(at time.Duration, kind login.EventKind) {
			w.step(at, client.Input{Kind: client.App, Due: at, Event: login.Event{Kind: kind}})
		}
		w.step(0, client.Input{Kind: client.Arrive}) // Planned.
		w.login(0)
		lost(time.Second)
		for range 3 { // On its way back, all of it its own doing.
			at, _ := w.client.Deadline()
			w.step(at, client.Input{Kind: client.Tick})
			lost(at)
		}
		at, _ := w.client.Deadline()
		w.step(at, client.Input{Kind: client.Tick})
		w.login(at)
		app(time.Minute, login.NetworkLost)
		app(time.Minute+time.Second, login.NetworkBack)
		w.login(time.Minute + time.Second)
		app(2*time.Minute, login.ProcessKilled)
		w.step(2*time.Minute+time.Second, client.Input{Kind: client.Start, Due: 2*time.Minute + time.Second})
		w.login(2*time.Minute + time.Second)
		app(3*time.Minute, login.LogoutCalled)
		app(4*time.Minute, login.LoginCalled) // Planned.
		w.login(4 * time.Minute)
		totals := w.totals(5 * time.Minute)
		if planned, dials := totals.Counter(record.AttemptsPlanned), totals.Dials(record.Filter{}); planned != 2 || dials != 8 {
			t.Errorf("%v: %d of %d attempts planned, want 2 of 8", first, planned, dials)
		}
	}
}
