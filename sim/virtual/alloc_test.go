package virtual

import (
	"runtime"
	"testing"
	"time"

	"loginstorm/sim/record"
)

// TestEventsAllocateNothing: what is allocated is room that grows and what each second
// hands over, not something for each event.
func TestEventsAllocateNothing(t *testing.T) {
	for _, latency := range []string{"", "{normal: {mean: 20ms, sd: 5ms}}"} {
		var from, to uint64
		var events [2]uint64
		mallocs := func() uint64 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.Mallocs
		}
		s, err := New(Config{Plan: thousandfold(t, 2000, latency), Check: true, Sink: func(*record.Interval) {},
			Progress: func(p Progress) {
				switch p.At { // Two restarts lie between.
				case 12 * time.Second:
					from, events[0] = mallocs(), p.Events
				case 120 * time.Second:
					to, events[1] = mallocs(), p.Events
				}
			}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		const share = 100
		if did := events[1] - events[0]; did < 50_000 || (to-from)*share > did {
			t.Errorf("latency %q: %d allocations in %d events", latency, to-from, did)
		}
	}
}
