package gateway

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// world steps one gateway with random inputs that a driver could send, and keeps
// the book beside it.
type world struct {
	rnd    *rand.Rand
	g      *Gateway
	b      *book
	now    Time
	out    []Output
	worked []due
	asking []uint32
	spoil  func(in *Input, out []Output) []Output // A planted fault; nil = none.
}

type due struct {
	at  Time
	job uint32
}

func newWorld(seed uint64) *world {
	rnd := rand.New(rand.NewPCG(seed, 1))
	pick := func(n int) bool { return rnd.IntN(n) == 0 }
	cfg := Config{
		Seed: seed, Nodes: uint8(1 + rnd.IntN(3)), Accounts: 5,
		MultiDevice: randomPolicy(rnd), ReconnectEvicts: pick(4), AnyDevice: pick(3),
		Sync:           chance.Dist{Shape: chance.Uniform, B: 50 * time.Millisecond},
		SessionTimeout: 2 * time.Second, Epoch: 1,
	}
	if pick(2) {
		cfg.Auth = Auth{Workers: uint32(1 + rnd.IntN(3)), Queue: uint32(rnd.IntN(4)), ChargeGone: pick(2),
			ServiceTime: chance.Dist{Shape: chance.Exponential, A: 20 * time.Millisecond}}
	}
	if pick(3) {
		cfg.RateLimit = randomLimit(rnd)
	}
	if pick(3) {
		cfg.Linger = time.Second
	}
	if pick(4) {
		cfg.MaxLinks, cfg.AcceptRate = 6, 100
	}
	if pick(4) {
		cfg.Admission = randomAdmission(rnd)
	}
	cfg.Dynamic = pick(2)
	g, err := New(cfg)
	if err != nil {
		panic(err)
	}
	return &world{rnd: rnd, g: g, b: newBook(cfg)}
}

func randomPolicy(rnd *rand.Rand) MultiDevice {
	m := MultiDevice{Policy: Policy(rnd.IntN(4))}
	if m.Policy == PolicyCustom {
		m.Custom = [][]wire.ClientType{{wire.Android, wire.Web}, {wire.Web, wire.IOS}}
	}
	return m
}

func randomLimit(rnd *rand.Rand) RateLimit {
	return RateLimit{Scope: Scope(rnd.IntN(4)), Counts: Counts(rnd.IntN(3)), Limit: uint32(1 + rnd.IntN(5)), Window: time.Second,
		Penalty: time.Duration(rnd.IntN(2)) * time.Second, CountRefused: rnd.IntN(2) == 0, Hint: true}
}

func randomAdmission(rnd *rand.Rand) Admission {
	return Admission{Bucket: uint32(rnd.IntN(5)), Every: time.Duration(1+rnd.IntN(5)) * 100 * time.Millisecond, Hint: rnd.IntN(2) == 0}
}

// give steps the gateway and tells the book.
func (w *world) give(in Input) {
	w.out = w.g.Step(w.now, in, w.out[:0])
	if w.spoil != nil {
		w.out = w.spoil(&in, w.out)
	}
	w.b.step(w.now, &in, w.out)
	w.b.balance(w.g)
	for i := range w.out {
		switch o := &w.out[i]; o.Kind {
		case Work:
			w.worked = append(w.worked, due{w.now + o.After, o.Job})
		case AskApp:
			w.asking = append(w.asking, o.Job)
		}
	}
}

// pass lets time pass, deadline by deadline, and brings workers back.
func (w *world) pass(span Time) {
	until := w.now + span
	for {
		next, in := until+1, Input{}
		if at, ok := w.g.Deadline(); ok {
			next = max(at, w.now)
		}
		who := -1
		for i, d := range w.worked {
			if d.at < next {
				next, in, who = d.at, Input{Kind: Worked, Job: d.job}, i
			}
		}
		if next > until {
			break
		}
		w.now = next
		if who >= 0 {
			w.worked = slices.Delete(w.worked, who, who+1)
			// Deadlines first, as a driver would: each input sees a settled gateway.
			w.give(Input{})
		}
		w.give(in)
	}
	w.now = until
}

const worldLinks = 16

func (w *world) turn() {
	link := Link(w.rnd.IntN(worldLinks))
	switch n := w.rnd.IntN(100); {
	case n < 25:
		if !w.b.open[link] {
			w.give(Input{Kind: Opened, Link: link, Node: uint8(w.rnd.IntN(4)), IP: uint64(w.rnd.IntN(3))})
		}
	case n < 65:
		w.give(Input{Kind: LoginAsked, Link: link, Serial: 1, Login: w.request()})
	case n < 75:
		w.pass(time.Duration(w.rnd.IntN(int(300 * time.Millisecond))))
	case n < 80:
		if w.b.open[link] {
			w.give(Input{Kind: Closed, Link: link})
		}
	case n < 83:
		w.give(Input{Kind: LogoutAsked, Link: link})
	case n < 86:
		w.give(Input{Kind: Pinged, Link: link})
	case n < 90:
		w.give(Input{Kind: KickOtherAsked, Link: link, Device: uint64(1 + w.rnd.IntN(14))})
	case n < 91:
		w.give(Input{Kind: Garbage, Link: link})
	case n < 97:
		if len(w.asking) > 0 {
			job := w.asking[0]
			w.asking = w.asking[1:]
			w.give(Input{Kind: AppAnswered, Job: job, Code: []wire.Code{0, wire.Success, wire.Success, 20001}[w.rnd.IntN(4)]})
		}
	default:
		w.give(Input{Kind: Commanded, Command: w.command()})
	}
}

func (w *world) request() *Request {
	types := wire.ClientTypes()
	account := uint32(w.rnd.IntN(6))
	r := &Request{Account: account, Device: uint64(w.rnd.IntN(14) + 1), AuthType: wire.AuthType(w.rnd.IntN(5) / 2),
		Token: AccountDigest(0, account), Origin: wire.Origin(1 + w.rnd.IntN(3)), Force: w.rnd.IntN(2) == 0,
		Genuine: w.rnd.IntN(4) > 0, Issued: w.now, TTL: time.Duration(w.rnd.IntN(3)) * time.Second}
	if n := w.b.more.rotation[account]; n > 0 && w.rnd.IntN(2) == 0 {
		r.Token = RotatedDigest(0, n, account)
	}
	// A device is of one type; now and then a request lies about it.
	r.ClientType = types[int(r.Device)%len(types)]
	if w.rnd.IntN(20) == 0 {
		r.ClientType = types[w.rnd.IntN(len(types))]
		r.Token++
	}
	return r
}

func (w *world) command() *Command {
	rnd := w.rnd
	policy, limit, admission := randomPolicy(rnd), randomLimit(rnd), randomAdmission(rnd)
	c := &Command{Kind: CommandKind(rnd.IntN(int(SetBackend) + 2)), Node: uint8(rnd.IntN(4)), Orderly: rnd.IntN(2) == 0, KeepSessions: rnd.IntN(2) == 0,
		AllBut: rnd.IntN(2) == 0, Kick: rnd.IntN(2) == 0, Account: uint32(rnd.IntN(6)), Token: AccountDigest(0, uint32(rnd.IntN(6))),
		Workers: uint32(rnd.IntN(2000)), ServiceTime: uint32(rnd.IntN(5000)), SyncTime: uint32(rnd.IntN(5000)),
		Code: []wire.Code{0, wire.ServerError}[rnd.IntN(2)], Downtime: time.Duration(rnd.IntN(int(2 * time.Second))),
		Devices: []uint64{1, 3, 5}[:rnd.IntN(4)], MultiDevice: &policy, RateLimit: &limit,
		Admission: &admission, Accounts: []uint32{2, 5, 0, 2}[:rnd.IntN(5)], Backend: backend.Kind(rnd.IntN(2))}
	if rnd.IntN(2) == 0 {
		c.Token, c.Rotation = 0, uint32(rnd.IntN(4))
	}
	if rnd.IntN(3) == 0 {
		c.Node = AllNodes
	}
	if c.Kind == Drain && rnd.IntN(2) == 0 {
		c.Downtime = 0
	}
	return c
}

// run plays a seed and returns the first faults.
func (w *world) run(turns int) []string {
	for range turns {
		w.turn()
		if len(w.b.faults) > 0 {
			return w.b.faults
		}
	}
	// Heal and demand quiet: when all links are gone, so are sessions and jobs.
	w.give(Input{Kind: Commanded, Command: &Command{Kind: Restart, Node: AllNodes, Orderly: true}})
	for _, job := range w.asking {
		w.give(Input{Kind: AppAnswered, Job: job, Code: wire.Success})
	}
	w.pass(time.Minute)
	if s := w.g.Stats(); s.Links+s.Sessions+s.Queue+s.Busy > 0 {
		w.b.fault("something is left after the end: %+v", s)
	}
	for i := range w.g.jobs {
		if w.g.jobs[i].state != jobFree {
			w.b.fault("job %d is never freed", i)
		}
	}
	return w.b.faults
}

func TestInvariantsHoldWhateverHappens(t *testing.T) {
	seeds := uint64(150)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		if faults := newWorld(seed).run(600); len(faults) > 0 {
			t.Fatalf("seed %d: %v", seed, faults)
		}
	}
}

// TestEqualInputsGiveEqualOutputs plays each seed twice.
func TestEqualInputsGiveEqualOutputs(t *testing.T) {
	trace := func(seed uint64) (text string) {
		w := newWorld(seed)
		w.spoil = func(_ *Input, out []Output) []Output {
			for i := range out {
				text += describe(&out[i]) + "\n"
			}
			return out
		}
		w.run(200)
		return text
	}
	for seed := range uint64(5) {
		first, second := trace(seed), trace(seed)
		if first != second {
			t.Fatalf("seed %d: two runs differ", seed)
		}
	}
}

// TestTheBookCatchesPlantedFaults spoils what the gateway did and demands that
// the book notices within a few seeds.
func TestTheBookCatchesPlantedFaults(t *testing.T) {
	first := func(out []Output, is func(o *Output) bool) int {
		return slices.IndexFunc(out, func(o Output) bool { return is(&o) })
	}
	drop := func(is func(o *Output) bool) func(*Input, []Output) []Output {
		return func(_ *Input, out []Output) []Output {
			if i := first(out, is); i >= 0 {
				return slices.Delete(slices.Clone(out), i, i+1)
			}
			return out
		}
	}
	change := func(is func(o *Output) bool, do func(o *Output)) func(*Input, []Output) []Output {
		return func(_ *Input, out []Output) []Output {
			if i := first(out, is); i >= 0 {
				do(&out[i])
			}
			return out
		}
	}
	kind := func(k OutputKind) func(o *Output) bool { return func(o *Output) bool { return o.Kind == k } }
	won := func(o *Output) bool { return o.Kind == Judged && o.Code == wire.Success }
	ended := func(c Cause) func(o *Output) bool {
		return func(o *Output) bool { return o.Kind == SessionEnded && o.Cause == c }
	}
	for name, spoil := range map[string]func(*Input, []Output) []Output{
		"an excluded session stays":           drop(ended(ExcludedByLogin)),
		"a stale session stays":               drop(ended(SameDevice)),
		"an auto login pushes out":            evictedBy(func(o *Output) { o.Origin = wire.Auto }),
		"somebody else pushed out":            change(ended(LinkGone), func(o *Output) { o.Cause = ExcludedByLogin }),
		"a kick nobody asked for":             change(ended(LinkGone), func(o *Output) { o.Cause = KickedByServer }),
		"a session ends twice":                twice(SessionEnded),
		"a session begins twice":              twice(SessionBegan),
		"a session never begins":              drop(kind(SessionBegan)),
		"an end without a cause":              change(kind(SessionEnded), func(o *Output) { o.Cause = NoCause }),
		"a login is answered and not judged":  drop(kind(Judged)),
		"a login is judged and not answered":  drop(func(o *Output) bool { return o.Kind == Send && o.Message.Kind == wire.LoginReply }),
		"the reply says something else":       change(won, func(o *Output) { o.Code = wire.ServerError }),
		"a link ends twice":                   twice(Close),
		"a message on a link that has closed": change(kind(Send), func(o *Output) { o.Link += worldLinks }),
		"a kick is sent twice": func(_ *Input, out []Output) []Output {
			if i := first(out, func(o *Output) bool { return o.Message.Kind == wire.Kick }); i >= 0 {
				return slices.Insert(slices.Clone(out), i, out[i])
			}
			return out
		},
		"a job is given out twice": twice(Work),
		"a bucket runs over":       drop(kind(Refuse)),
		"a stall ends late":        drop(kind(Unstalled)),
		"a stall begins twice":     change(kind(Unstalled), func(o *Output) { o.Node++ }),
		"the 200 before the session": func(_ *Input, out []Output) []Output {
			if i := first(out, kind(SessionBegan)); i >= 0 {
				out[i], out[i+1] = out[i+1], out[i]
			}
			return out
		},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(40) {
				w := newWorld(seed)
				w.spoil = spoil
				if len(w.run(300)) > 0 {
					return
				}
			}
			t.Error("nobody noticed")
		})
	}
}

// evictedBy changes the login behind an eviction.
func evictedBy(do func(o *Output)) func(*Input, []Output) []Output {
	return func(_ *Input, out []Output) []Output {
		if slices.ContainsFunc(out, func(o Output) bool { return o.Kind == SessionEnded && o.Cause == ExcludedByLogin }) {
			for i := range out {
				if out[i].Kind == Judged {
					do(&out[i])
				}
			}
		}
		return out
	}
}

func twice(kind OutputKind) func(*Input, []Output) []Output {
	return func(_ *Input, out []Output) []Output {
		for i := range out {
			if out[i].Kind == kind {
				return slices.Insert(slices.Clone(out), i, out[i])
			}
		}
		return out
	}
}

// FuzzGateway steps a gateway with whatever the bytes say, also inputs that no
// driver sends. It must not panic, and its book must balance.
func FuzzGateway(f *testing.F) {
	f.Add(uint64(1), []byte("a gateway is stepped by bytes"))
	f.Add(uint64(7), []byte{1, 0, 2, 0, 2, 0, 10, 1, 9, 200, 8, 1, 2, 3, 3, 3})
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		w := newWorld(seed)
		for len(data) >= 3 {
			kind, a, b := data[0], data[1], data[2]
			data = data[3:]
			in := Input{Kind: InputKind(kind % 12), Link: Link(a % worldLinks), Node: b % 5, IP: uint64(b % 3), Serial: uint32(b),
				Job: uint32(b % 20), Device: uint64(b % 14), Code: wire.Code(b)}
			if kind&64 == 0 {
				in.Login, in.Command = w.request(), w.command()
			}
			if kind&128 != 0 {
				w.now += time.Duration(b) * 10 * time.Millisecond
			}
			w.out = w.g.Step(w.now, in, w.out[:0])
			var clash []string
			for i := range w.out {
				if o := &w.out[i]; o.Kind == SessionEnded && o.Cause == NoCause {
					clash = append(clash, describe(o))
				}
			}
			if s := w.g.Stats(); len(clash) > 0 || s.Links > worldLinks || s.Queue > w.g.cfg.Auth.Queue {
				t.Fatal(fmt.Sprint(clash, s))
			}
		}
	})
}
