package virtual

import (
	"fmt"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/chance"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
)

// stride is between two accounts of one person, of a world that is told by hand.
const stride = 100

// beside: app=SPAN and address=SPAN are servers with one worker, ttl=SPAN and
// skew=SPAN are of the app's tokens.
func (w *world) beside(key, v string) error {
	d, err := time.ParseDuration(v)
	server := backend.Config{Workers: 1, Queue: 100, ServiceTime: chance.Dist{A: d}}
	app := func() *plan.App {
		if w.plan.App == nil {
			w.plan.App = &plan.App{TTL: time.Hour}
		}
		return w.plan.App
	}
	switch key {
	case "app":
		app().Server = server
	case "ttl":
		app().TTL = d
	case "skew":
		app().Skew = d
	case "address":
		w.plan.Address = &server
	default:
		err = fmt.Errorf("setting %s is not known", key)
	}
	return err
}

// habits: relogin=SPAN logs in again after each kick, retry=N presses again N
// times, 4 s after each failure; think=SPAN, outage=SPAN and session=SPAN are what
// their names say, pause=SPAN ends a session's pause, switch=N is with N accounts.
func habits(h *login.Habits, key, v string) (*login.Habits, error) {
	if h == nil {
		h = &login.Habits{Seed: 1}
	}
	span, err := time.ParseDuration(v)
	after := chance.Dist{A: span}
	switch key {
	case "retry":
		h.OnFailure, err = login.OnFailure{Retry: uint32(number(v)), After: chance.Dist{A: 4 * time.Second}}, nil
	case "relogin":
		h.OnKick = login.OnKick{Relogin: 1_000_000, After: after}
	case "think":
		h.Think = after
	case "outage":
		h.OnOutage = login.OnOutage{Share: 1_000_000, After: after, Reopen: chance.Dist{A: time.Second}}
	case "session":
		h.Session.On, h.Session.Length = true, after
	case "pause":
		h.Session.Pause = after
	case "switch":
		h.Switch, err = login.Switch{Accounts: uint32(number(v)), Share: 1_000_000}, nil
	default:
		err = fmt.Errorf("argument %s is not known", key)
	}
	return h, err
}

// fault is what happens to a link (cut NAME HOW) or to a network: slow NAME
// bandwidth=N, delay NAME by=SPAN, loss NAME rate=PPM, unreachable and nameless
// alike; calm NAME takes all of it back, and so does each of them without a value.
func fault(verb string, names []string, args map[string]string) (f link.Fault, ok bool) {
	rate := func() uint32 { return uint32(number(or(args["rate"], "0"))) }
	switch verb {
	case "cut":
		f.Kind = map[string]link.FaultKind{"reset": link.Reset, "close": link.Closed, "halfOpen": link.HalfOpen,
			"freeze": link.Frozen, "heal": link.Healed, "thaw": link.Thawed}[names[1]]
		if f.Kind == link.Closed {
			f.Code = uint16(number(or(args["code"], "1001")))
		}
	case "slow":
		f = link.Fault{Kind: link.Slowed, Bandwidth: uint64(number(or(args["bandwidth"], "0")))}
	case "delay":
		f = link.Fault{Kind: link.Delayed}
		f.Delay, _ = time.ParseDuration(or(args["by"], "0s"))
	case "loss":
		f = link.Fault{Kind: link.Lossy, Loss: rate()}
	case "unreachable":
		f = link.Fault{Kind: link.Unreachable, Loss: rate()}
	case "nameless":
		f = link.Fault{Kind: link.Nameless, Loss: rate()}
	case "calm":
		f = link.Fault{Kind: link.Healed}
	default:
		return f, false
	}
	return f, true
}
