package backend

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/chance"
)

func TestValidateReportsEverythingAtOnce(t *testing.T) {
	_, err := New(Config{Workers: MaxWorkers + 1, Queue: MaxQueue + 1, ServiceTime: chance.Dist{A: -1}}, Address, 1)
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, word := range []string{"addressServer: ", "workers", "queue", "service time"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not reported in:\n%v", word, err)
		}
	}
}

func TestKindsReadBack(t *testing.T) {
	for k := range Kind(Kinds) {
		var got Kind
		if err := got.UnmarshalText([]byte(k.String())); err != nil || got != k {
			t.Errorf("%v: %v, %v", k, got, err)
		}
	}
	text, err := json.Marshal([]Kind{App, Address})
	if err != nil || string(text) != `["app","addressServer"]` {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := Kind(9).MarshalText(); err == nil || Kind(9).String() != "9" {
		t.Error("a kind that is none has a text")
	}
	if err := new(Kind).UnmarshalText([]byte("db")); err == nil {
		t.Error("a text that is none has a kind")
	}
}

// What a seed means must not change.
func TestAnswersFollowFromTheSeed(t *testing.T) {
	d := chance.Dist{Shape: chance.Exponential, A: 10 * time.Millisecond}
	s, err := New(Config{ServiceTime: d}, Address, 9)
	if err != nil {
		t.Fatal(err)
	}
	s.Change(Change{ServiceTime: 3000, Fails: 400_000})
	failed := uint64(0)
	for n := range uint32(100) {
		at, ok := s.Ask(time.Second)
		want := time.Second + 3*d.Sample(chance.Draw(9, chance.Backend, uint32(Address), 2*n))
		luck := !chance.Hit(chance.Draw(9, chance.Backend, uint32(Address), 2*n+1), 400_000)
		if at/time.Microsecond != want/time.Microsecond || ok != luck {
			t.Fatalf("request %d: got %v, %v, want %v, %v", n, at, ok, want, luck)
		}
		if !ok {
			failed++
		}
	}
	if st := s.Stats(); st.Failed != failed || st.Asked != 100 {
		t.Errorf("%+v, %d failed", st, failed)
	}
}

// TestChecksAreDenied: the share of those that do not fail, with the verdict that was
// told, for as long as it was told; tokens are given out meanwhile, and neither the
// instants nor the failures of anybody change.
func TestChecksAreDenied(t *testing.T) {
	const n = 10_000
	cfg := Config{Workers: 3, Queue: 40, ServiceTime: chance.Dist{Shape: chance.Exponential, A: 30}}
	var servers [2]*Server
	for i := range servers {
		var err error
		if servers[i], err = New(cfg, App, 9); err != nil {
			t.Fatal(err)
		}
		servers[i].Change(Change{Fails: 250_000, Denies: uint32(i) * 400_000, Verdict: 20_007, Until: 10 * n})
	}
	failed, denied := 0, uint64(0)
	for i := range Time(n) {
		now := 10 * i
		at, ok := servers[0].Ask(now)
		if i%4 == 0 {
			if at2, ok2 := servers[1].Ask(now); at2 != at || ok2 != ok {
				t.Fatalf("request %d: %v, %v and %v, %v", i, at, ok, at2, ok2)
			}
			continue
		}
		at2, ok2, verdict := servers[1].Check(now)
		if at2 != at || ok2 != ok || verdict != 0 && (verdict != 20_007 || !ok) {
			t.Fatalf("check %d: %v, %v and %v, %v, %d", i, at, ok, at2, ok2, verdict)
		}
		if !ok {
			failed++
		}
		if verdict != 0 {
			denied++
		}
	}
	// Of 7,500 checks a quarter fails and 40 % of the rest is denied; four standard
	// deviations are about 160.
	if st := servers[1].Stats(); st.Denied != denied || denied < 2090 || denied > 2410 || failed < 1725 || servers[0].Stats().Denied != 0 {
		t.Errorf("%d failed, %d denied: %+v", failed, denied, st)
	}
	for i := range Time(100) {
		if _, _, verdict := servers[1].Check(20*n + 1000*i); verdict != 0 {
			t.Fatal("denied when it was over")
		}
	}
	servers[1].Change(Change{Denies: math.MaxUint32, Fails: math.MaxUint32, Verdict: 20_000})
	if _, ok, verdict := servers[1].Check(300 * n); ok || verdict != 0 {
		t.Error("who fails is not denied")
	}
	servers[1].Change(Change{Denies: math.MaxUint32, Verdict: 20_000})
	if _, ok, verdict := servers[1].Check(300 * n); !ok || verdict != 20_000 {
		t.Error("somebody slips through")
	}
}

// TestItEndsWhateverTheNumbers: the longest spans and the largest factors neither
// overflow nor go back in time.
func TestItEndsWhateverTheNumbers(t *testing.T) {
	s, err := New(Config{Workers: 1, Queue: 1 << 20, ServiceTime: chance.Dist{A: math.MaxInt64}}, App, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Change(Change{Workers: math.MaxUint32, ServiceTime: math.MaxUint32, Fails: math.MaxUint32, Until: math.MaxInt64})
	if n := s.workers(0); n != 1000 {
		t.Errorf("%d workers", n)
	}
	s.Change(Change{ServiceTime: math.MaxUint32})
	last := Time(0)
	for n := range 200_000 {
		at, ok := s.Ask(Time(n))
		if at < last || !ok {
			t.Fatalf("request %d: %v after %v, %v", n, at, last, ok)
		}
		last = at
	}
	if last != math.MaxInt64 {
		t.Errorf("the last one is answered at %v", last)
	}
}

// TestOneWorkerIsAnMM1Queue: with arrivals at rate l and service at rate m, both
// exponential, a request waits l/m/(m-l) on average. The mean of batches that are
// long beside the queue's memory says how sure the figure is.
func TestOneWorkerIsAnMM1Queue(t *testing.T) {
	const batches, size = 40, 20_000
	for _, load := range []float64{0.5, 0.8} {
		service := chance.Dist{Shape: chance.Exponential, A: 10 * time.Millisecond}
		gap := chance.Dist{Shape: chance.Exponential, A: time.Duration(float64(service.A) / load)}
		s, err := New(Config{Workers: 1, Queue: MaxQueue, ServiceTime: service}, App, 5)
		if err != nil {
			t.Fatal(err)
		}
		var now Time
		var n uint32
		var means [batches]float64
		for b := range means {
			var total Time
			for range size {
				now += gap.Sample(chance.Draw(6, chance.Arrival, 0, n))
				at, _ := s.Ask(now)
				total += at - now - service.Sample(s.draw(2*n))
				n++
			}
			means[b] = total.Seconds() / size
		}
		mean, half := interval(means[:])
		want := load / (1 - load) * service.A.Seconds()
		if math.Abs(mean-want) > half || half > want/10 {
			t.Errorf("load %.1f: waits %.5f s +- %.5f, the formula says %.5f", load, mean, half, want)
		}
		t.Logf("load %.1f: waits %.5f s +- %.5f, the formula says %.5f", load, mean, half, want)
	}
}

// interval returns the mean and half the 99 % confidence interval of 40 batches.
func interval(x []float64) (mean, half float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	var ss float64
	for _, v := range x {
		ss += (v - mean) * (v - mean)
	}
	const t99 = 2.708 // Student's t with 39 degrees of freedom.
	return mean, t99 * math.Sqrt(ss/float64(len(x)-1)/float64(len(x)))
}

func TestAskAllocatesNothing(t *testing.T) {
	s, now := busyServer(t, 64)
	if n := testing.AllocsPerRun(20_000, func() {
		now += 150 * time.Microsecond
		s.Ask(now)
	}); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}

// busyServer is a server whose queue is full, and has been for a while.
func busyServer(tb testing.TB, workers uint32) (s *Server, now Time) {
	s, err := New(Config{Workers: workers, Queue: 1024, ServiceTime: chance.Dist{Shape: chance.Exponential, A: 10 * time.Millisecond}}, App, 1)
	if err != nil {
		tb.Fatal(err)
	}
	for range 50_000 {
		now += 10 * time.Millisecond / time.Duration(workers) * 9 / 10
		s.Ask(now)
	}
	if s.Stats().Shed == 0 {
		tb.Fatal("the queue never filled")
	}
	return s, now
}

// BenchmarkAsk is one request to a server that is asked for a tenth more than it
// can serve, and to one that never waits.
func BenchmarkAsk(b *testing.B) {
	for name, workers := range map[string]uint32{"full": 64, "full-1000": 1000} {
		b.Run(name, func(b *testing.B) {
			s, now := busyServer(b, workers)
			b.ReportAllocs()
			for b.Loop() {
				now += 10 * time.Millisecond / time.Duration(workers) * 9 / 10
				s.Ask(now)
			}
		})
	}
	b.Run("idle", func(b *testing.B) {
		s, err := New(Config{Workers: 64, Queue: 1024, ServiceTime: chance.Dist{A: time.Millisecond}}, App, 1)
		if err != nil {
			b.Fatal(err)
		}
		var now Time
		for b.Loop() {
			now += time.Millisecond
			s.Ask(now)
		}
	})
}
