package record

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

func layout() Layout {
	return Layout{Populations: []string{"phones", "webs"}, Entries: []string{"cut", "deploy"},
		Begins: []Time{2 * time.Second, 4 * time.Second}}
}

// run drives shards of a layout second by second: say is called for each shard and
// second before the cut.
func run(l Layout, shards, seconds int, say func(r *Recorder, shard, second int)) *Aggregate {
	a := NewAggregate(l, shards)
	recorders := make([]*Recorder, shards)
	for i := range recorders {
		recorders[i] = NewRecorder(l, i)
	}
	for s := range seconds {
		for i, r := range recorders {
			say(r, i, s)
			iv := r.Cut(Time(s+1) * time.Second)
			a.Add(iv)
			r.Release(iv)
		}
	}
	return a
}

func TestQuantilesAgainstSorted(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for _, m := range []Metric{ConnectToLoggedIn, PhaseLogin, TimeBack, KickNotice} {
		low, _, digits := m.Range()
		precision := map[int]float64{3: 1e-3, 2: 1e-2}[digits]
		var all []time.Duration
		a := run(layout(), 3, 5, func(r *Recorder, _, _ int) {
			for range 700 {
				v := time.Duration(draw.ExpFloat64() * float64(50*time.Millisecond))
				all = append(all, v)
				r.Observe(m, uint16(draw.IntN(2)), login.Origin(draw.IntN(4)), v)
			}
		})
		slices.Sort(all)
		h := a.Totals().Histogram(m, Filter{})
		if h.Count() != int64(len(all)) {
			t.Fatalf("%v: count %d, want %d", m, h.Count(), len(all))
		}
		for _, q := range []float64{0, .01, .25, .5, .9, .95, .99, .999, 1} {
			want := all[rank(q, int64(len(all)))-1]
			got := h.Quantile(q)
			if got+low < want || float64(got-want) > float64(want)*precision+float64(low) {
				t.Errorf("%v: quantile %v = %v, want %v", m, q, got, want)
			}
		}
		if got := h.Max(); got != h.Quantile(1) {
			t.Errorf("%v: max %v, quantile 1 %v", m, got, h.Quantile(1))
		}
		if got := h.Min(); got > all[0] || all[0]-got > low+time.Duration(float64(all[0])*precision) {
			t.Errorf("%v: min %v, want %v", m, got, all[0])
		}
	}
}

func TestEverySeriesHasItsKey(t *testing.T) {
	s := newSpace(layout())
	seen := map[Key]bool{}
	for i := range s.slots {
		k := s.key(i)
		if seen[k] {
			t.Errorf("slot %d: %+v twice", i, k)
		}
		seen[k] = true
		row := uint16(max(slices.Index(s.layout.Populations, k.Population), slices.Index(s.layout.Entries, k.Entry), 0))
		if k.Population == Other || k.Entry == Other {
			row = 999
		}
		if got := s.slot(k.Metric, row, k.Origin); got != i {
			t.Errorf("slot of %+v = %d, want %d", k, got, i)
		}
	}
}

func TestBoundedSeries(t *testing.T) {
	l := Layout{Populations: make([]string, MaxPopulations+5), Entries: make([]string, MaxEntries+5)}
	for i := range l.Populations {
		l.Populations[i] = string(rune('A' + i))
	}
	a := run(l, 1, 1, func(r *Recorder, _, _ int) {
		for i := range l.Populations {
			r.Observe(ConnectToLoggedIn, uint16(i), wire.Manual, time.Millisecond)
			r.Attempt(uint16(i), wire.Manual, wire.Success)
			r.Place(uint16(i), login.LoggedIn, 1)
			r.Kick(uint16(i), 77, login.KickOut)
		}
		r.FaultBegan(MaxEntries+2, 3, 2)
		r.FaultHit(MaxEntries + 3)
		r.Observe(TimeToLoggedIn, 0, wire.Auto, 100*time.Hour)
	})
	series := a.Totals().Series(ConnectToLoggedIn)
	if len(series) != MaxPopulations+1 || series[MaxPopulations].Population != Other || series[MaxPopulations].Histogram.Count() != 5 {
		t.Errorf("%d series, last %+v", len(series), series[len(series)-1])
	}
	if n := a.Totals().Statuses(Filter{Population: Other})[login.LoggedIn]; n != 5 {
		t.Errorf("other: %d loggedIn, want 5", n)
	}
	if k := a.Totals().Kicks(Filter{}); k[Reasons-1] != uint64(len(l.Populations)) {
		t.Errorf("kicks of an unknown reason: %v", k)
	}
	if n := a.Totals().Clamped(TimeToLoggedIn); n != 1 {
		t.Errorf("clamped %d, want 1", n)
	}
	if got := a.Totals().Histogram(TimeToLoggedIn, Filter{}).Max(); got != 24*time.Hour {
		t.Errorf("clamped value is %v, want the top of the range", got)
	}
}

func TestSecondIsSealedByAllShards(t *testing.T) {
	l := layout()
	a := NewAggregate(l, 2)
	first, second := NewRecorder(l, 0), NewRecorder(l, 1)
	first.Place(0, login.LoggedIn, 3)
	second.Place(1, login.LoggedIn, 4)
	for range 3 {
		first.Dialled(0, wire.Auto)
		a.Add(first.Cut(time.Second))
	}
	if rows := a.Sealed(); len(rows) != 0 {
		t.Fatalf("%d rows sealed by half of the shards", len(rows))
	}
	second.Dialled(1, wire.Auto)
	a.Add(second.Cut(time.Second))
	rows := a.Sealed()
	if len(rows) != 1 || rows[0].Dials != 2 || rows[0].Statuses[login.LoggedIn] != 7 || rows[0].Short {
		t.Fatalf("rows %+v", rows)
	}
	a.Flush()
	if rows = a.Sealed(); len(rows) != 2 || !rows[0].Short || rows[1].Second != 2 {
		t.Fatalf("flushed rows %+v", rows)
	}
}

func TestMergeRefusesAnotherRange(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("histograms of different ranges were merged")
		}
	}()
	o := NewHistogram(TimeToLoggedIn)
	o.Observe(2 * time.Hour)
	NewHistogram(ConnectToLoggedIn).Merge(o)
}

func TestReleaseReuses(t *testing.T) {
	r := NewRecorder(layout(), 0)
	r.Observe(PhaseDial, 0, wire.Auto, time.Second)
	r.FaultHit(0)
	iv := r.Cut(time.Second)
	r.Release(iv)
	r.Cut(2 * time.Second)
	again := r.Cut(3 * time.Second)
	if again != iv {
		t.Fatal("a released interval was not used again")
	}
	a := NewAggregate(layout(), 1)
	again.Second = 0
	a.Add(again)
	if a.Totals().Histogram(PhaseDial, Filter{}).Count() != 0 || a.Totals().faults[0].hit != 0 {
		t.Error("a released interval kept what it held")
	}
}

func TestRecovery(t *testing.T) {
	a := run(layout(), 2, 6, func(r *Recorder, shard, second int) {
		if second == 2 {
			r.FaultBegan(0, 1000, 990)
			for range 500 {
				r.FaultHit(0)
			}
		}
		if second == 3 {
			for i := range 490 {
				r.FaultBack(0, time.Duration(1+2*i+shard)*time.Millisecond)
			}
		}
	})
	got := a.Recoveries()[0]
	if got.Asked != 2000 || got.Online != 1980 || got.Hit != 1000 || got.Back != 980 || !got.Began {
		t.Errorf("%+v", got)
	}
	for i, want := range []struct {
		after   time.Duration
		missing uint64
	}{{500 * time.Millisecond, 0}, {900 * time.Millisecond, 0}, {950 * time.Millisecond, 0}, {0, 10}, {0, 19}, {0, 20}} {
		m := got.Milestones[i]
		if m.Missing != want.missing || m.Reached != (want.missing == 0) {
			t.Errorf("%+v, want %+v", m, want)
		}
		if d := m.After.Duration() - want.after; d < 0 || d > want.after/1000+time.Microsecond {
			t.Errorf("%v%%: %v, want %v", m.Percent, m.After, want.after)
		}
	}
	if a.Recoveries()[1].Began {
		t.Error("an entry began by itself")
	}
}

// A target that stalls for a second: clients are due every millisecond, and a
// generator that waits for each reply would start the rest late.
func TestCoordinatedOmission(t *testing.T) {
	const stall, service = time.Second, time.Millisecond
	a := run(layout(), 1, 1, func(r *Recorder, _, _ int) {
		free := time.Duration(0)
		for i := range 10_000 {
			due := time.Duration(i) * service
			start := max(due, free)
			end := start + service
			if i == 5000 {
				end = start + stall
			}
			free = end
			r.Observe(ConnectToLoggedIn, 0, wire.Auto, end-due)
			r.Observe(ConnectToLoggedInUncorrected, 0, wire.Auto, end-start)
		}
	})
	corrected := a.Totals().Histogram(ConnectToLoggedIn, Filter{})
	uncorrected := a.Totals().Histogram(ConnectToLoggedInUncorrected, Filter{})
	if q := uncorrected.Quantile(.999); q > 2*service {
		t.Errorf("uncorrected p99.9 %v, want about %v: one client alone saw the stall", q, service)
	}
	if q := corrected.Quantile(.9); q < stall*9/10 || q > stall*11/10 {
		t.Errorf("corrected p90 %v, want about %v: the generator never caught up", q, stall)
	}
	if corrected.Quantile(.4) > 2*service {
		t.Errorf("corrected p40 %v: the stall reached clients before it", corrected.Quantile(.4))
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	r := NewRecorder(layout(), 0)
	work := func() {
		r.Observe(ConnectToLoggedIn, 1, wire.Reconnect, 12*time.Millisecond)
		r.Attempt(1, wire.Reconnect, wire.TooOften)
		r.Move(1, login.Logging, login.LoggedIn)
		r.Dialled(1, wire.Manual)
		r.Kick(0, wire.ByLogin, login.KickOut)
		r.Result(OpLogin, wire.Success)
		r.Add(FramesIn, 3)
		r.FaultHit(0)
		r.FaultAttempt(0)
		r.FaultBack(0, time.Second)
	}
	work()
	if n := testing.AllocsPerRun(1000, work); n != 0 {
		t.Errorf("%v allocations a client's samples", n)
	}
}
