package client

import (
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// app carries out what the plan does to device and app.
func (v *Virtual) app(now Time, in Input, rec *record.Recorder, out *Out) {
	ev := in.Event
	switch ev.Kind {
	case login.KickOtherCalled:
		if ev.Device != 0 {
			break
		}
		if len(v.online) == 0 {
			return
		}
		ev.Device = v.online[0].Device
	case login.LoginCalled:
		ev.Account = v.account
	}
	v.planned, v.booked = in.Due, ev.Kind == login.LoginCalled
	v.person.Acted(ev.Kind)
	v.pass(now, ev, false, rec, out)
	v.planned, v.booked = never, false
}

// start begins a process: with credentials it logs in by itself where the
// platform can, otherwise its owner presses the button. Spec 3.
func (v *Virtual) start(now Time, in Input, rec *record.Recorder, out *Out) {
	if v.machine.Status() != login.Unknown {
		return
	}
	given := in.Kind == AutoLogin || v.spec.Login == wire.Auto && in.Kind == Arrive
	stored := in.Kind == Start && v.machine.HasCredentials()
	v.planned, v.booked = in.Due, in.Kind != Start
	v.pass(now, login.Event{Kind: login.Initialised, Account: v.account, Credentials: given || stored}, false, rec, out)
	if v.spec.Login == wire.Manual && v.machine.Status() == login.UnLogin {
		out.events = v.person.Open(now, out.events)
	}
	v.obey(now, rec, out)
	v.planned, v.booked = never, false
}

// obey carries out what the person decided, in order. It runs when the actions that
// they heard of have all been carried out.
func (v *Virtual) obey(now Time, rec *record.Recorder, out *Out) {
	for i := 0; i < len(out.events); i++ {
		ev := out.events[i]
		switch ev.Kind {
		case login.LoginCalled:
			v.press(now, rec, out, ev.Account)
		case login.Initialised:
			v.reopen(now, rec, out)
		default:
			v.pass(now, ev, true, rec, out)
		}
	}
	out.events = out.events[:0]
}

// press logs in by hand with the k-th of the person's accounts. Spec section 3:
// another account is a logout of the old one first, which the machine sees to.
func (v *Virtual) press(now Time, rec *record.Recorder, out *Out, k uint32) {
	account := v.home + k*v.spec.Stride
	if account != v.account {
		v.account, v.stored = account, false
	}
	v.pass(now, login.Event{Kind: login.LoginCalled, Account: account, Force: v.spec.Force}, true, rec, out)
}

// reopen starts the app of somebody who killed it: stored credentials are used
// where the platform can, otherwise they press the button like anybody. Spec
// sections 1 and 3.
func (v *Virtual) reopen(now Time, rec *record.Recorder, out *Out) {
	if v.machine.Status() != login.Unknown {
		return
	}
	stored := v.machine.HasCredentials()
	v.pass(now, login.Event{Kind: login.Initialised, Account: v.account, Credentials: stored}, true, rec, out)
	if v.machine.Status() == login.UnLogin {
		out.events = v.person.Open(now, out.events)
	}
}
