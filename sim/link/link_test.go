package link

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"loginstorm/sim/chance"
)

const ms = time.Millisecond

func constant(d Time) chance.Dist { return chance.Dist{A: d} }

func TestLinkIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Link{}); size > 96 {
		t.Errorf("a link takes %d bytes", size)
	}
}

func TestTransparent(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want bool
	}{
		{Config{}, true},
		{Config{Retransmit: ms}, true},
		{Config{Latency: constant(1)}, false},
		{Config{Latency: chance.Dist{Shape: chance.Uniform}}, false},
		{Config{Loss: 1}, false},
		{Config{Bandwidth: 1}, false},
	} {
		l := New(&c.cfg, 1, 2, 3)
		if got := l.Transparent(); got != c.want {
			t.Errorf("%+v: transparent is %v", c.cfg, got)
		}
		if at, ok := l.Arrives(7, Up, 100); c.want && (at != 7 || !ok) {
			t.Errorf("%+v: what is sent at 7 arrives at %v, %v", c.cfg, at, ok)
		}
	}
	for _, k := range []FaultKind{Reset, Closed, HalfOpen, Frozen, RadioLost, Slowed, Delayed, Lossy} {
		l := New(&Config{}, 1, 2, 3)
		l.Apply(0, Fault{Kind: k, Delay: 1, Loss: 1, Bandwidth: 1})
		if l.Transparent() {
			t.Errorf("%v: still transparent", k)
		}
	}
}

// TestUniformLatency: mean and bounds of single sends; sends of a burst arrive
// in order, and the last of n at the greatest of n latencies, n/(n+1) of the
// range on average.
func TestUniformLatency(t *testing.T) {
	cfg := Config{Latency: chance.Dist{Shape: chance.Uniform, A: 20 * ms, B: 120 * ms}}
	const links, burst = 4000, 9
	var first, last float64
	for i := range uint32(links) {
		l := New(&cfg, 42, i, 0)
		before := Time(0)
		for n := range burst {
			at, ok := l.Arrives(0, Down, 10)
			if !ok || at < before || at < 20*ms || at >= 120*ms {
				t.Fatalf("link %d: send %d arrives at %v behind %v", i, n, at, before)
			}
			if n == 0 {
				first += at.Seconds()
			}
			before = at
		}
		last += before.Seconds()
	}
	near(t, "mean of a single send", first/links, 0.070, 0.002)
	near(t, "mean of the last of nine", last/links, 0.020+0.100*burst/(burst+1), 0.001)
}

// TestLoss: the share of sends lost at least k times is p^k, and each is late by
// r(2^k-1).
func TestLoss(t *testing.T) {
	const p, links = 0.3, 60000
	cfg := Config{Latency: constant(5 * ms), Loss: 300_000, Retransmit: 100 * ms}
	var atLeast [maxLosses + 2]int
	for i := range uint32(links) {
		l := New(&cfg, 7, i, 0)
		at, ok := l.Arrives(time.Second, Up, 0)
		k := math.Log2(float64(at-time.Second-5*ms)/float64(100*ms) + 1)
		if !ok || k != math.Trunc(k) || k < 0 || k > maxLosses {
			t.Fatalf("link %d: arrives at %v, lost %v times", i, at, k)
		}
		for j := range int(k) + 1 {
			atLeast[j]++
		}
	}
	for k := 1; k <= 5; k++ {
		want := math.Pow(p, float64(k))
		near(t, "share lost", float64(atLeast[k])/links, want, 4*math.Sqrt(want/links))
	}
}

func TestLossDefaultsAndEnds(t *testing.T) {
	cfg := Config{Loss: million - 1}
	l := New(&cfg, 1, 1, 1)
	if at, _ := l.Arrives(0, Up, 1); at != 200*ms*(1<<maxLosses-1) {
		t.Errorf("the most lost send arrives at %v", at)
	}
	l.Apply(0, Fault{Kind: Lossy, Loss: million})
	if at, ok := l.Arrives(0, Up, 1); ok {
		t.Errorf("everything is lost, but one send arrives at %v", at)
	}
	if far := l.End(0, Down, 1001); far.Lost || !l.Broken() {
		t.Errorf("everything is lost, but the far end sees %+v", far)
	}
}

// TestBandwidth: a burst of n sends of s bytes at rate b drains at b; after a
// pause the link is free again.
func TestBandwidth(t *testing.T) {
	cfg := Config{Latency: constant(10 * ms), Bandwidth: 1000}
	l := New(&cfg, 1, 1, 1)
	for n := 1; n <= 20; n++ {
		want := 10*ms + Time(n)*50*ms
		if at, _ := l.Arrives(0, Up, 50); at != want {
			t.Fatalf("send %d arrives at %v, want %v", n, at, want)
		}
	}
	if at, _ := l.Arrives(0, Down, 50); at != 60*ms {
		t.Errorf("the other direction waits: %v", at)
	}
	if at, _ := l.Arrives(time.Minute, Up, 1000); at != time.Minute+time.Second+10*ms {
		t.Errorf("after a pause: %v", at)
	}
	l.Apply(0, Fault{Kind: Slowed, Bandwidth: 1 << 40})
	if at, _ := l.Arrives(2*time.Minute, Up, 1000); at != 2*time.Minute+time.Second+10*ms {
		t.Errorf("a fault made the link faster: %v", at)
	}
	l.Apply(0, Fault{Kind: Slowed, Bandwidth: 1})
	for range 1 << 10 {
		if at, ok := l.Arrives(2*time.Minute, Up, math.MaxInt); !ok || at < 0 || at > farthest {
			t.Fatalf("the slowest link overflows: %v, %v", at, ok)
		}
	}
}

// TestDrawsAreTheLinksOwn: neither the other direction, nor another fault, nor
// what other links sent shifts a link's latencies.
func TestDrawsAreTheLinksOwn(t *testing.T) {
	cfg := Config{Latency: chance.Dist{Shape: chance.Uniform, B: time.Second}}
	arrivals := func(gen uint32, disturb bool) (at [50]Time) {
		l := New(&cfg, 9, 4, gen)
		for i := range at {
			if disturb {
				l.Arrives(Time(i)*time.Minute, Down, 10)
				l.Apply(0, Fault{Kind: Lossy, Loss: 1})
			}
			at[i], _ = l.Arrives(Time(i)*time.Minute, Up, 10)
		}
		return at
	}
	if arrivals(1, false) != arrivals(1, true) {
		t.Error("the latencies of a link depend on what else happened")
	}
	if arrivals(1, false) == arrivals(2, false) {
		t.Error("two links of a client share their latencies")
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %v, want %v within %v", what, got, want, within)
	}
}

// FuzzLink drives a link with arbitrary sends, faults and ends: nothing arrives
// before it was sent or overtakes, and a broken link stays broken and silent.
func FuzzLink(f *testing.F) {
	f.Add(uint64(1), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(uint64(2), []byte{4, 10, 11, 6, 0, 7, 8, 9, 12, 13})
	f.Add(uint64(3), []byte{3, 0, 1, 6, 0, 1, 5, 0, 1})
	f.Fuzz(func(t *testing.T, seed uint64, script []byte) {
		r := rand.New(rand.NewPCG(seed, 1))
		dists := []chance.Dist{{}, constant(20 * ms), {Shape: chance.Uniform, A: 1, B: time.Second},
			{Shape: chance.Lognormal, A: 20 * ms, B: time.Second}, {Shape: chance.Exponential, A: time.Second}}
		cfg := Config{Latency: dists[r.IntN(len(dists))], Loss: uint32(r.IntN(3)) * 400_000, Bandwidth: r.Uint64N(3) * 500}
		l := New(&cfg, seed, r.Uint32(), r.Uint32())
		var now Time
		var last [2]Time
		behind := func(at Time, dir Direction) {
			if at < now || at < last[dir] || at > farthest {
				t.Fatalf("at %v, %v: arrives at %v, the one before at %v", now, dir, at, last[dir])
			}
			last[dir] = at
		}
		for _, b := range script {
			now += Time(r.Int64N(int64(time.Second)))
			broken := l.Broken()
			dir := Direction(b >> 7)
			switch k := b & 15; {
			case k < 10 || k == 11:
				if k == 11 {
					k = byte(Thawed)
				}
				client, gateway := l.Apply(now, Fault{Kind: FaultKind(k), Code: uint16(r.Uint32()), Loss: r.Uint32(),
					Delay: Time(r.Uint64()), Bandwidth: r.Uint64() >> r.UintN(64)})
				if gateway.Lost {
					behind(gateway.At, Up)
				}
				if (client.Lost || gateway.Lost) != (client != Sees{} || gateway != Sees{}) {
					t.Fatalf("%v: half a notice: %+v, %+v", FaultKind(k), client, gateway)
				}
				if client.Lost && !l.Broken() || broken && gateway.Lost {
					t.Fatalf("%v: %+v, %+v, broken %v", FaultKind(k), client, gateway, l.Broken())
				}
			case k == 10:
				if far := l.End(now, dir, uint16(1000+r.UintN(10))); far.Lost {
					behind(far.At, dir)
				}
				if !l.Broken() {
					t.Fatal("ended and not broken")
				}
			default:
				if at, ok := l.Arrives(now, dir, int(r.Uint64()>>r.UintN(64))); ok {
					if broken {
						t.Fatal("something arrives on a broken link")
					}
					behind(at, dir)
				}
			}
			if broken && !l.Broken() {
				t.Fatal("a broken link came back")
			}
		}
	})
}

func BenchmarkArrives(b *testing.B) {
	for name, cfg := range map[string]Config{
		"transparent": {},
		"normal":      {Latency: chance.Dist{Shape: chance.Normal, A: 20 * ms, B: 5 * ms}},
		"all":         {Latency: chance.Dist{Shape: chance.Normal, A: 20 * ms, B: 5 * ms}, Loss: 10_000, Bandwidth: 1 << 20},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			l := New(&cfg, 1, 1, 1)
			var now Time
			for b.Loop() {
				now += ms
				l.Arrives(now, Up, 100)
			}
		})
	}
}
