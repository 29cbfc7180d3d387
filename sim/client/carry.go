package client

import (
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// pass gives an event of the app to the machine; a call gets its number here.
func (v *Virtual) pass(now Time, ev login.Event, rec *record.Recorder, out *Out) {
	switch ev.Kind {
	case login.Initialised, login.LoginCalled, login.LogoutCalled, login.KickOtherCalled:
		v.call++
		ev.Call = v.call
		v.op = operation(ev.Kind)
		rec.Add(record.CallsMade, 1)
	}
	switch ev.Kind {
	case login.LoginCalled:
		ev.Account = v.account
		v.logging = v.call
		v.want(now)
	case login.Initialised:
		if ev.Credentials {
			v.want(now)
		}
	case login.LogoutCalled, login.ProcessKilled:
		v.wish = never
	}
	if out.Watched {
		out.Published = append(out.Published, Published{At: now, Client: v.id, Event: ev})
	}
	v.step(now, ev, rec, out)
	if ev.Kind == login.Initialised && v.machine.Status() == login.UnLogin {
		v.wish = never
	}
}

// operation is the call that an event of the app makes.
func operation(k login.EventKind) record.Op {
	switch k {
	case login.LoginCalled:
		return record.OpLogin
	case login.LogoutCalled:
		return record.OpLogout
	case login.KickOtherCalled:
		return record.OpKickOther
	}
	return record.OpInitialize
}

// called tells what the call with a number was. Only login and
// kickOutOtherOnlineClient outlast the step that makes them.
func (v *Virtual) called(call uint32) record.Op {
	switch call {
	case v.call:
		return v.op
	case v.logging:
		return record.OpLogin
	}
	return record.OpKickOther
}

// want begins the wish to be loggedIn, unless one lasts already.
func (v *Virtual) want(now Time) {
	if v.wish == never {
		v.wish = v.wanted(now)
	}
}

// wanted is the instant at which what happens now should have happened.
func (v *Virtual) wanted(now Time) Time {
	if v.planned != never {
		return v.planned
	}
	return now
}

// calls passes on what the person decided.
func (v *Virtual) calls(now Time, rec *record.Recorder, out *Out) {
	for len(out.events) > 0 {
		last := len(out.events) - 1
		ev := out.events[last]
		out.events = out.events[:last]
		v.pass(now, ev, rec, out)
	}
}

// step steps the machine and carries its actions out in order.
func (v *Virtual) step(now Time, ev login.Event, rec *record.Recorder, out *Out) {
	first := len(out.actions)
	out.actions = v.machine.Step(now, ev, out.actions)
	for i := first; i < len(out.actions); i++ {
		a := out.actions[i]
		if out.Watched {
			out.Published = append(out.Published, Published{At: now, Client: v.id, Action: a})
		}
		v.carry(now, &a, rec, out)
	}
	out.actions = out.actions[:first]
}

// carry carries out one action of the machine.
func (v *Virtual) carry(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	switch a.Kind {
	case login.Dial:
		v.dial(now, a, rec, out)
	case login.SendLogin:
		v.say(now, dialect.Input{Kind: dialect.WantLogin}, a, rec, out)
	case login.SendLogout:
		v.say(now, dialect.Input{Kind: dialect.WantLogout}, a, rec, out)
	case login.SendPing:
		v.say(now, dialect.Input{Kind: dialect.WantPing}, a, rec, out)
	case login.SendKickOther:
		v.say(now, dialect.Input{Kind: dialect.WantKickOther, Device: a.Device}, a, rec, out)
	case login.Close:
		out.Effects = append(out.Effects, Effect{Kind: Close, Gen: a.Gen, CloseCode: normalClosure})
	case login.Reset:
		out.Effects = append(out.Effects, Effect{Kind: Reset, Gen: a.Gen})
	case login.Abandon:
		out.Effects = append(out.Effects, Effect{Kind: Abandon, Gen: a.Gen})
	case login.AttemptEnded:
		rec.Attempt(v.spec.Population, a.Origin, a.Code)
	default:
		v.publish(now, a, rec, out)
	}
}

// normalClosure is the close code of a client that leaves in order. RFC 6455,
// section 7.4.1.
const normalClosure = 1000

// dial asks for a new link. An attempt that a plan's step or a person began was
// wanted when they wanted it.
func (v *Virtual) dial(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	v.due = a.Due
	if v.planned != never && a.Origin != wire.Reconnect {
		v.due = v.planned
	}
	v.opening, v.waited = 0, 0
	v.session = v.spec.Dialogue.Open()
	rec.Dialled(v.spec.Population, a.Origin)
	out.Effects = append(out.Effects, Effect{Kind: Dial, Gen: a.Gen, Account: a.Account, Origin: a.Origin, Due: v.due})
}

// say has the dialogue put something into words, and completes a login with
// what only the machine knows.
func (v *Virtual) say(now Time, in dialect.Input, a *login.Action, rec *record.Recorder, out *Out) {
	first := len(out.Effects)
	v.tell(now, in, rec, out)
	for i := first; i < len(out.Effects); i++ {
		if e := &out.Effects[i]; e.Kind == Say && e.Message.Kind == wire.Login {
			e.Account, e.Origin, e.Force = a.Account, a.Origin, a.Force
		}
	}
}

// publish records what the app hears and lets the person hear it too.
func (v *Virtual) publish(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	switch a.Kind {
	case login.PublishStatus:
		v.moved(now, a, rec)
	case login.PublishKick:
		rec.Kick(v.spec.Population, a.Reason, a.Status)
	case login.PublishSync:
		v.synced(now, a, rec)
	case login.PublishLoginFailed:
		v.wish = never
		rec.Add(record.LoginsFailed, 1)
	case login.Result:
		rec.Add(record.CallsEnded, 1)
		rec.Result(v.called(a.Call), a.Code)
	}
	out.events = v.person.Step(now, a, out.events)
	v.calls(now, rec, out)
}

// moved follows a change of status with gauges, latencies and recovery.
func (v *Virtual) moved(now Time, a *login.Action, rec *record.Recorder) {
	rec.Move(v.spec.Population, a.From, a.Status)
	switch {
	case a.Status == login.LoggedIn:
		v.arrived(now, a, rec)
	case a.Status.Terminal():
		v.wish = never
	case a.From == login.LoggedIn && a.Status == login.NetBroken:
		v.wish = v.wanted(now)
	}
	if a.From != login.LoggedIn {
		return
	}
	v.online = v.online[:0]
	v.syncing = never
	if a.Status == login.KickOut || a.Status == login.KickOutByOtherClient {
		rec.Observe(record.KickNotice, v.spec.Population, a.Origin, now-v.since)
	}
	if v.marked && !v.hit {
		v.hit = true
		rec.FaultHit(v.entry)
	}
}

// arrived takes the figures of a login that succeeded. The login phase is what
// the other phases leave, so that they always add up.
func (v *Virtual) arrived(now Time, a *login.Action, rec *record.Recorder) {
	pop, connect := v.spec.Population, now-v.due
	rec.Observe(record.ConnectToLoggedIn, pop, a.Origin, connect)
	rec.Observe(record.ConnectToLoggedInUncorrected, pop, a.Origin, connect-v.waited)
	rec.Observe(record.PhaseWait, pop, a.Origin, v.waited)
	rec.Observe(record.PhaseLogin, pop, a.Origin, max(0, connect-v.opening))
	if v.wish != never {
		rec.Observe(record.TimeToLoggedIn, pop, a.Origin, now-v.wish)
	}
	v.wish, v.since = never, now
	if v.marked && v.hit {
		v.marked, v.hit = false, false
		rec.FaultBack(v.entry, now-v.hitAt)
	}
}

// synced times data sync; a Finish that never comes is not timed.
func (v *Virtual) synced(now Time, a *login.Action, rec *record.Recorder) {
	switch {
	case a.Status == login.DataSyncStart:
		v.syncing = now
	case v.syncing != never:
		v.observe(rec, record.DataSync, now-v.syncing)
		v.syncing = never
	}
}
