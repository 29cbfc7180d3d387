package plan

import (
	"fmt"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Capacity returns how many logins a second can succeed as the gateway and what it
// asks are configured, and in words what that rests on; 0 = nothing bounds it. The
// least of what the login workers serve, what admission lets in at its narrowest, what
// the nodes accept, and what the app server answers where logins ask it.
func (p *Plan) Capacity() (rate float64, from string) {
	g := &p.Gateway
	bound := func(r float64, format string, args ...any) {
		if r > 0 && (rate == 0 || r < rate) {
			rate, from = r, fmt.Sprintf(format, args...)
		}
	}
	if mean := g.Auth.ServiceTime.Mean(); mean > 0 {
		bound(float64(g.Auth.Workers)*perSecond(mean), "%s %s x %v", thousands(uint64(g.Auth.Workers)), plural(uint64(g.Auth.Workers), "workers"), short3(mean))
	}
	if a := g.Admission; a.Every > 0 {
		bound(float64(a.Bucket)*perSecond(a.Every), "admission of %s every %v", thousands(uint64(a.Bucket)), a.Every)
	}
	for i := range p.Steps {
		if c := p.Steps[i].Command; c != nil && c.Kind == gateway.SetAdmission && c.Admission.Every > 0 {
			bound(float64(c.Admission.Bucket)*perSecond(c.Admission.Every), "admission of %s every %v from %v on",
				thousands(uint64(c.Admission.Bucket)), c.Admission.Every, brief(p.Steps[i].At))
		}
	}
	bound(float64(g.AcceptRate)*float64(max(g.Nodes, 1)), "%s %s/s", acceptors(max(g.Nodes, 1)), thousands(uint64(g.AcceptRate)))
	if app, asks, clients := p.asksApp(); asks > 0 {
		mean, words := app.ServiceTime.Mean(), ""
		if asks != clients {
			words = fmt.Sprintf(", asked %s times in 100 logins", thousands((asks*100+clients/2)/clients))
		}
		if mean > 0 {
			bound(float64(app.Workers)*perSecond(mean)*float64(clients)/float64(asks), "app server: %s %s x %v%s",
				thousands(uint64(app.Workers)), plural(uint64(app.Workers), "workers"), short3(mean), words)
		}
	}
	return rate, from
}

// asksApp returns the app server and how often it is asked when every client logs in
// once: for a token, and by the gateway for a third-party login; a population whose
// token is fetched once asks for none. Spec section 8.
func (p *Plan) asksApp() (app *backend.Config, asks, clients uint64) {
	if p.App == nil {
		return nil, 0, 0
	}
	for i := range p.Populations {
		q := &p.Populations[i]
		clients += uint64(q.Count)
		if q.Fetch == FetchEvery {
			asks += uint64(q.Count)
		}
		if q.AuthType == wire.AuthThirdParty {
			asks += uint64(q.Count)
		}
	}
	return &p.App.Server, asks, clients
}

func perSecond(span Time) float64 { return float64(time.Second) / float64(span) }

// short3 rounds a span to about three digits, for people.
func short3(span Time) Time {
	unit := Time(1)
	for unit*1000 <= span {
		unit *= 10
	}
	return span.Round(unit)
}

// Layout names the populations and entries of a plan, for its recorders.
func (p *Plan) Layout() record.Layout {
	var l record.Layout
	for _, pop := range p.Populations {
		l.Populations = append(l.Populations, pop.Name)
	}
	for _, e := range p.Entries {
		l.Entries = append(l.Entries, e.Name)
		l.Begins = append(l.Begins, e.At)
		end := e.Until
		if e.Stays {
			end = p.Duration
		}
		l.Ends = append(l.Ends, end)
		l.Recovers = append(l.Recovers, e.Recover)
	}
	if d := p.Target.Dialogue; d != nil {
		l.Steps, l.Dialogue = d.Steps(), d.Name()
	}
	l.Rounds = p.rounds()
	l.Capacity, l.CapacityFrom = p.Capacity()
	return l
}

// acceptors writes who accepts links.
func acceptors(nodes uint8) string {
	if nodes == 1 {
		return "a node that accepts"
	}
	return fmt.Sprintf("%d nodes that accept", nodes)
}
