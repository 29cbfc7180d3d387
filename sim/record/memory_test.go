package record

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// many is a layout with n entries, one a second, and what is left in memory of a run of
// 200 s in which each of them drops 300 clients, which come back over the next seconds.
func many(n int) (bytes int64) {
	l := Layout{Populations: []string{"phones", "desks"}}
	for i := range n {
		l.Entries = append(l.Entries, fmt.Sprintf("cut-%d", i))
		l.Begins = append(l.Begins, Time(i)*time.Second)
	}
	before := heap()
	r, a := NewRecorder(l, 0), NewAggregate(l, 1)
	r.Place(0, login.LoggedIn, 1000)
	for second := range 200 {
		for i := range 300 {
			samples(r, i)
			if entry := uint16(second); second < n {
				r.FaultHit(entry)
				r.Observe(Detection, entry, wire.NoOrigin, time.Duration(i*i%7919)*time.Millisecond)
			}
			if entry := uint16(second - i%5); second-i%5 >= 0 && second-i%5 < n {
				r.FaultBackSince(entry, time.Duration(i%5)*time.Second+time.Duration(i)*time.Millisecond, time.Duration(i)*time.Second)
			}
		}
		iv := r.Cut(Time(second+1) * time.Second)
		a.Add(iv)
		r.Release(iv)
		a.Sealed()
	}
	bytes = heap() - before
	runtime.KeepAlive(r)
	runtime.KeepAlive(a)
	return bytes
}

// heap is what is in use once all garbage is gone.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemoryOfEntries holds what a timeline entry costs the generator for good: an entry
// that is repeated every second must not fill the machine.
func TestMemoryOfEntries(t *testing.T) {
	const few, lots, most = 10, 200, 64 << 10
	per := (many(lots) - many(few)) / (lots - few)
	t.Logf("%d bytes an entry", per)
	if per > most {
		t.Errorf("an entry takes %d bytes, more than %d", per, most)
	}
}
