package compare

import (
	"math"
	"testing"
	"time"

	"loginstorm/report/rundir"
	"loginstorm/sim/chance"
	"loginstorm/sim/record"
)

// slow is a run of many seconds whose latencies rise and fall together: the level of a
// second is a tenth its own and nine tenths that of the one before.
func slow(seed uint64, seconds int, memory float64) []rundir.Logged {
	var all []rundir.Logged
	noise := values(seed, seconds, 1, 0.2)
	level := 0.0
	for s := range seconds {
		level = memory*level + math.Sqrt(1-memory*memory)*math.Log(noise[s])
		h := record.NewHistogram(record.ConnectToLoggedIn)
		for _, v := range values(seed<<20+uint64(s)+1, 20, 0.1*math.Exp(level), 0.02) {
			h.Observe(time.Duration(v * float64(time.Second)))
		}
		all = append(all, rundir.Logged{Second: s, Series: record.Series{Key: record.Key{Metric: record.ConnectToLoggedIn, Population: "phones"}, Histogram: h}})
	}
	return all
}

// What hangs together must be taken together: blocks hold the true median far more
// often than single seconds do, which is what the blocks are for.
func TestBlocksCover(t *testing.T) {
	const rounds, seconds = 60, 240
	blocks, alone, length := 0, 0, 0
	for seed := range uint64(rounds) {
		s := spreadOf(slow(seed+1, seconds, 0.9), record.ConnectToLoggedIn, record.Filter{})
		in := s.bootstrap(0.5, seed)
		length += in.block
		if in.low <= 0.1 && 0.1 <= in.high {
			blocks++
		}
		one := single(&s, 0.5, seed)
		if one.low <= 0.1 && 0.1 <= one.high {
			alone++
		}
	}
	t.Logf("blocks of %d s held the truth in %d of %d, single seconds in %d", length/rounds, blocks, rounds, alone)
	if blocks < rounds*75/100 || alone > blocks-rounds/4 {
		t.Errorf("blocks held the truth in %d of %d, single seconds in %d", blocks, rounds, alone)
	}
	if length/rounds < 8 {
		t.Errorf("blocks of %d s, but the correlation lasts about ten", length/rounds)
	}
}

// single is a bootstrap that takes every second for itself.
func single(s *spread, q float64, seed uint64) inside {
	stream := chance.Stream{Seed: seed, Purpose: chance.Resample, Who: 1}
	times := make([]float64, len(s.counts))
	var in inside
	for range draws {
		clear(times)
		for range times {
			times[chance.Below(stream.Next(), uint64(len(times)))]++
		}
		in.again = append(in.again, s.quantile(q, times))
	}
	in.low, in.high = between(in.again)
	return in
}

func TestIndependentSecondsHaveShortBlocks(t *testing.T) {
	s := spreadOf(slow(3, 240, 0), record.ConnectToLoggedIn, record.Filter{})
	in := s.bootstrap(0.9, 1)
	if in.block > 8 || in.low > in.value || in.high < in.value {
		t.Errorf("%+v", in.block)
	}
	again := s.bootstrap(0.9, 1)
	if again.low != in.low || again.high != in.high {
		t.Error("the same seed gave another interval")
	}
}

// The quantile of all seconds once is the histogram's own.
func TestSpreadQuantile(t *testing.T) {
	logged := slow(5, 30, 0.5)
	whole := record.NewHistogram(record.ConnectToLoggedIn)
	for _, l := range logged {
		whole.Merge(l.Histogram)
	}
	logged[7].Second, logged[8].Second = 100, 100 // Two series of one second, and a gap.
	s := spreadOf(logged, record.ConnectToLoggedIn, record.Filter{Population: "phones"})
	if len(s.counts) != 29 {
		t.Errorf("%d seconds", len(s.counts))
	}
	once := make([]float64, len(s.counts))
	for i := range once {
		once[i] = 1
	}
	for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 1} {
		if got, want := s.quantile(q, once), whole.Quantile(q).Seconds(); got != want {
			t.Errorf("p%g: %v, want %v", q*100, got, want)
		}
	}
	if none := spreadOf(logged, record.TimeToLoggedIn, record.Filter{}); len(none.all) > 0 {
		t.Error("samples of another metric")
	}
}
