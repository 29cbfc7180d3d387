package client

import (
	"math/rand/v2"
	"testing"
	"time"

	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// book is a second oracle of Accounts: maps, and everything looked up anew.
type book struct {
	rec      *record.Recorder
	excludes func(a, b wire.ClientType) bool
	accounts map[uint32]*page
}

type page struct {
	devices map[uint32]*entry
	kicks   []Time
	unheard int
	loser   uint32
	locked  Time
	overlap Time
	pushed  map[uint32]bool // In the chain that lasts; true = and loggedIn again since.
	fought  bool
}

type entry struct {
	kind   wire.ClientType
	since  Time
	in     bool
	rivals map[uint32]bool
}

func (b *book) page(account uint32) *page {
	p := b.accounts[account]
	if p == nil {
		p = &page{devices: map[uint32]*entry{}, pushed: map[uint32]bool{}, locked: never, overlap: never}
		b.accounts[account] = p
	}
	return p
}

// tidy ends chains that are over and forgets who is out where nothing is pending.
func (b *book) tidy(now Time) {
	for _, p := range b.accounts {
		if n := len(p.kicks); n > 0 && now-p.kicks[n-1] > Grudge {
			b.war(p)
		}
		in := 0
		for _, e := range p.devices {
			if e.in {
				in++
			}
		}
		if len(p.kicks) > 0 || p.locked != never || p.overlap != never || in > 1 {
			continue
		}
		for client, e := range p.devices {
			if !e.in {
				delete(p.devices, client)
			}
		}
	}
}

func (b *book) war(p *page) {
	if n := len(p.kicks); n >= WarKicks && p.fought {
		b.rec.Add(record.Wars, 1)
		b.rec.Add(record.WarKicks, uint64(n))
		b.rec.Observe(record.KickWar, 0, wire.NoOrigin, p.kicks[n-1]-p.kicks[0])
	}
	p.kicks, p.unheard, p.fought, p.pushed = nil, 0, false, map[uint32]bool{}
}

func (b *book) joined(now Time, s seat) {
	b.tidy(now)
	p := b.page(s.account)
	if p.locked != never {
		b.rec.Observe(record.Lockout, 0, wire.NoOrigin, now-p.locked)
		p.locked = never
	}
	_, pushed := p.pushed[s.client]
	if p.unheard > 0 && s.client != p.loser && s.sent <= p.kicks[len(p.kicks)-1] {
		for ; p.unheard > 0; p.unheard-- {
			b.rec.Observe(record.KickDelivery, 0, wire.NoOrigin, 0)
		}
		p.fought = p.fought || pushed
	}
	if pushed {
		p.pushed[s.client] = true
	}
	p.devices[s.client] = &entry{kind: s.kind, since: now, in: true, rivals: map[uint32]bool{}}
	for client, e := range p.devices {
		delete(e.rivals, s.client)
		if client != s.client && e.in && b.excludes(e.kind, s.kind) {
			e.rivals[s.client], p.devices[s.client].rivals[client] = true, true
		}
	}
	b.look(now, p)
	b.tidy(now)
}

// look begins or ends an overlap.
func (b *book) look(now Time, p *page) {
	pairs := 0
	for _, e := range p.devices {
		pairs += len(e.rivals)
	}
	switch {
	case pairs > 0 && p.overlap == never:
		p.overlap = now
	case pairs == 0 && p.overlap != never:
		b.rec.Observe(record.Overlap, 0, wire.NoOrigin, now-p.overlap)
		p.overlap = never
	}
}

func (b *book) left(now Time, s seat) {
	b.tidy(now)
	p := b.page(s.account)
	if e := p.devices[s.client]; e != nil {
		e.in, e.rivals = false, map[uint32]bool{}
	}
	for _, e := range p.devices {
		delete(e.rivals, s.client)
	}
	b.look(now, p)
	b.tidy(now)
}

func (b *book) limited(now Time, s seat) {
	b.tidy(now)
	if p := b.page(s.account); p.locked == never {
		p.locked = now
		b.rec.Add(record.Lockouts, 1)
	}
}

func (b *book) kicked(now Time, s seat, by wire.ClientType) {
	b.tidy(now)
	p := b.page(s.account)
	own := p.devices[s.client].since
	first, last := never, never // After its own 200, and before it.
	for client, e := range p.devices {
		if client == s.client || e.kind != by || e.since < s.sent {
			continue
		}
		if e.since >= own && (first == never || e.since < first) {
			first = e.since
		}
		if e.since < own {
			last = max(last, e.since)
		}
	}
	won := last
	if first != never {
		won = first
	}
	for client, e := range p.devices {
		if client != s.client && e.kind == by && e.since == won && e.since >= s.sent && won != never && p.pushed[client] {
			p.fought = true
		}
	}
	p.fought = p.fought || p.pushed[s.client]
	p.pushed[s.client] = false
	switch {
	case won != never:
		b.rec.Observe(record.KickDelivery, 0, wire.NoOrigin, now-won)
	default:
		p.unheard++
		p.loser = s.client
	}
	p.kicks = append(p.kicks, now)
}

func (b *book) end(now Time) {
	for _, p := range b.accounts {
		b.war(p)
		if p.overlap != never {
			b.rec.Observe(record.Overlap, 0, wire.NoOrigin, now-p.overlap)
		}
		if p.locked != never {
			b.rec.Add(record.LockedOut, 1)
		}
	}
}

// sums returns what a recorder took in.
func sums(rec *record.Recorder, now Time) *record.Totals {
	agg := record.NewAggregate(record.Layout{Populations: []string{"p"}}, 1)
	agg.Add(rec.Cut(now))
	agg.Flush()
	return agg.Totals()
}

// fight plays random events on both, and returns what each recorded. The event of
// number miss never reaches Accounts: a planted fault; -1 = none.
func fight(seed uint64, miss int) (mine, theirs *record.Totals) {
	rng := rand.New(rand.NewPCG(seed, 3))
	one := func(_, _ wire.ClientType) bool { return true }
	class := func(a, b wire.ClientType) bool { return (a == wire.Web) == (b == wire.Web) }
	layout := record.Layout{Populations: []string{"p"}}
	rec := record.NewRecorder(layout, 0)
	a, b := NewAccounts(one), &book{rec: record.NewRecorder(layout, 0), excludes: one, accounts: map[uint32]*page{}}
	kinds := []wire.ClientType{wire.Android, wire.IOS, wire.Web, wire.Android}
	type client struct {
		seat
		in bool
	}
	clients := make([]client, 40)
	for i := range clients {
		clients[i].seat = seat{account: uint32(i / 4 * 1000), client: uint32(i), kind: kinds[i%4], sent: never}
	}
	now := Time(0)
	for n := range 600 {
		now += Time(rng.IntN(1000)) * time.Millisecond
		if rng.IntN(20) == 0 {
			now += Grudge / 2
		}
		c := &clients[rng.IntN(len(clients))]
		skip := n == miss
		switch k := rng.IntN(12); {
		case k == 0:
			policy := []func(a, b wire.ClientType) bool{one, class, func(_, _ wire.ClientType) bool { return false }}[rng.IntN(3)]
			a.SetPolicy(policy)
			b.excludes = policy
		case k == 1:
			if !skip {
				a.limited(now, c.seat, rec)
			}
			b.limited(now, c.seat)
		case !c.in:
			c.sent, c.in = now-Time(rng.IntN(500))*time.Millisecond, true
			if !skip {
				a.joined(now, c.seat, rec)
			}
			b.joined(now, c.seat)
		default:
			if k < 8 {
				by := kinds[rng.IntN(4)]
				if !skip {
					a.kicked(now, c.seat, by, rec)
				}
				b.kicked(now, c.seat, by)
			}
			c.in = false
			a.left(now, c.seat, rec)
			b.left(now, c.seat)
		}
	}
	a.End(now, rec)
	b.end(now)
	return sums(rec, now), sums(b.rec, now)
}

// same reports the first figure that differs.
func same(mine, theirs *record.Totals) string {
	for _, c := range []record.Counter{record.Wars, record.WarKicks, record.Lockouts, record.LockedOut} {
		if mine.Counter(c) != theirs.Counter(c) {
			return c.String()
		}
	}
	for _, m := range []record.Metric{record.KickDelivery, record.KickWar, record.Lockout, record.Overlap} {
		a, b := mine.Histogram(m, record.Filter{}), theirs.Histogram(m, record.Filter{})
		if a.Count() != b.Count() || a.Max() != b.Max() || a.Mean() != b.Mean() {
			return m.String()
		}
	}
	return ""
}

// TestAccountsAgainstABook: the same figures as a slow and simple second oracle, which
// in turn notices a single event that is left out.
func TestAccountsAgainstABook(t *testing.T) {
	caught, wars := 0, uint64(0)
	for seed := range uint64(150) {
		mine, theirs := fight(seed, -1)
		if what := same(mine, theirs); what != "" {
			t.Fatalf("seed %d: %s differs", seed, what)
		}
		wars += mine.Counter(record.Wars)
		if mine, theirs = fight(seed, 100); same(mine, theirs) != "" {
			caught++
		}
	}
	if wars < 100 {
		t.Errorf("only %d wars", wars)
	}
	if caught < 30 {
		t.Errorf("a missing event was noticed in %d of 150 fights", caught)
	}
}

// TestTableAgainstAMap: put, find and drop, with many neighbours.
func TestTableAgainstAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	var table table
	known := map[uint32]uint32{}
	for range 200_000 {
		number := uint32(rng.IntN(3000)) << (rng.IntN(2) * 20)
		c := table.find(number)
		want, ok := known[number]
		switch {
		case (c != nil) != ok, ok && c.ref != want:
			t.Fatalf("account %d: %v, want %d, %t", number, c, want, ok)
		case !ok:
			known[number] = rng.Uint32() | 1
			table.put(cell{account: number, ref: known[number]})
		case rng.IntN(2) == 0:
			delete(known, number)
			table.drop(c)
		}
		if table.used != len(known) {
			t.Fatalf("%d cells in use, want %d", table.used, len(known))
		}
	}
}

// churn is an account's life: two devices that push each other out, and a 416.
func churn(a *Accounts, rec *record.Recorder, now Time, account uint32) {
	x := seat{account: account, client: 2 * account, kind: wire.Android, sent: now}
	y := seat{account: account, client: 2*account + 1, kind: wire.IOS, sent: now + 1}
	a.joined(now, x, rec)
	a.joined(now+2, y, rec)
	a.kicked(now+3, x, wire.IOS, rec)
	a.left(now+3, x, rec)
	a.limited(now+4, x, rec)
	a.joined(now+5, x, rec)
	a.left(now+6, x, rec)
	a.left(now+7, y, rec)
}

// TestAccountsAllocateNothing once their pools have grown, and forget accounts where
// nothing is left.
func TestAccountsAllocateNothing(t *testing.T) {
	a, rec := NewAccounts(func(_, _ wire.ClientType) bool { return true }), record.NewRecorder(record.Layout{Populations: []string{"p"}}, 0)
	now := Time(0)
	round := func() {
		now += time.Second
		churn(a, rec, now, uint32(now/time.Second))
	}
	for range 200 {
		round()
	}
	if n := testing.AllocsPerRun(500, round); n != 0 {
		t.Errorf("%v allocations a round", n)
	}
	if busy, quiet := a.Busy(); busy > 62 || quiet != 0 || len(a.busy) > 64 {
		t.Errorf("%d busy, %d quiet, room for %d: a chain of kicks lasts a minute at most", busy, quiet, len(a.busy))
	}
}

// TestQuietAccountsAreCheap: a million of them.
func TestQuietAccountsAreCheap(t *testing.T) {
	const n = 1_000_000
	rec := record.NewRecorder(record.Layout{Populations: []string{"p"}}, 0)
	a := NewAccounts(nil)
	for i := range uint32(n) {
		a.joined(0, seat{account: i, client: i, kind: wire.Android}, rec)
	}
	busy, quiet := a.Busy()
	if busy != 0 || quiet != n || len(a.table.cells)*16 > 37*n {
		t.Errorf("%d busy, %d quiet, %d bytes", busy, quiet, len(a.table.cells)*16)
	}
}

// TestAccountsOfOneClientCostNothing, and their lockouts are the same.
func TestAccountsOfOneClientCostNothing(t *testing.T) {
	rec := record.NewRecorder(record.Layout{Populations: []string{"p"}}, 0)
	a := NewAccounts(func(_, _ wire.ClientType) bool { return true })
	for i := range uint32(1000) {
		s := seat{account: i, client: i, alone: true}
		if i%10 == 0 {
			a.limited(0, s, rec)
		}
		if i%20 != 0 {
			a.joined(time.Minute, s, rec)
		}
	}
	if busy, quiet := a.Busy(); busy != 50 || quiet != 50 {
		t.Errorf("%d busy, %d quiet; want those 50 that are locked out, and 50 that were", busy, quiet)
	}
	a.End(time.Hour, rec)
	totals := sums(rec, time.Hour)
	if n := totals.Histogram(record.Lockout, record.Filter{}).Count(); n != 50 || totals.Counter(record.Lockouts) != 100 || totals.Counter(record.LockedOut) != 50 {
		t.Errorf("%d lockouts ended, %d began, %d last", n, totals.Counter(record.Lockouts), totals.Counter(record.LockedOut))
	}
}

func BenchmarkAccounts(b *testing.B) {
	rec := record.NewRecorder(record.Layout{Populations: []string{"p"}}, 0)
	b.Run("quiet", func(b *testing.B) {
		a := NewAccounts(nil)
		for i := range uint32(1_000_000) {
			a.joined(0, seat{account: i, client: i}, rec)
		}
		b.ReportAllocs()
		for i := range b.N {
			s := seat{account: uint32(i*7919) % 1_000_000}
			s.client = s.account
			a.left(0, s, rec)
			a.joined(0, s, rec)
		}
	})
	b.Run("kick", func(b *testing.B) {
		a := NewAccounts(func(_, _ wire.ClientType) bool { return true })
		b.ReportAllocs()
		for i := range b.N {
			churn(a, rec, Time(i)*time.Millisecond, uint32(i%100_000))
		}
	})
}
