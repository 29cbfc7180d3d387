package client

import (
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// pass gives an event of the app to the machine; a call gets its number here. own
// says that the person did it, and not the plan.
func (v *Virtual) pass(now Time, ev login.Event, own bool, rec *record.Recorder, out *Out) {
	switch ev.Kind {
	case login.Initialised, login.LoginCalled, login.LogoutCalled, login.KickOtherCalled:
		v.call++
		ev.Call = v.call
		v.op = operation(ev.Kind)
		rec.Add(record.CallsMade, 1)
	}
	switch ev.Kind {
	case login.LoginCalled:
		v.logging = v.call
		v.want(now)
	case login.Initialised:
		v.code, v.began = 0, true
		if ev.Credentials {
			v.want(now)
		}
	case login.LogoutCalled:
		v.wish = never
	case login.ProcessKilled:
		// Who kills an app to get in still wants to.
		if !own {
			v.wish = never
		}
	}
	if out.Watched {
		out.Published = append(out.Published, Published{At: now, Client: v.id, Event: ev})
	}
	v.step(now, ev, rec, out)
	if ev.Kind == login.Initialised && v.machine.Status() == login.UnLogin && !own {
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
		v.wish = v.meant(now)
	}
}

// meant is the instant at which what happens now should have happened.
func (v *Virtual) meant(now Time) Time {
	if v.planned != never {
		return v.planned
	}
	return now
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
		v.sendLogin(now, a, rec, out)
	case login.SendLogout:
		v.tell(now, a.Gen, dialect.Input{Kind: dialect.WantLogout}, rec, out)
	case login.SendPing:
		v.tell(now, a.Gen, dialect.Input{Kind: dialect.WantPing}, rec, out)
	case login.SendKickOther:
		v.tell(now, a.Gen, dialect.Input{Kind: dialect.WantKickOther, Device: a.Device}, rec, out)
	case login.Close:
		out.Effects = append(out.Effects, Effect{Kind: Close, Gen: a.Gen, CloseCode: normalClosure})
	case login.Reset:
		out.Effects = append(out.Effects, Effect{Kind: Reset, Gen: a.Gen})
	case login.Abandon:
		out.Effects = append(out.Effects, Effect{Kind: Abandon, Gen: a.Gen})
	case login.AttemptEnded:
		v.ended(now, a, rec, out)
	default:
		v.publish(now, a, rec, out)
	}
}

// normalClosure is the close code of a client that leaves in order. RFC 6455,
// section 7.4.1.
const normalClosure = 1000

// dial begins an attempt, with the address server where it has to be asked. An
// attempt that a plan's step or a person began was wanted when they wanted it.
func (v *Virtual) dial(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	v.due = a.Due
	if v.planned != never && a.Origin != wire.Reconnect {
		v.due = v.planned
	}
	v.opening, v.waited, v.asked, v.sent = 0, 0, never, never
	v.up, v.reason = false, wire.NoReason
	v.session = v.session.Reopen()
	rec.DialledAt(v.spec.Population, a.Origin, now)
	if v.booked {
		rec.Add(record.AttemptsPlanned, 1)
	}
	if v.hit {
		rec.FaultAttempt(v.entry)
	}
	if v.spec.Lookup && !v.addressed {
		v.lookup(now, a, rec, out)
		return
	}
	out.Effects = append(out.Effects, Effect{Kind: Dial, Gen: a.Gen, Account: a.Account, Origin: a.Origin, Due: v.due})
}

// publish records what the app hears and lets the person hear it too; what they
// do about it is carried out by obey.
func (v *Virtual) publish(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	switch a.Kind {
	case login.PublishStatus:
		v.moved(now, a, rec, out)
	case login.PublishKick:
		v.reason = a.Reason
		rec.Kick(v.spec.Population, a.Reason, a.Status)
		if out.Accounts != nil && a.Reason == wire.ByLogin {
			out.Accounts.kicked(now, v.seat(), a.ClientType, rec)
		}
		v.leave(now, rec, out)
	case login.PublishSync:
		v.synced(now, a, rec)
	case login.PublishLoginFailed:
		v.wish = never
		rec.Add(record.LoginsFailed, 1)
	case login.Result:
		rec.Add(record.CallsEnded, 1)
		rec.Result(v.called(a.Call), a.Code)
		if a.Origin == wire.Manual && a.Code != wire.Cancelled {
			v.code = a.Code
		}
	}
	out.events = v.person.Step(now, a, out.events)
}

// moved follows a change of status with gauges, latencies and recovery.
func (v *Virtual) moved(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	rec.Move(v.spec.Population, a.From, a.Status)
	switch {
	case a.Status == login.LoggedIn:
		v.arrived(now, a, rec, out)
	case a.Status.Terminal():
		v.wish = never
		if a.Status == login.PwdError {
			v.stored = false // The app asks for another token before the next login.
		}
	case a.From == login.LoggedIn && a.Status == login.NetBroken:
		v.wish = v.meant(now)
	}
	if a.From != login.LoggedIn {
		return
	}
	v.online = v.online[:0]
	v.syncing = never
	if a.Status == login.KickOut || a.Status == login.KickOutByOtherClient {
		rec.Observe(record.KickNotice, v.spec.Population, a.Origin, now-v.since)
	} else {
		v.leave(now, rec, out) // A kick leaves with its notice, which says why.
	}
	if v.marked && !v.hit {
		v.dropped(now, a.Status, rec)
	}
}

// leave lets the accounts know that the client is no longer loggedIn.
func (v *Virtual) leave(now Time, rec *record.Recorder, out *Out) {
	if v.known && out.Accounts != nil {
		v.known = false
		out.Accounts.left(now, v.seat(), rec)
	}
}

// seat is what Accounts knows a client by: the account that it is loggedIn with, or
// else the one that it tries.
func (v *Virtual) seat() seat {
	account := v.machine.Account()
	if v.known {
		account = v.held
	}
	return seat{account: account, client: v.id, population: v.spec.Population,
		kind: v.spec.Profile.ClientType, alone: v.spec.Alone, sent: v.sent}
}

// arrived takes the figures of a login that succeeded. The login phase is what
// the other phases leave, so that they always add up.
func (v *Virtual) arrived(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	pop, connect := v.spec.Population, now-v.due
	rec.Observe(record.ConnectToLoggedIn, pop, a.Origin, connect)
	rec.Observe(record.ConnectToLoggedInUncorrected, pop, a.Origin, connect-v.waited)
	rec.Observe(record.PhaseWait, pop, a.Origin, v.waited)
	rec.Observe(record.PhaseLogin, pop, a.Origin, max(0, connect-v.opening))
	if v.wish != never {
		rec.Observe(record.TimeToLoggedIn, pop, a.Origin, now-v.wish)
	}
	v.wish, v.since = never, now
	v.recovered(now, rec)
	if out.Accounts != nil {
		out.Accounts.joined(now, v.seat(), rec)
		v.known, v.held = true, v.machine.Account()
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
