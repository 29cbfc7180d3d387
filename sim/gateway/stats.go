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
	Links     uint32      `json:"links"`      // Open.
	Sessions  uint32      `json:"sessions"`   // In the table, also those without a link.
	Queue     uint32      `json:"queue"`      // Logins that wait for a worker.
	Busy      uint32      `json:"busy"`       // Logins that a worker has.
	PeakQueue uint32      `json:"peak_queue"` // Since Time 0.
	Refused   uint64      `json:"refused"`    // Links that were not admitted.
	Held      uint64      `json:"held"`       // Those of them for which the bucket was full.
	Logins    []CodeCount `json:"logins"`     // Answered logins by code, ascending.
	Other     uint64      `json:"other"`      // Answered logins with codes beyond those counted apart.
	Kicks     [5]uint64   `json:"kicks"`      // Sessions pushed out, by wire.Reason.
	// Wasted is logins that had been served, by a worker or by the app server too, when
	// it turned out that their link was gone.
	Wasted uint64 `json:"wasted"`
	// WorkedTime is the service time that workers have spent, WastedTime what of it
	// went into wasted logins.
	WorkedTime Time   `json:"worked_nanoseconds"`
	WastedTime Time   `json:"wasted_nanoseconds"`
	Stalls     uint64 `json:"stalls"`     // How often a node's accept queue filled up.
	AppAsked   uint64 `json:"app_asked"`  // Third-party logins passed on to the app server.
	AppFailed  uint64 `json:"app_failed"` // Those of them that it could not be asked about.
}

// CodeCount is how many logins were answered with a code.
type CodeCount struct {
	Code  wire.Code `json:"code"`
	Count uint64    `json:"count"`
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
	links      uint32
	sessions   uint32
	peakQueue  uint32
	refused    uint64
	held       uint64
	logins     []CodeCount // In order of appearance.
	other      uint64
	kicks      [5]uint64
	wasted     uint64
	workedTime Time
	wastedTime Time
	stalls     uint64
	appAsked   uint64
	appFailed  uint64
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
	logins := append([]CodeCount{}, g.stats.logins...)
	slices.SortFunc(logins, func(a, b CodeCount) int { return cmp.Compare(a.Code, b.Code) })
	return Stats{
		Links: g.stats.links, Sessions: g.stats.sessions, Queue: g.waiting, Busy: g.busy,
		PeakQueue: g.stats.peakQueue, Refused: g.stats.refused, Held: g.stats.held, Logins: logins,
		Other: g.stats.other, Kicks: g.stats.kicks, Wasted: g.stats.wasted,
		WorkedTime: g.stats.workedTime, WastedTime: g.stats.wastedTime, Stalls: g.stats.stalls,
		AppAsked: g.stats.appAsked, AppFailed: g.stats.appFailed,
	}
}
