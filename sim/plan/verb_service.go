package plan

import (
	"fmt"
	"strings"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// serviceVerb makes the steps of what logins cost, at the gateway and beside it.
func (t *turn) serviceVerb(e *scenario.Entry, path string) bool {
	switch {
	case e.BrownOut != nil:
		t.brownOut(e.BrownOut, path)
	case e.ColdCache != nil:
		t.coldCache(e.ColdCache, path)
	case e.AuthOutage != nil:
		t.outage(e.AuthOutage, path)
	case e.AppServer != nil:
		if t.plan.App == nil && !t.file.Lost("app") {
			t.fault(path, "there is no app server that could change", "describe it at the top: app: {workers: 8, serviceTime: 5ms}")
		}
		t.appServer(e.AppServer, path)
	case e.AddressServer != nil:
		if t.plan.Address == nil && !t.file.Lost("addressServer") {
			t.fault(path, "there is no address server that could change", "describe it at the top: addressServer: {workers: 8, serviceTime: 5ms}")
		}
		t.backend(e.AddressServer, "the address server", path, &gateway.Command{Backend: backend.Address}, "")
	case e.SessionTimeout != nil:
		t.sessionTimeout(e.SessionTimeout, path)
	case e.Admission != nil:
		t.admission(e.Admission, path)
	default:
		return false
	}
	return true
}

// thousandths turns a share into thousandths; what is not nothing stays so.
func thousandths(s *scenario.Share) uint32 {
	if s == nil {
		return 0
	}
	return max(uint32(part(uint32(*s), 1000)), 1)
}

func (t *turn) brownOut(v *scenario.BrownOut, path string) {
	t.stays(v.For)
	var parts []string
	if v.Service != 0 {
		parts = append(parts, fmt.Sprintf("logins take %v times as long", v.Service))
	}
	if v.Workers != nil {
		parts = append(parts, fmt.Sprintf("%v of the login workers are left", v.Workers))
	}
	if a := &t.plan.Gateway.Auth; t.ours() && (a.Workers == 0 || a.ServiceTime.Mean() == 0) {
		t.warn("%s: the gateway serves any number of logins at once, so there is little to brown out: set gateway.auth.workers and serviceTime", t.entry.Name)
	}
	t.entry.Says = strings.Join(parts, ", ") + lasting(v.For)
	t.control(path, gateway.Command{Kind: gateway.SetAuth, Workers: thousandths(v.Workers), ServiceTime: uint32(v.Service), Downtime: span(v.For, 0)})
	t.entry.Until += span(v.For, 0)
}

func (t *turn) coldCache(v *scenario.ColdCache, path string) {
	t.stays(v.For)
	if t.ours() && t.plan.Gateway.Sync.Mean() == 0 {
		t.warn("%s: data sync takes no time, so a factor changes nothing: set gateway.sync", t.entry.Name)
	}
	t.entry.Says = fmt.Sprintf("data sync takes %v times as long", v.Sync)
	t.control(path, gateway.Command{Kind: gateway.SetSync, SyncTime: uint32(v.Sync), Downtime: span(v.For, 0)})
	if v.Service != 0 {
		t.entry.Says += fmt.Sprintf(", logins %v times", v.Service)
		t.control(path, gateway.Command{Kind: gateway.SetAuth, ServiceTime: uint32(v.Service), Downtime: span(v.For, 0)})
	}
	t.entry.Says += lasting(v.For)
	t.entry.Until += span(v.For, 0)
}

func (t *turn) outage(v *scenario.Outage, path string) {
	t.stays(v.For)
	code := wire.Unavailable
	if v.Code != 0 {
		code = wire.Code(v.Code)
	}
	t.entry.Says = fmt.Sprintf("every login gets %d", code)
	if v.Hint != nil {
		t.entry.Says += fmt.Sprintf(" with a hint of %v", v.Hint)
	}
	t.entry.Says += lasting(v.For)
	t.control(path, gateway.Command{Kind: gateway.Outage, Code: code, Hint: span(v.Hint, 0), Downtime: span(v.For, 0)})
	t.entry.Until += span(v.For, 0)
}

// appServer is a change of the app's own server, whose denials are final. Spec 5, 8.
func (t *turn) appServer(v *scenario.AppBackend, path string) {
	c, denies := gateway.Command{Backend: backend.App, Denies: share(v.Deny)}, ""
	switch {
	case v.Deny != nil:
		if c.Code = wire.ThirdPartyFirst; v.Verdict != 0 {
			c.Code = wire.Code(v.Verdict)
		}
		denies = fmt.Sprintf("denies %v of the third-party logins with %d", v.Deny, c.Code)
	case v.Verdict != 0:
		t.fault(path+".verdict", "nothing is denied", "say how many logins are: deny: 10%")
	}
	t.backend(&v.Backend, "the app server", path, &c, denies)
}

// backend completes the command to a server beside the gateway; also is what else it does.
func (t *turn) backend(v *scenario.Backend, name, path string, c *gateway.Command, also string) {
	t.stays(v.For)
	var parts []string
	if v.Service != 0 {
		parts = append(parts, fmt.Sprintf("takes %v times as long", v.Service))
	}
	if v.Workers != nil {
		parts = append(parts, fmt.Sprintf("has %v of its workers", v.Workers))
	}
	if v.Fail != nil {
		parts = append(parts, fmt.Sprintf("fails %v of the requests", v.Fail))
	}
	if also != "" {
		parts = append(parts, also)
	}
	t.entry.Says = fmt.Sprintf("%s %s%s", name, strings.Join(parts, ", "), lasting(v.For))
	c.Kind, c.Workers, c.ServiceTime, c.Fails, c.Downtime = gateway.SetBackend, thousandths(v.Workers), uint32(v.Service), share(v.Fail), span(v.For, 0)
	t.control(path, *c)
	t.entry.Until += span(v.For, 0)
}

// sessionTimeout changes the timeout, and takes it back by a second command. One that
// healthy clients do not keep makes them drop, and come back to drop again.
func (t *turn) sessionTimeout(v *scenario.SessionTimeout, path string) {
	to := Time(v.To)
	t.entry.Says = fmt.Sprintf("the session timeout is %v%s", to, lasting(v.For))
	var short []string
	for i := range t.plan.Populations {
		if p := &t.plan.Populations[i]; to < silenceOf(p.Profile) {
			short = append(short, p.Name)
		}
	}
	if len(short) > 0 {
		t.loses(gateway.AllNodes, true)
		t.entry.Gradual = true // Each session ends when its own silence has been too long.
		t.stays(v.For)
		t.warn("%s: %v is shorter than heartbeat and probes of %s: healthy sessions may end", t.entry.Name, to, some(short))
	}
	t.control(path, gateway.Command{Kind: gateway.SetSessionTimeout, Downtime: to})
	if v.For != nil {
		t.controlAt(t.entry.At+Time(*v.For), path, gateway.Command{Kind: gateway.SetSessionTimeout})
	}
}

// admission changes admission, and takes it back by a second command.
func (t *turn) admission(v *scenario.Admission, path string) {
	a := buckets(&v.Buckets)
	t.entry.Says = admits(a) + lasting(v.For)
	t.control(path, gateway.Command{Kind: gateway.SetAdmission, Admission: &a})
	if v.For != nil {
		before := t.plan.Gateway.Admission
		t.controlAt(t.entry.At+Time(*v.For), path, gateway.Command{Kind: gateway.SetAdmission, Admission: &before})
	}
}

// buckets makes an admission of what the scenario says.
func buckets(b *scenario.Buckets) gateway.Admission {
	if b == nil {
		return gateway.Admission{}
	}
	return gateway.Admission{Bucket: b.Bucket, Every: span(b.Every, DefaultEvery), Hint: b.Hint}
}

// admits writes an admission for people.
func admits(a gateway.Admission) string {
	if a.Bucket == 0 {
		return "everybody is admitted at once"
	}
	return fmt.Sprintf("%s new links are admitted every %v%s", thousands(uint64(a.Bucket)), a.Every, unless(!a.Hint, ", the others hear when to come again"))
}
