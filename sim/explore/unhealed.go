package explore

import (
	"slices"

	"loginstorm/sim/scenario"
)

// Unhealed returns the names of the entries of a scenario that last to its end and
// may keep clients from coming back; convergence is not demanded then. What a later
// entry takes back is healed, and so is what concerns one node of several. A network
// or a process that is gone for good is none of them: its client is not one that may
// come back.
func Unhealed(f *scenario.File) []string {
	var names []string
	for i := range f.Timeline {
		e := &f.Timeline[i]
		if lasts(f, e) && !slices.ContainsFunc(f.Timeline[i+1:], func(later scenario.Entry) bool { return later.At >= e.At && heals(e, &later) }) {
			names = append(names, e.Name)
		}
	}
	return append(names, limits(f)...)
}

// lasts reports whether an entry does something without an end that may keep clients
// from coming back.
func lasts(f *scenario.File, e *scenario.Entry) bool {
	switch {
	case e.Slow != nil:
		return e.Slow.For == nil
	case e.Delay != nil:
		return e.Delay.For == nil
	case e.Loss != nil:
		return e.Loss.For == nil
	case e.ConnectFail != nil:
		return e.ConnectFail.For == nil
	case e.DNSFail != nil:
		return e.DNSFail.For == nil
	case e.Stop != nil, e.NodeDown != nil:
		return nodesLeft(f, nodes(f)) < 1
	case e.BrownOut != nil:
		return e.BrownOut.For == nil && !(e.BrownOut.Workers == nil && e.BrownOut.Service <= asBefore)
	case e.ColdCache != nil:
		return e.ColdCache.For == nil && e.ColdCache.Service > asBefore
	case e.AuthOutage != nil:
		return e.AuthOutage.For == nil
	case e.AppServer != nil:
		return e.AppServer.For == nil && (e.AppServer.Deny != nil || spoils(&e.AppServer.Backend))
	case e.AddressServer != nil:
		return e.AddressServer.For == nil && spoils(e.AddressServer)
	case e.SessionTimeout != nil:
		return e.SessionTimeout.For == nil && e.SessionTimeout.To < scenario.Span(usualTimeout)
	case e.Admission != nil:
		return e.Admission.For == nil && e.Admission.Bucket > 0
	case e.RateLimit != nil:
		return e.RateLimit.Limit > 0
	}
	return false
}

// nodes returns how many nodes a scenario's gateway has.
func nodes(f *scenario.File) int {
	if f.Gateway == nil {
		return 1
	}
	return int(max(1, f.Gateway.Nodes))
}

// spoils reports whether a change makes a server beside the gateway worse.
func spoils(b *scenario.Backend) bool {
	return b.Service > asBefore || b.Workers != nil && *b.Workers < 1_000_000 || b.Fail != nil && *b.Fail > 0
}

// heals reports whether a later entry takes back what an entry lets last: the same
// verb with an end, or without harm.
func heals(e, later *scenario.Entry) bool {
	whole := func(w, of *scenario.Who) bool {
		return w.Share == nil && w.Count == nil && w.Accounts == nil && w.Node == 0 && (w.Of == nil || slices.Equal(w.Of, of.Of))
	}
	switch {
	case e.Slow != nil && later.Slow != nil:
		return later.Slow.For != nil && whole(&later.Slow.Who, &e.Slow.Who)
	case e.Delay != nil && later.Delay != nil:
		return later.Delay.For != nil && whole(&later.Delay.Who, &e.Delay.Who)
	case e.Loss != nil && later.Loss != nil:
		return later.Loss.For != nil && whole(&later.Loss.Who, &e.Loss.Who)
	case e.ConnectFail != nil && later.ConnectFail != nil:
		return later.ConnectFail.For != nil && whole(&later.ConnectFail.Who, &e.ConnectFail.Who)
	case e.DNSFail != nil && later.DNSFail != nil:
		return later.DNSFail.For != nil && whole(&later.DNSFail.Who, &e.DNSFail.Who)
	case e.BrownOut != nil || e.ColdCache != nil:
		// Both change the service time of logins; the later one holds.
		b, c := later.BrownOut, later.ColdCache
		return b != nil && (b.For != nil || b.Workers == nil && b.Service <= asBefore) || c != nil && c.Service != 0 && (c.For != nil || c.Service <= asBefore)
	case e.AuthOutage != nil && later.AuthOutage != nil:
		return later.AuthOutage.For != nil
	case e.AppServer != nil && later.AppServer != nil:
		return later.AppServer.For != nil || later.AppServer.Deny == nil && !spoils(&later.AppServer.Backend)
	case e.AddressServer != nil && later.AddressServer != nil:
		return later.AddressServer.For != nil || !spoils(later.AddressServer)
	case e.SessionTimeout != nil && later.SessionTimeout != nil:
		return later.SessionTimeout.For != nil || later.SessionTimeout.To >= scenario.Span(usualTimeout)
	case e.Admission != nil && later.Admission != nil:
		return later.Admission.Bucket == 0 && later.Admission.For == nil
	case e.RateLimit != nil && later.RateLimit != nil:
		return later.RateLimit.Limit == 0
	}
	return false
}

// limits names what the gateway itself limits to the end.
func limits(f *scenario.File) []string {
	g := f.Gateway
	if g == nil {
		return nil
	}
	lifted := func(does func(e *scenario.Entry) bool) bool {
		return slices.ContainsFunc(f.Timeline, func(e scenario.Entry) bool { return does(&e) })
	}
	var names []string
	if g.RateLimit != nil && g.RateLimit.Limit > 0 && !lifted(func(e *scenario.Entry) bool { return e.RateLimit != nil && e.RateLimit.Limit == 0 }) {
		names = append(names, "gateway.rateLimit")
	}
	if g.Admission != nil && g.Admission.Bucket > 0 && !lifted(func(e *scenario.Entry) bool { return e.Admission != nil && e.Admission.Bucket == 0 }) {
		names = append(names, "gateway.admission")
	}
	if g.Auth != nil && !lifted(func(e *scenario.Entry) bool { return e.BrownOut != nil && e.BrownOut.Service == instantly }) {
		names = append(names, "gateway.auth")
	}
	if app := f.App; app != nil && !lifted(func(e *scenario.Entry) bool { return e.AppServer != nil && e.AppServer.Service == instantly }) {
		names = append(names, "app")
	}
	if a := f.AddressServer; a != nil && !lifted(func(e *scenario.Entry) bool { return e.AddressServer != nil && e.AddressServer.Service == instantly }) {
		names = append(names, "addressServer")
	}
	return names
}
