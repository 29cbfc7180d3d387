package client

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// tape reads the decisions of a random life from bytes; past the end all are 0.
type tape struct {
	data []byte
	at   int
}

func (t *tape) next() byte {
	if t.at >= len(t.data) {
		return 0
	}
	b := t.data[t.at]
	t.at++
	return b
}

func (t *tape) span(unit time.Duration) time.Duration { return time.Duration(t.next()) * unit }

// spec returns any way of being a client, with an owner of any habits.
func (t *tape) spec() *Spec {
	names, policies := login.ProfileNames(), login.PolicyNames()
	p, _ := login.ProfileNamed(names[int(t.next())%len(names)])
	p.Policy, _ = login.PolicyNamed(policies[int(t.next())%len(policies)])
	b, c := t.next(), t.next()
	dist := func() chance.Dist { return chance.Dist{Shape: chance.Uniform, B: t.span(100 * time.Millisecond)} }
	h := &login.Habits{Seed: uint64(b), Think: dist()}
	h.OnKick = login.OnKick{Relogin: 700_000, After: dist()}
	h.OnFailure = login.OnFailure{Retry: uint32(b % 8), After: dist(), Patience: t.span(time.Second)}
	h.OnOutage = login.OnOutage{Share: 700_000, After: dist(), Reopen: dist()}
	h.Session = login.Session{On: b&16 != 0, Stays: b&32 != 0, Length: dist(), Pause: dist(), Max: uint32(c % 4)}
	h.Switch = login.Switch{Accounts: uint32(c%3) + 1, Share: 500_000}
	spec := &Spec{Profile: &p, Dialogue: dialect.Reference(), Habits: h, Login: wire.Manual, Stride: 10,
		Force: b&64 != 0, Tokens: Tokens(c % 3), Lookup: c&4 != 0, Nodes: int(c % 5)}
	if login.AutoLogin(p.ClientType) && c&8 != 0 {
		spec.Login = wire.Auto
	}
	if c&128 != 0 {
		spec.Habits = nil
	}
	return spec
}

// world is what a driver remembers of one client, and what it holds it to.
type world struct {
	spec   *Spec
	v      Virtual
	rec    *record.Recorder
	out    Out
	now    Time
	gen    uint32 // Of the newest Lookup or Dial.
	dialed uint32 // Of the newest Dial.
	due    Time   // Of the newest Dial.
	asked  bool   // Lookup of gen has no answer.
	open   bool   // The link is up.
	gone   bool   // The link has ended, by whomever.
	fetch  bool   // Fetch of gen has no answer.
	token  bool   // It had one.
	said   bool   // The login of gen was said.
	serial uint32
	log    strings.Builder
}

// input returns any input; most concern the newest link and carry it forward.
func (w *world) input(t *tape) Input {
	b, c := t.next(), t.next()
	gen := w.v.Gen()
	if c > 235 {
		gen -= uint32(c) - 235 // Late: of an older link.
	}
	linked := func(in dialect.Input) Input { return Input{Kind: Link, Gen: gen, Dialect: in} }
	message := func(m wire.Message) Input { return linked(dialect.Input{Kind: dialect.Message, Message: &m}) }
	app := func(k login.EventKind) Input {
		return Input{Kind: App, Due: w.now, Event: login.Event{Kind: k, Device: uint64(c % 2)}}
	}
	switch b % 20 {
	case 0, 1:
		return Input{Kind: []InputKind{Arrive, AutoLogin, Start}[c%3], Due: w.now}
	case 2:
		return app([]login.EventKind{login.LoginCalled, login.LogoutCalled, login.KickOtherCalled}[c%3])
	case 3:
		return app([]login.EventKind{login.NetworkLost, login.NetworkBack, login.ProcessKilled, login.NetworkBack}[c%4])
	case 4:
		return linked(dialect.Input{Kind: dialect.LinkDown, CloseCode: 1006})
	case 5:
		return message(wire.Message{Kind: wire.Kick, Reason: wire.Reason(c%4 + 1), ClientType: wire.IOS})
	case 6:
		return message(wire.Message{Kind: []wire.Kind{wire.SyncStart, wire.SyncFinish, wire.Online, wire.Pong}[c%4]})
	case 7:
		return Input{Kind: Database, OK: c&1 == 0}
	case 8:
		return Input{Kind: Marked, Due: w.now}
	case 9, 10, 11:
		return Input{Kind: Addressed, Gen: gen, OK: c%4 != 0}
	case 12, 13, 14:
		return Input{Kind: Token, Gen: gen, OK: c%4 != 0}
	case 15, 16, 17:
		codes := []wire.Code{200, 200, 200, 200, 416, 503, 417, 302, 399, 403}
		return message(wire.Message{Kind: wire.LoginReply, Serial: w.serial, Code: codes[int(c)%len(codes)]})
	}
	up := linked(dialect.Input{Kind: dialect.LinkUp})
	up.Phases.Wait = min(w.now-w.due, time.Millisecond)
	up.Phases.Dial = w.now - w.due - up.Phases.Wait
	return up
}

// before takes in what the driver itself knows from the input.
func (w *world) before(in Input) {
	if in.Gen != w.gen {
		return
	}
	switch in.Kind {
	case Addressed:
		w.asked = w.asked && !in.OK
	case Token:
		w.token = w.token || w.fetch && in.OK
		w.fetch = false
	case Link:
		if w.dialed != w.gen || w.gone {
			return
		}
		switch in.Dialect.Kind {
		case dialect.LinkUp:
			w.open = true
		case dialect.LinkDown:
			w.gone = true
		}
	}
}

// effect holds one effect to what a driver relies on.
func (w *world) effect(e Effect) error {
	switch e.Kind {
	case Lookup:
		if e.Gen <= w.gen || !w.spec.Lookup {
			return fmt.Errorf("a question for an address after attempt %d", w.gen)
		}
		w.attempt(e)
		w.asked = true
	case Dial:
		if e.Gen == w.gen && w.dialed == w.gen {
			return fmt.Errorf("dialled twice")
		}
		if e.Gen == w.gen && w.asked {
			return fmt.Errorf("dialled without the address that was asked for")
		}
		if e.Gen != w.gen {
			w.attempt(e)
		}
		w.dialed, w.due = e.Gen, e.Due
	case Fetch:
		if e.Gen != w.gen || !w.open || w.gone || w.fetch || w.token || w.said || w.spec.Tokens == TokensGiven {
			return fmt.Errorf("a token is asked for out of turn")
		}
		w.fetch = true
	case Say:
		if e.Gen != w.gen || !w.open || w.gone {
			return fmt.Errorf("said on a link that is not open")
		}
		if e.Message.Kind != wire.Login {
			break
		}
		if w.said || w.fetch || w.spec.Tokens == TokensEvery && !w.token {
			return fmt.Errorf("a login that has no token, or the second one")
		}
		if e.Account%10 != 7 || e.Force && e.Origin != wire.Manual {
			return fmt.Errorf("a login of account %d, origin %v, force %t", e.Account, e.Origin, e.Force)
		}
		w.said, w.serial = true, e.Message.Serial
	case Close, Reset, Abandon:
		if e.Gen != w.gen || w.gone {
			return fmt.Errorf("a link ends twice, or one that never was")
		}
		w.gone = true
	}
	return nil
}

// attempt begins a new attempt.
func (w *world) attempt(e Effect) {
	w.gen, w.asked, w.open, w.gone, w.fetch, w.token, w.said = e.Gen, false, false, false, false, false, false
}

// check looks at the client between two steps.
func (w *world) check() error {
	at, ok := w.v.Deadline()
	sent := w.v.sent == w.now && w.said
	switch {
	case ok && at < w.now:
		return fmt.Errorf("deadline %v lies before %v", at, w.now)
	case sent && w.v.opening != w.v.sent-w.v.due:
		return fmt.Errorf("the login left %v after it was due, its phases are %v", w.v.sent-w.v.due, w.v.opening)
	case w.v.known != (w.v.Status() == login.LoggedIn):
		return fmt.Errorf("%v, and the accounts think otherwise", w.v.Status())
	case w.v.hit && (!w.v.marked || w.v.known):
		return fmt.Errorf("hit and not marked, or back")
	case len(w.out.events) != 0:
		return fmt.Errorf("%d wishes of its person were not carried out", len(w.out.events))
	}
	return nil
}

// play drives a client along a tape and returns what is wrong with it, or "". spoil
// may change the effects before they are checked; nil changes nothing.
func play(data []byte, seen map[string]int, spoil func([]Effect) []Effect) (fault, log string) {
	t := &tape{data: data}
	spec := t.spec()
	w := &world{spec: spec, v: New(spec, 1, 7), rec: record.NewRecorder(record.Layout{Populations: []string{"p"}, Entries: []string{"e"}}, 0)}
	w.out.Watched = true
	w.out.Accounts = NewAccounts(func(_, _ wire.ClientType) bool { return true })
	for t.at < len(t.data) {
		switch b := t.next(); {
		case b < 90:
		case b < 140:
			w.now += time.Duration(b) * time.Millisecond
		default:
			if at, ok := w.v.Deadline(); ok && at > w.now {
				w.now = at + time.Duration(b-140)*time.Millisecond/16
			}
		}
		if err := w.step(Input{Kind: Tick}, seen, spoil); err != nil {
			return fmt.Sprintf("%s\n%v", w.log.String(), err), ""
		}
		if err := w.step(w.input(t), seen, spoil); err != nil {
			return fmt.Sprintf("%s\n%v", w.log.String(), err), ""
		}
	}
	w.v.End(w.now, w.rec)
	w.out.Accounts.End(w.now, w.rec)
	return "", w.log.String()
}

func (w *world) step(in Input, seen map[string]int, spoil func([]Effect) []Effect) error {
	w.before(in)
	w.out.Reset()
	w.v.Step(w.now, in, w.rec, &w.out)
	effects := w.out.Effects
	if spoil != nil {
		effects = spoil(slices.Clone(effects))
	}
	fmt.Fprintf(&w.log, "%v input %d gen %d ok %t %v: %v, effects", w.now, in.Kind, in.Gen, in.OK, in.Dialect.Kind, w.v.Status())
	for _, p := range w.out.Published {
		if p.Action.Kind == login.NoAction && seen != nil {
			seen[p.Event.Kind.String()]++
		}
	}
	for _, e := range effects {
		fmt.Fprintf(&w.log, " %d#%d", e.Kind, e.Gen)
		if seen != nil {
			seen[fmt.Sprint("effect ", e.Kind)]++
		}
		if err := w.effect(e); err != nil {
			return err
		}
	}
	w.log.WriteByte('\n')
	return w.check()
}

func randomTape(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	data := make([]byte, 400)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return data
}

func FuzzVirtual(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(randomTape(seed)[:80])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if fault, _ := play(data[:min(len(data), 2000)], nil, nil); fault != "" {
			t.Error(fault)
		}
	})
}

// TestManyLives plays random lives; every effect and every act of a person must
// occur in them, or they prove nothing. The same life twice is the same life.
func TestManyLives(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(1500) {
		fault, log := play(randomTape(seed), seen, nil)
		if fault != "" {
			t.Fatalf("seed %d:\n%s", seed, fault)
		}
		if seed%100 == 0 {
			if _, again := play(randomTape(seed), nil, nil); again != log {
				t.Fatalf("seed %d is not the same twice", seed)
			}
		}
	}
	for k := Dial; k <= Lookup; k++ {
		if seen[fmt.Sprint("effect ", k)] < 50 {
			t.Errorf("effect %d occurred %d times", k, seen[fmt.Sprint("effect ", k)])
		}
	}
	for _, k := range []login.EventKind{login.Initialised, login.LoginCalled, login.LogoutCalled, login.ProcessKilled} {
		if seen[k.String()] < 500 {
			t.Errorf("%v occurred %d times", k, seen[k.String()])
		}
	}
}

// TestLivesCatch plants faults into right lives; each must be caught.
func TestLivesCatch(t *testing.T) {
	on := func(kind EffectKind, change func(Effect) []Effect) func([]Effect) []Effect {
		return func(all []Effect) (out []Effect) {
			for _, e := range all {
				if e.Kind == kind {
					out = append(out, change(e)...)
				} else {
					out = append(out, e)
				}
			}
			return out
		}
	}
	twice := func(e Effect) []Effect { return []Effect{e, e} }
	for name, spoil := range map[string]func([]Effect) []Effect{
		"dialled twice":             on(Dial, twice),
		"asked twice for addresses": on(Lookup, twice),
		"asked twice for a token":   on(Fetch, twice),
		"said twice":                on(Say, twice),
		"closed twice":              on(Close, twice),
		"dialled without address":   on(Lookup, func(e Effect) []Effect { return []Effect{e, {Kind: Dial, Gen: e.Gen}} }),
		"said without token": on(Fetch, func(e Effect) []Effect {
			return []Effect{e, {Kind: Say, Gen: e.Gen, Account: 7, Message: wire.Message{Kind: wire.Login}}}
		}),
		"a stranger's account": on(Say, func(e Effect) []Effect { e.Account++; return []Effect{e} }),
		"an older link":        on(Say, func(e Effect) []Effect { e.Gen--; return []Effect{e} }),
	} {
		caught := false
		for seed := range uint64(300) {
			fault, _ := play(randomTape(seed), nil, spoil)
			if caught = fault != ""; caught {
				break
			}
		}
		if !caught {
			t.Errorf("%s: not caught in 300 lives", name)
		}
	}
}
