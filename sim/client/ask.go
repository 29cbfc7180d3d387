package client

import (
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// locating reports whether the attempt waits for an address: there is no link yet.
func (v *Virtual) locating() bool { return v.asked != never && !v.up }

// lookup asks the address server before the link is dialled. Spec section 8: an SDK
// keeps the answer, and asks again on 399 or when no address works. The machine's
// connectTimeout covers it.
func (v *Virtual) lookup(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	v.asked = now
	v.waited = max(0, now-v.due)
	v.opening = v.waited
	rec.Add(record.AddressesAsked, 1)
	out.Effects = append(out.Effects, Effect{Kind: Lookup, Gen: a.Gen, Account: a.Account, Origin: a.Origin, Due: v.due})
}

// located takes the address server's answer. Without an address the link failed.
// Spec section 4, row "no address".
func (v *Virtual) located(now Time, in Input, rec *record.Recorder, out *Out) {
	if in.Gen != v.machine.Gen() || v.machine.Status() != login.Connecting || !v.locating() {
		return
	}
	span := now - v.asked
	v.asked = never
	if !in.OK {
		rec.Add(record.AddressesFailed, 1)
		v.step(now, login.Event{Kind: login.LinkFailed, Gen: in.Gen}, rec, out)
		return
	}
	v.addressed, v.misses = true, 0
	v.opening += span
	v.observe(rec, record.PhaseAddress, span)
	out.Effects = append(out.Effects, Effect{
		Kind: Dial, Gen: in.Gen, Account: v.machine.Account(), Origin: v.machine.Origin(), Due: now,
	})
}

// sendLogin says the login, once there is a token for it if it needs one. Spec
// section 4, row "link opened"; the machine's loginTimeout covers both.
func (v *Virtual) sendLogin(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	v.force = a.Force
	if v.spec.Tokens == TokensEvery || v.spec.Tokens == TokensFirst && !v.stored {
		v.asked = now
		rec.Add(record.TokensFetched, 1)
		out.Effects = append(out.Effects, Effect{Kind: Fetch, Gen: a.Gen, Account: a.Account, Origin: a.Origin})
		return
	}
	v.tell(now, a.Gen, dialect.Input{Kind: dialect.WantLogin}, rec, out)
}

// credited takes the app server's answer to Fetch.
func (v *Virtual) credited(now Time, in Input, rec *record.Recorder, out *Out) {
	if in.Gen != v.machine.Gen() || v.machine.Status() != login.Logging || v.asked == never {
		return
	}
	span := now - v.asked
	v.asked = never
	if !in.OK {
		rec.Add(record.TokensFailed, 1)
		v.step(now, login.Event{Kind: login.TokenFailed, Gen: in.Gen}, rec, out)
		return
	}
	v.stored = true
	v.opening += span
	v.observe(rec, record.PhaseToken, span)
	v.tell(now, in.Gen, dialect.Input{Kind: dialect.WantLogin}, rec, out)
}

// ended follows the end of an attempt: what was awaited and did not come in time,
// a login that was sent for nothing, and links that do not open.
func (v *Virtual) ended(now Time, a *login.Action, rec *record.Recorder, out *Out) {
	rec.Attempt(v.spec.Population, a.Origin, a.Code)
	v.code = a.Code
	network := a.Code == wire.TimedOut || a.Code == wire.Disconnected
	switch {
	case v.sent != never && network:
		rec.Add(record.LoginsWasted, 1)
	case v.asked != never && v.up && a.Code == wire.TimedOut:
		rec.Add(record.TokensFailed, 1)
	case v.asked != never && a.Code == wire.TimedOut:
		rec.Add(record.AddressesFailed, 1)
	case !v.up && v.asked == never && network:
		v.missed()
	case a.Code == wire.UnitError:
		v.addressed = false // Spec section 5: ask for a link address again.
	}
	v.asked = never
	if a.Code == wire.TooOften && out.Accounts != nil {
		out.Accounts.limited(now, v.seat(), rec)
	}
}

// missed counts a link that did not open; when as many in a row did not as there
// are nodes, no address works.
func (v *Virtual) missed() {
	v.misses++
	if int(v.misses) >= min(max(v.spec.Nodes, 1), maxMisses) {
		v.addressed, v.misses = false, 0
	}
}

// maxMisses bounds Spec.Nodes: nobody tries more addresses than these before they
// ask for others.
const maxMisses = 255
