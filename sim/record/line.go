package record

import (
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// line is a run second by second: what storms are read from. Its slices only ever
// grow, so a copy of the struct stays as it was. A day costs 6.2 MB.
type line struct {
	offered    []uint32 // Attempts that began.
	goodput    []uint32 // Attempts that ended with 200.
	retries    []uint32 // Attempts of clients that an entry made drop and that are not back.
	reconnects []uint32 // Attempts of origin reconnect.
	sent       []uint32 // Login requests that left.
	wasted     []uint32 // Of these, those that ended timed out or disconnected.
	tooOften   []uint32 // Attempts that ended with 416.
	timedOut   []uint32 // Attempts that ended with 408.
	planned    []uint32 // Attempts that an arrival or a login of the timeline asked for.
	ruled      []uint32 // Attempts that a rule refused and no lack of capacity, 416 included.
	trying     []uint32 // Clients on their way at its end: netBroken, connecting, logging.
	absent     []uint32 // Clients that are not there at its end: unknown.
	failed     []uint32 // Attempts that ended otherwise than with 200, unless they were called off.
	in         []uint32 // Clients that are loggedIn at its end.
	idle       []uint32 // Clients that are unLogin at its end.
	barred     []uint32 // Clients in a terminal status at its end, the kick statuses left out.
	expelled   []uint32 // Clients that the server pushed out, or a 417.
	thick      []uint32 // Attempts that began in the busiest stretch of a second that ends in this one.

	tenths [tenths]uint64 // Of the last second.
}

// fields lists the series in a fixed order.
func (l *line) fields() []*[]uint32 {
	return []*[]uint32{&l.offered, &l.goodput, &l.retries, &l.reconnects, &l.sent, &l.wasted, &l.tooOften, &l.timedOut, &l.planned, &l.ruled, &l.trying, &l.absent,
		&l.failed, &l.in, &l.idle, &l.barred, &l.expelled, &l.thick}
}

// seconds is how many seconds there are.
func (l *line) seconds() int { return len(l.offered) }

// add takes the totals of a second; seconds that were never delivered are empty.
func (l *line) add(second int, t *Totals) {
	codes, statuses, kicks := t.Attempts(Filter{}), t.Statuses(Filter{}), t.Kicks(Filter{})
	var retries uint64
	for i := range t.faults {
		retries += t.faults[i].attempts
	}
	values := [...]uint64{t.Dials(Filter{}), codes[0], retries, t.Dials(Filter{Origin: wire.Reconnect}),
		t.counters[LoginsSent], t.counters[LoginsWasted], codes[codeSlot(wire.TooOften)],
		codes[codeSlot(wire.TimedOut)], t.counters[AttemptsPlanned], ruled(codes),
		gauge(statuses, login.NetBroken, login.Connecting, login.Logging), gauge(statuses, login.Unknown),
		codes.Sum() - codes[0] - codes[codeSlot(wire.Cancelled)], gauge(statuses, login.LoggedIn), gauge(statuses, login.UnLogin),
		gauge(statuses, login.Forbidden, login.VersionError, login.PwdError), kicks[wire.NoReason] + kicks[wire.ByServer],
		l.slide(second, t)}
	for i, f := range l.fields() {
		for len(*f) < second {
			*f = append(*f, 0)
		}
		*f = append(*f, uint32(min(values[i], 1<<32-1)))
	}
}

// gauge adds up clients in statuses.
func gauge(n StatusCounts, statuses ...login.Status) uint64 {
	var sum int64
	for _, s := range statuses {
		sum += n[s]
	}
	return uint64(max(0, sum))
}

// ruled counts attempts that a rule refused: more capacity would not have let
// them in. Spec 5.
func ruled(codes CodeCounts) (n uint64) {
	for _, code := range [...]wire.Code{wire.VersionRefused, wire.VersionTooOld, wire.Mismatch, wire.NotPermitted, wire.NoSuchAccount,
		wire.AccountDisabled, wire.NotLastDevice, wire.TooOften, wire.ThirdPartyFirst} {
		n += codes[codeSlot(code)]
	}
	return n
}

// Load is how much of something there was in a stretch of seconds.
type Load struct {
	Peak   uint64  `json:"peak_per_second"`
	PeakAt int     `json:"peak_second"` // The first second that had so much.
	Mean   float64 `json:"mean_per_second"`
	Total  uint64  `json:"total"`
}

// load looks at the seconds from, until (not included).
func load(x []uint32, from, until int) Load {
	l := Load{PeakAt: from}
	for i := from; i < min(until, len(x)); i++ {
		l.Total += uint64(x[i])
		if uint64(x[i]) > l.Peak {
			l.Peak, l.PeakAt = uint64(x[i]), i
		}
	}
	if until > from {
		l.Mean = float64(l.Total) / float64(until-from)
	}
	return l
}

// busy is the second behind the last one of a stretch in which anybody came or was
// served; from, when there is none.
func (l *line) busy(from, until int) int {
	for until = min(until, l.seconds()); until > from && l.offered[until-1] == 0 && l.goodput[until-1] == 0; {
		until--
	}
	return until
}

// Curve is offered load and goodput in time, for charts: sums over Step seconds each,
// the first from second From on.
type Curve struct {
	From    int      `json:"from_second"`
	Step    int      `json:"step_seconds"`
	Offered []uint64 `json:"offered"`
	Goodput []uint64 `json:"goodput"`
	Retries []uint64 `json:"retries"` // Of clients that an entry made drop.
}

// maxCurve is how many points a Curve has at most; the exact seconds are in the
// series of the run directory.
const maxCurve = 120

func (l *line) curve(from, until int) Curve {
	c := Curve{From: from, Step: max(1, (until-from+maxCurve-1)/maxCurve)}
	for at := from; at < until; at += c.Step {
		end := min(at+c.Step, until)
		c.Offered = append(c.Offered, load(l.offered, at, end).Total)
		c.Goodput = append(c.Goodput, load(l.goodput, at, end).Total)
		c.Retries = append(c.Retries, load(l.retries, at, end).Total)
	}
	return c
}
