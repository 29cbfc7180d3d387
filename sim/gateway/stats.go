package gateway

import (
	"cmp"
	"slices"

	"loginstorm/sim/wire"
)

// maxCodes bounds how many result codes are counted apart: section 5 has about
// twenty, and an app server may answer with whatever it likes.
const maxCodes = 160

// Stats is what a gateway counts of itself. Gauges are of the present instant,
// totals since Time 0, also across restarts.
type Stats struct {
	Links     uint32 // Open.
	Sessions  uint32 // In the table, also those without a link.
	Queue     uint32 // Logins that wait for a worker.
	Busy      uint32 // Logins that a worker has.
	PeakQueue uint32
	Refused   uint64      // Links that were not admitted.
	Logins    []CodeCount // Answered logins by code, ascending.
	Other     uint64      // Answered logins with codes beyond those counted apart.
	Kicks     [5]uint64   // Sessions pushed out, by wire.Reason.
}

// CodeCount is how many logins were answered with a code.
type CodeCount struct {
	Code  wire.Code
	Count uint64
}

// Of returns how many logins were answered with a code.
func (s *Stats) Of(code wire.Code) uint64 {
	for _, c := range s.Logins {
		if c.Code == code {
			return c.Count
		}
	}
	return 0
}

type counters struct {
	links     uint32
	sessions  uint32
	peakQueue uint32
	refused   uint64
	logins    []CodeCount // In order of appearance.
	other     uint64
	kicks     [5]uint64
}

func (c *counters) login(code wire.Code) {
	for i := range c.logins {
		if c.logins[i].Code == code {
			c.logins[i].Count++
			return
		}
	}
	if len(c.logins) == maxCodes {
		c.other++
		return
	}
	c.logins = append(c.logins, CodeCount{Code: code, Count: 1})
}

// Stats returns the gateway's counts. The slice is the caller's.
func (g *Gateway) Stats() Stats {
	logins := slices.Clone(g.stats.logins)
	slices.SortFunc(logins, func(a, b CodeCount) int { return cmp.Compare(a.Code, b.Code) })
	return Stats{
		Links: g.stats.links, Sessions: g.stats.sessions, Queue: g.waiting, Busy: g.busy,
		PeakQueue: g.stats.peakQueue, Refused: g.stats.refused, Logins: logins,
		Other: g.stats.other, Kicks: g.stats.kicks,
	}
}
