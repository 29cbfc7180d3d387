package explore

import (
	"fmt"
	"time"

	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
	"loginstorm/sim/virtual"
)

const (
	// patience is the longest quiet time that is waited for what rule 6 allows. Some
	// policies let a client stay away for longer; those it leaves alone.
	patience = 15 * time.Minute
	// brink is between the last fault and the healing, and again behind the quiet.
	brink = time.Second
	// usualTimeout is the session timeout that healing sets: healthy clients keep it.
	usualTimeout = 90 * time.Second
	// instantly is a factor of service times that leaves nothing of them.
	instantly scenario.Factor = 1
	// asBefore is one that leaves them as they are.
	asBefore scenario.Factor = 1000
)

// heal appends the entries that end everything that would last, and settles how
// long the scenario goes on.
func (d *drawer) heal(c *Case) error {
	f := c.File
	f.Duration = scenario.Span(time.Hour)
	p, err := c.compile()
	if err != nil {
		return err
	}
	at := lastFault(p) + brink
	for _, h := range healing(f) {
		h.Name, h.At = fmt.Sprintf("heal-%d", len(f.Timeline)+1), scenario.Span(at)
		f.Timeline = append(f.Timeline, h)
	}
	if p, err = c.compile(); err != nil {
		return err
	}
	f.Duration = scenario.Span((at + quiet(p) + brink).Round(time.Second))
	return nil
}

// lastFault returns when the last thing happens that a plan does by itself.
func lastFault(p *plan.Plan) Time {
	last := Time(0)
	for i := range p.Entries {
		last = max(last, p.Entries[i].Until)
	}
	for _, at := range p.Clients.Arrive {
		if at != plan.Never {
			last = max(last, at)
		}
	}
	return last.Round(time.Millisecond)
}

// quiet returns how long nothing happens after the healing: as long as coming back
// may take, and until the gateway has noticed who is gone.
func quiet(p *plan.Plan) Time {
	return min(virtual.Rules(p).Bound, patience) + slowestTimeout(p) + 2*settled
}

// slowestTimeout returns the longest session timeout that a plan has at the end.
func slowestTimeout(p *plan.Plan) Time { return max(p.Gateway.SessionTimeout, usualTimeout) }

// healing returns entries that take back what a scenario does without an end, and
// lift what would keep clients from coming back.
func healing(f *scenario.File) []scenario.Entry {
	h := healer{file: f}
	for i := range f.Timeline {
		h.undo(&f.Timeline[i])
	}
	if g := f.Gateway; g != nil {
		if g.Auth != nil {
			h.changes.service = true
		}
		h.changes.limit = h.changes.limit || g.RateLimit != nil && g.RateLimit.Limit > 0
		h.changes.admission = h.changes.admission || g.Admission != nil && g.Admission.Bucket > 0
	}
	h.changes.app = h.changes.app || f.App != nil
	h.changes.address = h.changes.address || f.AddressServer != nil
	h.lift()
	return h.entries
}

// healer gathers the entries of a healing.
type healer struct {
	file    *scenario.File
	entries []scenario.Entry
	changes struct{ service, sync, outage, app, address, timeout, admission, limit, version bool }
}

func (h *healer) add(v scenario.Verbs) { h.entries = append(h.entries, scenario.Entry{Verbs: v}) }

// moment is how long an entry lasts that overrides another one, to take it back.
const moment = scenario.Span(time.Millisecond)

// undo takes back one entry. What a network is like is taken back by the same verb
// when that ends; it names everybody whom the entry may have chosen.
func (h *healer) undo(e *scenario.Entry) {
	briefly := scenario.While{For: ref(moment)}
	everybody := func(w *scenario.Who) scenario.Who { return scenario.Who{Of: w.Of} }
	switch {
	case e.Slow != nil && e.Slow.For == nil:
		h.add(scenario.Verbs{Slow: &scenario.Slow{Who: everybody(&e.Slow.Who), While: briefly, Bandwidth: 1_000_000}})
	case e.Delay != nil && e.Delay.For == nil:
		h.add(scenario.Verbs{Delay: &scenario.Delay{Who: everybody(&e.Delay.Who), While: briefly, By: moment}})
	case e.Loss != nil && e.Loss.For == nil:
		h.add(scenario.Verbs{Loss: &scenario.Loss{Who: everybody(&e.Loss.Who), While: briefly, Rate: 10_000}})
	case e.ConnectFail != nil && e.ConnectFail.For == nil:
		h.add(scenario.Verbs{ConnectFail: &scenario.Fail{Who: everybody(&e.ConnectFail.Who), While: briefly}})
	case e.DNSFail != nil && e.DNSFail.For == nil:
		h.add(scenario.Verbs{DNSFail: &scenario.Fail{Who: everybody(&e.DNSFail.Who), While: briefly}})
	case e.Ban != nil:
		h.add(scenario.Verbs{Unban: &scenario.Unban{Entry: e.Name}})
	}
	h.note(e)
}

// note notes what an entry changes of the gateway and the servers beside it.
func (h *healer) note(e *scenario.Entry) {
	c := &h.changes
	c.service = c.service || e.BrownOut != nil || e.ColdCache != nil && e.ColdCache.Service != 0
	c.sync = c.sync || e.ColdCache != nil
	c.outage = c.outage || e.AuthOutage != nil
	c.timeout = c.timeout || e.SessionTimeout != nil
	c.admission = c.admission || e.Admission != nil
	c.limit = c.limit || e.RateLimit != nil
	c.version = c.version || e.MinVersion != nil
}

// lift ends what limits everybody.
func (h *healer) lift() {
	c := &h.changes
	if c.service {
		h.add(scenario.Verbs{BrownOut: &scenario.BrownOut{Service: instantly}})
	}
	if c.sync {
		h.add(scenario.Verbs{ColdCache: &scenario.ColdCache{Sync: asBefore}})
	}
	if c.outage {
		h.add(scenario.Verbs{AuthOutage: &scenario.Outage{For: ref(moment)}})
	}
	if c.app {
		h.add(scenario.Verbs{AppServer: &scenario.AppBackend{Backend: scenario.Backend{Service: instantly}}})
	}
	if c.address {
		h.add(scenario.Verbs{AddressServer: &scenario.Backend{Service: instantly}})
	}
	if c.timeout {
		h.add(scenario.Verbs{SessionTimeout: &scenario.SessionTimeout{To: scenario.Span(usualTimeout)}})
	}
	if c.admission {
		h.add(scenario.Verbs{Admission: &scenario.Admission{}})
	}
	if c.limit {
		h.add(scenario.Verbs{RateLimit: &scenario.RateLimit{}})
	}
	if c.version {
		h.add(scenario.Verbs{MinVersion: &scenario.MinVersion{}})
	}
}
