package login

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// TestPolicyTable writes the first delays of every preset: without jitter for
// the formula, and as client 0 of seed 1 draws them.
func TestPolicyTable(t *testing.T) {
	const tries = 16
	var b bytes.Buffer
	b.WriteString("# The first delays of every preset of section 7 of the specification, as client 0 of seed 1 draws them.\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	for _, name := range PolicyNames() {
		p, ok := PolicyNamed(name)
		if !ok || p.Name != name {
			t.Fatalf("preset %s: %q, %t", name, p.Name, ok)
		}
		fmt.Fprint(w, name)
		turn := Turn{Seed: 1}
		for range tries {
			d := p.Delay(turn)
			fmt.Fprintf(w, "\t%s", d)
			turn.N++
			turn.Try++
			turn.Prev = d
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	golden(t, "policies.golden", b.Bytes())
}

// TestGrown compares integer growth with exact rationals.
func TestGrown(t *testing.T) {
	for _, factor := range []uint32{1000, 1001, 1600, 2000, 3333, 100_000} {
		for _, base := range []Time{1, 999, 1600 * time.Millisecond, time.Hour} {
			exact := new(big.Int).SetInt64(int64(base))
			for n := range uint32(60) {
				got := grown(base, factor, n, farthest)
				want := farthest
				if exact.IsInt64() && exact.Int64() < int64(farthest) {
					want = Time(exact.Int64())
				}
				if got != want {
					t.Fatalf("%s x %d/1000 ^ %d: %d, want %d", base, factor, n, got, want)
				}
				exact.Mul(exact, big.NewInt(int64(factor))).Quo(exact, big.NewInt(1000))
			}
		}
	}
}

// TestJitterBounds: every draw lies within its formula, the ends are come near to,
// and the mean is the middle.
func TestJitterBounds(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		policy       string
		try          uint32
		prev         Time
		least, most  Time
		mean, within float64 // In seconds; 0 = not checked.
	}{
		{"full-jitter", 0, 0, 0, s, 0.5, 0.01},
		{"full-jitter", 3, 0, 0, 8 * s, 4, 0.06},
		{"full-jitter", 50, 0, 0, 60 * s, 30, 0.4},
		{"equal-jitter", 3, 0, 4 * s, 8 * s, 6, 0.03},
		{"decorrelated", 0, 0, s, 3 * s, 2, 0.02},
		{"decorrelated", 5, 10 * s, s, 30 * s, 15.5, 0.2},
		{"decorrelated", 5, 60 * s, s, 60 * s, 0, 0},
		{"grpc", 0, 0, 800 * time.Millisecond, 1200 * time.Millisecond, 1, 0.003},
		{"grpc", 40, 0, 96 * s, 144 * s, 120, 0.3},
		{"nim-web", 0, 0, 1584 * time.Millisecond, 1616 * time.Millisecond, 1.6, 0.0003},
		{"nim-web", 3, 0, 8 * s, 8 * s, 8, 0},
		{"nim-web", 1000, 0, 8 * s, 8 * s, 8, 0},
		{"discord-py", 0, 0, 0, 2 * s, 1, 0.02},
		{"discord-py", 9, 0, 0, 1024 * s, 512, 7},
		{"discord-py", 99, 0, 0, 1024 * s, 512, 7},
		{"xmpp", 0, 0, 0, 60 * s, 30, 0.4},
		{"xmpp", 1, 0, 2 * s, 2 * s, 2, 0},
		{"xmpp", 20, 0, 120 * s, 120 * s, 120, 0},
		{"smack", 0, 0, 2 * s, 14 * s, 8, 0.1},
		{"smack", 7, 0, 12 * s, 84 * s, 48, 0.6},
		{"smack", 13, 0, 60 * s, 420 * s, 240, 3},
	} {
		p, _ := PolicyNamed(c.policy)
		const n = 20_000
		var sum float64
		lo, hi := Time(math.MaxInt64), Time(0)
		for client := range uint32(n) {
			d := p.Delay(Turn{Seed: 3, Client: client, N: c.try, Try: c.try, Prev: c.prev})
			lo, hi = min(lo, d), max(hi, d)
			sum += d.Seconds()
		}
		slack := (c.most - c.least) / 100
		if lo < c.least || hi > c.most || lo > c.least+slack || hi < c.most-slack {
			t.Errorf("%s, try %d: %s to %s, want %s to %s", c.policy, c.try, lo, hi, c.least, c.most)
		}
		if mean := sum / n; c.mean != 0 && math.Abs(mean-c.mean) > c.within+1e-9 {
			t.Errorf("%s, try %d: mean %.4f s, want %.4f +- %.4f", c.policy, c.try, mean, c.mean, c.within)
		}
	}
}

// TestSmackBaseIsTheClients: a client keeps its base, and it is one of 13.
func TestSmackBaseIsTheClients(t *testing.T) {
	p, _ := PolicyNamed("smack")
	bases := map[Time]bool{}
	for client := range uint32(500) {
		base := p.Delay(Turn{Seed: 1, Client: client})
		bases[base] = true
		for try, times := range map[uint32]Time{6: 1, 7: 6, 12: 6, 13: 30, 1000: 30} {
			if d := p.Delay(Turn{Seed: 1, Client: client, N: try, Try: try}); d != times*base {
				t.Fatalf("client %d, try %d: %s, want %d x %s", client, try, d, times, base)
			}
		}
	}
	if len(bases) != 13 {
		t.Errorf("%d bases, want 2 to 14 s", len(bases))
	}
}

// TestJitterBeforeTheCap: with a wide jitter before the cap a raw delay just
// above it may still fall below; full jitter stays below ever less often.
func TestJitterBeforeTheCap(t *testing.T) {
	p := Policy{Shape: Exponential, Base: time.Second, Factor: 2000, Cap: 8 * time.Second, Jitter: FullJitter, JitterBefore: true}
	for try, want := range map[uint32]float64{3: 0, 4: 0.5, 5: 0.75, 20: 1} {
		capped := 0
		const n = 10_000
		for client := range uint32(n) {
			if p.Delay(Turn{Client: client, Try: try}) == p.Cap {
				capped++
			}
		}
		if got := float64(capped) / n; math.Abs(got-want) > 0.02 {
			t.Errorf("try %d: %.3f are capped, want %.2f", try, got, want)
		}
	}
}

// TestHints: a delay is not shorter than the hint when the policy honours it, and
// no hint is longer than a day.
func TestHints(t *testing.T) {
	p, _ := PolicyNamed("nim-ios")
	for hint, want := range map[Time]Time{0: 2 * time.Second, time.Second: 2 * time.Second, time.Minute: time.Minute, -1: 2 * time.Second, never: longest} {
		if d := p.Delay(Turn{Hint: hint}); d != want {
			t.Errorf("hint %s: %s, want %s", hint, d, want)
		}
	}
	p.HonourHint = false
	if d := p.Delay(Turn{Hint: time.Minute}); d != 2*time.Second {
		t.Errorf("a hint that is not honoured: %s", d)
	}
}

func TestValidate(t *testing.T) {
	for _, name := range ProfileNames() {
		p, ok := ProfileNamed(name)
		if faults := p.Validate(); !ok || faults != nil || p.Name != name {
			t.Errorf("profile %s: %t, %v", name, ok, faults)
		}
	}
	for _, name := range PolicyNames() {
		p, _ := PolicyNamed(name)
		if faults := p.Validate(); faults != nil {
			t.Errorf("policy %s: %v", name, faults)
		}
	}
	if _, ok := ProfileNamed("nim"); ok {
		t.Error("a profile nim")
	}
	if _, ok := PolicyNamed(""); ok {
		t.Error("a policy without a name")
	}
	// All faults at once, in the order of the fields.
	bad := Profile{
		Policy: Policy{
			Delays: []Time{-1}, Wrap: 3, Base: 2 * time.Hour, Cap: time.Hour, Jitter: Proportional, Proportion: 2_000_000,
			Reset: ResetAfterStay, DelayOnNetwork: true,
		},
		ManualTimeout: 48 * time.Hour, Heartbeat: time.Second, Probes: 200, Retry: 9,
	}
	want := []string{
		"client type 0", "delay 1 -1ns", "base 2h0m0s: above", "wrap 3", "2000000", "stay", "delay on network change",
		"connect timeout", "login timeout", "manual timeout 48h0m0s", "manual attempts 0", "heartbeat wait", "probe interval", "probes 200", "retry",
	}
	faults := bad.Validate()
	for i, f := range faults {
		if i >= len(want) || !strings.Contains(f.Error(), want[i]) {
			t.Errorf("fault %d: %v", i, f)
		}
	}
	if len(faults) != len(want) {
		t.Errorf("%d faults, want %d", len(faults), len(want))
	}
	for _, p := range []Policy{
		{Shape: 9}, {Jitter: 9}, {Reset: 9}, {Shape: Exponential, Factor: 999}, {Shape: Multiples},
		{Shape: Exponential, Jitter: Decorrelated, Base: time.Second, Cap: 2 * time.Hour}, {Delays: make([]Time, 1001)},
	} {
		if faults := p.Validate(); len(faults) != 1 {
			t.Errorf("%+v: %v, want one fault", p, faults)
		}
	}
}

// TestAnyPolicy: whatever a policy says, also nonsense, its delays stay within a
// day, are the same for the same turn, and obey cap and hint.
func TestAnyPolicy(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	spans := []Time{0, 0, 1, -1, 50 * time.Millisecond, time.Second, time.Minute, longest, farthest, math.MaxInt64, math.MinInt64}
	span := func() Time { return spans[rng.IntN(len(spans))] }
	parts := []uint32{0, 1, 999, 1000, 1600, 2000, 500_000, 1_000_000, math.MaxUint32}
	part := func() uint32 { return parts[rng.IntN(len(parts))] }
	for range 50_000 {
		p := Policy{
			Shape: Shape(rng.IntN(5)), Base: span(), Spread: span(), Factor: part(), Cap: span(), First: span(),
			Jitter: Jitter(rng.IntN(6)), Proportion: part(), JitterBefore: rng.IntN(2) == 0, HonourHint: rng.IntN(2) == 0,
			Wrap: rng.IntN(4) - 1,
		}
		for range rng.IntN(4) {
			p.Delays = append(p.Delays, span())
			p.Times = append(p.Times, part())
		}
		turn := Turn{Seed: rng.Uint64(), Client: rng.Uint32(), N: rng.Uint32(), Try: rng.Uint32() >> rng.IntN(32), Prev: span(), Hint: span()}
		d := p.Delay(turn)
		if d < 0 || d > longest || d != p.Delay(turn) {
			t.Fatalf("%+v, %+v: %s", p, turn, d)
		}
		if p.HonourHint && d < min(turn.Hint, longest) {
			t.Fatalf("%+v, %+v: %s is shorter than the hint", p, turn, d)
		}
		if capped := p.JitterBefore || p.Jitter <= Decorrelated; capped && p.Cap > 0 && d > p.Cap && (!p.HonourHint || d > turn.Hint) {
			t.Fatalf("%+v, %+v: %s is above the cap", p, turn, d)
		}
	}
}
