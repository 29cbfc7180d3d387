package gateway

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// full returns a gateway on which n accounts are logged in, link = account, with
// links to spare.
func full(tb testing.TB, n uint32, cfg Config) *Gateway {
	cfg.Accounts = n
	g, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	var out []Output
	r := &Request{ClientType: wire.Android, Origin: wire.Manual}
	for l := range Link(n) {
		r.Account, r.Device, r.Token = uint32(l), uint64(l)+1, AccountDigest(0, uint32(l))
		out = g.Step(0, Input{Kind: Opened, Link: l}, out[:0])
		out = g.Step(0, Input{Kind: LoginAsked, Link: l, Login: r}, out[:0])
	}
	if g.Stats().Sessions != n {
		tb.Fatalf("%d sessions", g.Stats().Sessions)
	}
	return g
}

// cycle logs an account out and in again on a new connection of the same number.
func cycle(g *Gateway, now Time, l Link, r *Request, out []Output) []Output {
	r.Account, r.Device, r.Token = uint32(l), uint64(l)+1, AccountDigest(0, uint32(l))
	out = g.Step(now, Input{Kind: LogoutAsked, Link: l}, out[:0])
	out = g.Step(now, Input{Kind: Closed, Link: l}, out[:0])
	out = g.Step(now, Input{Kind: Opened, Link: l}, out[:0])
	return g.Step(now, Input{Kind: LoginAsked, Link: l, Login: r}, out[:0])
}

func TestALoginAllocatesNothing(t *testing.T) {
	g := full(t, 1000, Config{RateLimit: RateLimit{Limit: 1000, Window: time.Second}, Sync: chance.Dist{A: 5 * time.Millisecond}})
	var out []Output
	r := &Request{ClientType: wire.Android, Origin: wire.Manual}
	now, l := Time(0), Link(0)
	turn := func() {
		now += 100 * time.Microsecond
		l = (l + 7) % 1000
		out = cycle(g, now, l, r, out)
		out = g.Step(now, Input{Kind: Pinged, Link: l}, out[:0])
	}
	for range 20_000 {
		turn()
	}
	if n := testing.AllocsPerRun(5000, turn); n != 0 {
		t.Errorf("%v allocations a login", n)
	}
}

// BenchmarkCycle is logout, close, open and login: four steps.
func BenchmarkCycle(b *testing.B) {
	for _, n := range []uint32{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			g := full(b, n, Config{Sync: chance.Dist{A: 50 * time.Millisecond}})
			var out []Output
			r := &Request{ClientType: wire.Android, Origin: wire.Manual}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				out = cycle(g, Time(i)*20*time.Microsecond, Link(uint64(i)*7919%uint64(n)), r, out)
			}
		})
	}
}

func BenchmarkPing(b *testing.B) {
	for _, n := range []uint32{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			g := full(b, n, Config{})
			var out []Output
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				// Each link is heard every 30 s.
				now := Time(i) * (30 * time.Second / Time(n))
				out = g.Step(now, Input{Kind: Pinged, Link: Link(uint64(i) * 7919 % uint64(n))}, out[:0])
			}
			if int(g.Stats().Sessions) != int(n) {
				b.Fatalf("%d sessions", g.Stats().Sessions)
			}
		})
	}
}

// BenchmarkMemory says what an account costs that is logged in once, links
// included: b.N of them, and no more than a million at once.
func BenchmarkMemory(b *testing.B) {
	var before, after runtime.MemStats
	for done := 0; done < b.N; {
		n := min(b.N-done, 1_000_000)
		runtime.GC()
		runtime.ReadMemStats(&before)
		g := full(b, uint32(n), Config{})
		runtime.GC()
		runtime.ReadMemStats(&after)
		if done == 0 {
			b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/float64(n), "B/session")
		}
		runtime.KeepAlive(g)
		done += n
	}
}
