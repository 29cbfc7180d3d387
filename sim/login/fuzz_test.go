package login

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// tape reads the decisions of a random run from bytes; past the end all are 0.
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

func (t *tape) more() bool { return t.at < len(t.data) }

// profile returns any profile under any policy, now and then with short limits.
func (t *tape) profile() *Profile {
	names, policies := ProfileNames(), PolicyNames()
	p, _ := ProfileNamed(names[int(t.next())%len(names)])
	p.Policy, _ = PolicyNamed(policies[int(t.next())%len(policies)])
	b := t.next()
	p.Seed = uint64(b)
	if b&1 != 0 {
		p.Policy.MaxAttempts = uint16(b >> 5)
	}
	p.Policy.Reset, p.Policy.Stay = ResetRule(b>>1)%3, 20*time.Second
	if b&8 != 0 {
		p.Policy.ResetOnNetwork = true
	}
	return &p
}

// instant returns when the next event comes: now, just before, at or long after
// the deadline, or some time later.
func (t *tape) instant(now Time, m *Machine) Time {
	at, ok := m.Deadline()
	switch b := t.next(); {
	case b < 64 || !ok && b < 128:
		return now
	case !ok:
		return now + Time(b)*100*time.Millisecond
	case b < 112:
		return at
	case b < 144:
		return max(now, at-1)
	case b < 160:
		return at + Time(b)*time.Second
	default:
		return now + (at-now)/Time(b-158)
	}
}

// event returns any event; half of those of a link concern the newest one and
// the kinds that carry a login forward come often.
func (t *tape) event(m *Machine, call uint32) Event {
	b, c := t.next(), t.next()
	ev := Event{Kind: EventKind(b % 19), Gen: m.Gen(), Call: call, Account: uint32(c % 2)}
	if b >= 190 {
		ev.Kind = []EventKind{Initialised, LoginCalled, LinkOpened, Replied, LinkOpened, Replied}[b%6]
	}
	switch ev.Kind {
	case Initialised:
		ev.Credentials = c&2 != 0
	case LoginCalled:
		ev.Force = c&2 != 0
	case Replied, KickOtherReplied:
		codes := []wire.Code{200, 200, 200, 200, 416, 503, 417, 302, 403, 317, 20001, 408, 191002, 0}
		ev.Code = codes[int(c)%len(codes)]
		ev.DatabaseFails = c > 240
		ev.Hint = Time(c%4) * 10 * time.Second
	case Kicked:
		ev.Reason = wire.Reason(c % 6)
	}
	if ev.Kind >= LinkOpened && c > 230 {
		ev.Gen -= uint32(c) - 230
	}
	return ev
}

// play drives a machine along a tape and returns what is wrong with it, or "".
// spoil may change the actions before they are checked; nil changes nothing.
func play(data []byte, spoil func([]Action) []Action) (fault string) {
	t := &tape{data: data}
	p := t.profile()
	m, c := NewMachine(p, uint32(t.next())), newChecker(p)
	var now Time
	var log strings.Builder
	check := func(ev Event, actions []Action) bool {
		if spoil != nil {
			actions = spoil(actions)
		}
		fmt.Fprintf(&log, "%s %s gen %d code %d: %s\n", now, ev.Kind, ev.Gen, ev.Code, tellAll(actions))
		if err := c.step(now, ev, actions, &m); err != nil {
			fault = fmt.Sprintf("%s\n%s %s: %v", log.String(), p.Name, p.Policy.Name, err)
		}
		return fault == ""
	}
	for call := uint32(1); t.more(); call++ {
		now = t.instant(now, &m)
		ev := t.event(&m, call)
		whole := m
		together := whole.Step(now, ev, nil)
		dues := m.Step(now, Event{}, nil)
		if !check(Event{}, dues) {
			return fault
		}
		// A delay of zero that the dues began is itself due now.
		if at, ok := m.Deadline(); ok && at == now {
			return log.String() + "a deadline at now is left after the dues"
		}
		news := m.Step(now, ev, nil)
		if m != whole || !slices.Equal(together, append(dues, news...)) {
			return fmt.Sprintf("%s%s at %s: one Step did %s, dues first did %s", log.String(), ev.Kind, now, tellAll(together), tellAll(append(dues, news...)))
		}
		if !check(ev, news) {
			return fault
		}
	}
	return ""
}

func FuzzMachine(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		f.Add(randomTape(rng, 60))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if fault := play(data[:min(len(data), 3000)], nil); fault != "" {
			t.Error(fault)
		}
	})
}

func randomTape(rng *rand.Rand, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return data
}

// TestManySeeds plays random lives; every status and every action must occur in
// them, or they prove nothing.
func TestManySeeds(t *testing.T) {
	seen := map[ActionKind]int{}
	reached := map[Status]int{}
	for seed := range uint64(3000) {
		data := randomTape(rand.New(rand.NewPCG(seed, 0)), 300)
		fault := play(data, func(actions []Action) []Action {
			for _, a := range actions {
				seen[a.Kind]++
				if a.Kind == PublishStatus {
					reached[a.Status]++
				}
			}
			return actions
		})
		if fault != "" {
			t.Fatalf("seed %d:\n%s", seed, fault)
		}
	}
	for k := Dial; k <= AttemptEnded; k++ {
		if seen[k] == 0 {
			t.Errorf("no life had the action %q", k)
		}
	}
	for s := Unknown; s <= PwdError; s++ {
		if reached[s] == 0 {
			t.Errorf("no life reached %s", s)
		}
	}
}

// TestCheckerCatches plants faults into right lives; each must be caught.
func TestCheckerCatches(t *testing.T) {
	// without drops the n-th action of a kind, twice repeats it, and so on.
	nth := func(kind ActionKind, change func([]Action, int) []Action) func() func([]Action) []Action {
		return func() func([]Action) []Action {
			done := false
			return func(actions []Action) []Action {
				for i := range actions {
					if actions[i].Kind == kind && !done {
						done = true
						return change(slices.Clone(actions), i)
					}
				}
				return actions
			}
		}
	}
	drop := func(a []Action, i int) []Action { return slices.Delete(a, i, i+1) }
	twice := func(a []Action, i int) []Action { return slices.Insert(a, i, a[i]) }
	edit := func(f func(*Action)) func([]Action, int) []Action {
		return func(a []Action, i int) []Action { f(&a[i]); return a }
	}
	faults := map[string]func() func([]Action) []Action{
		"a call without a result":    nth(Result, drop),
		"two results":                nth(Result, twice),
		"a result of another call":   nth(Result, edit(func(a *Action) { a.Call += 1000 })),
		"an attempt without an end":  nth(AttemptEnded, drop),
		"an attempt that ends twice": nth(AttemptEnded, twice),
		"an end of another attempt":  nth(AttemptEnded, edit(func(a *Action) { a.Gen++ })),
		"an end of another origin":   nth(AttemptEnded, edit(func(a *Action) { a.Origin++ })),
		"a silent change of status":  nth(PublishStatus, drop),
		"a status published twice":   nth(PublishStatus, twice),
		"a wrong status before":      nth(PublishStatus, edit(func(a *Action) { a.From ^= 1 })),
		"a status of data sync":      nth(PublishStatus, edit(func(a *Action) { a.Status = DataSyncStart })),
		"a generation left out":      nth(Dial, edit(func(a *Action) { a.Gen++ })),
		"a dial that nobody wanted":  nth(Dial, edit(func(a *Action) { a.Origin = wire.NoOrigin })),
		"two dials":                  nth(Dial, twice),
		"a link that is left open":   nth(Close, drop),
		"a link that is closed late": nth(Close, edit(func(a *Action) { a.Gen-- })),
		"a link closed twice":        nth(Close, twice),
		"a login on no link":         nth(SendLogin, edit(func(a *Action) { a.Gen-- })),
		"a forced reconnect":         nth(SendLogin, edit(func(a *Action) { a.Force, a.Origin = true, wire.Reconnect })),
		"a kick of another status":   nth(PublishKick, edit(func(a *Action) { a.Status = Forbidden })),
		"a FIN from a lost radio":    nth(Abandon, edit(func(a *Action) { a.Kind = Close })),
		"a goodbye of a dead one":    nth(Reset, edit(func(a *Action) { a.Kind = Close })),
	}
	for name, plant := range faults {
		t.Run(name, func(t *testing.T) {
			caught := 0
			for seed := range uint64(50) {
				if play(randomTape(rand.New(rand.NewPCG(seed, 0)), 300), plant()) != "" {
					caught++
				}
			}
			if caught == 0 {
				t.Error("caught in none of 50 lives")
			}
		})
	}
}
