package plan

import (
	"fmt"

	"loginstorm/sim/link"
	"loginstorm/sim/scenario"
)

// linkVerb makes the steps of what happens to links and networks of clients.
func (t *turn) linkVerb(e *scenario.Entry, path string) bool {
	switch {
	case e.Cut != nil:
		t.cut(e.Cut, path)
	case e.Slow != nil:
		fault := link.Fault{Kind: link.Slowed, Bandwidth: e.Slow.Bandwidth}
		t.weather(&e.Slow.Who, e.Slow.While, path, fault, fmt.Sprintf("carry at most %s bytes/s", thousands(fault.Bandwidth)))
	case e.Delay != nil:
		if e.Delay.By == 0 {
			t.fault(path+".by", "a delay of 0s is none", "write a span such as 300ms")
		}
		fault := link.Fault{Kind: link.Delayed, Delay: Time(e.Delay.By)}
		t.weather(&e.Delay.Who, e.Delay.While, path, fault, fmt.Sprintf("take %v longer each way", e.Delay.By))
	case e.Loss != nil:
		t.loss(e.Loss, path)
	case e.ConnectFail != nil:
		t.unreachable(e.ConnectFail, path, link.Unreachable, "reach nobody")
	case e.DNSFail != nil:
		t.unreachable(e.DNSFail, path, link.Nameless, "do not find the gateway's name")
	case e.NetworkLoss != nil:
		v := e.NetworkLoss
		t.drops(v.For != nil)
		who, back := t.lapse(&v.Who, v.While, path, Step{Kind: NetworkLost}, Step{Kind: NetworkBack})
		t.entry.Says = fmt.Sprintf("%s lose their network%s%s", who, over(v.Spread), unless(back == "", "; it returns"+back))
	case e.Replay != nil:
		t.replay(e.Replay, path)
	default:
		return false
	}
	return true
}

// breaks makes the fault that breaks a link, and names it for people.
func (t *turn) breaks(by string, code uint16, path string) (link.Fault, string) {
	if by != "close" && code != 0 {
		t.fault(path+".code", fmt.Sprintf("a link that breaks by %s carries no close code", which(by == "", "reset", by)), "write by: close, or leave the code out")
	}
	switch by {
	case "close":
		f := link.Fault{Kind: link.Closed, Code: 1001}
		if code != 0 {
			f.Code = code
		}
		if neverSent(f.Code) {
			t.fault(path+".code", fmt.Sprintf("close code %d is never sent", f.Code), "1001 says that the server goes away")
		}
		return f, fmt.Sprintf("close %d", f.Code)
	case "halfOpen":
		return link.Fault{Kind: link.HalfOpen}, "half-open"
	case "freeze":
		return link.Fault{Kind: link.Frozen}, "freeze"
	}
	return link.Fault{Kind: link.Reset}, "reset"
}

// neverSent reports whether a close code is kept for what no frame says (RFC 6455, 7.4.1).
func neverSent(code uint16) bool { return code == 1005 || code == 1006 || code == 1015 }

func (t *turn) cut(v *scenario.Cut, path string) {
	fault, how := t.breaks(v.By, v.Code, path)
	silent := fault.Kind == link.HalfOpen || fault.Kind == link.Frozen
	if v.For != nil && !silent {
		t.fault(path+".for", "a link that broke is not healed: its client opens another one", "leave for out, or write by: halfOpen or by: freeze")
	}
	t.drops(true)
	who, back := t.lapse(&v.Who, scenario.While{For: v.For, Spread: v.Spread}, path, Step{Kind: Fault, Fault: fault}, Step{Kind: Fault, Fault: link.Fault{Kind: link.Thawed}})
	t.entry.Says = fmt.Sprintf("cut %s by %s%s%s", who, how, over(v.Spread), unless(back == "", "; healed"+back))
	if silent {
		t.unnoticed(t.entry.At+span(v.Spread, 0), v.For)
	}
}

// unnoticed warns when the run ends before a silent link is noticed. Spec 7: a
// heartbeat, its answer's wait and the probes; 53 s as a rule.
func (t *turn) unnoticed(last Time, lasts *scenario.Span) {
	silence := Time(0)
	for i := range t.plan.Populations {
		silence = max(silence, silenceOf(t.plan.Populations[i].Profile))
	}
	healed := lasts != nil && last+Time(*lasts) <= t.plan.Duration
	if left := t.plan.Duration - last; left < silence && !healed {
		t.warn("%s: clients notice a silent link after up to %v, and the run ends %v after it begins", t.entry.Name, silence, brief(left))
	}
}

// weather changes what the networks of clients are like.
func (t *turn) weather(w *scenario.Who, l scenario.While, path string, fault link.Fault, what string) {
	t.stays(l.For)
	who, back := t.lapse(w, l, path, Step{Kind: Weather, Fault: fault}, Step{Kind: Weather, Fault: link.Fault{Kind: fault.Kind}})
	t.entry.Says = fmt.Sprintf("the networks of %s %s%s%s", who, what, over(l.Spread), unless(back == "", "; as before"+back))
}

func (t *turn) loss(v *scenario.Loss, path string) {
	if v.Rate == 0 {
		t.fault(path+".rate", "a loss of 0% is none", "write a share such as 20%")
	}
	what := fmt.Sprintf("lose %v of what is sent", v.Rate)
	if v.Rate == everybody {
		// Nothing arrives: links go silent, and drop as half-open ones do.
		what = "lose everything that is sent"
		t.drops(v.For != nil)
	}
	t.weather(&v.Who, v.While, path, link.Fault{Kind: link.Lossy, Loss: uint32(v.Rate)}, what)
}

// unreachable lets a share of the attempts fail at once. Links that are open stay.
func (t *turn) unreachable(v *scenario.Fail, path string, kind link.FaultKind, what string) {
	rate := scenario.Share(everybody)
	if v.Rate != nil {
		rate = *v.Rate
	}
	if rate == 0 {
		t.fault(path+".rate", "0% of the attempts are none", "write a share such as 20%, or leave it out for all")
	}
	t.stays(v.For)
	who, back := t.lapse(&v.Who, v.While, path, Step{Kind: Weather, Fault: link.Fault{Kind: kind, Loss: uint32(rate)}}, Step{Kind: Weather, Fault: link.Fault{Kind: kind}})
	attempts := fmt.Sprintf("%v of the attempts", rate)
	if rate == everybody {
		attempts = "attempts"
	}
	t.entry.Says = fmt.Sprintf("%s of %s %s%s%s", attempts, who, what, over(v.Spread), unless(back == "", "; as before"+back))
}
