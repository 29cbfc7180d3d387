package report

import (
	"loginstorm/sim/record"
)

// Distribution is a metric as a picture of bins, of one timeline entry or of all
// clients.
type Distribution struct {
	Metric  string         `json:"metric"`
	Entry   string         `json:"entry,omitempty"`
	Figures record.Figures `json:"figures"`
	Bins    []record.Bin   `json:"bins"`
}

// mostBins is how many bins a Distribution has at most.
const mostBins = 12

// Rivals is what devices of one account did to each other.
type Rivals struct {
	// Delivery runs from the winner's 200 to the loser's notice.
	Delivery record.Figures `json:"kick_delivery"`
	// Wars counts rows of at least 3 kicks over an account, WarKicks the kicks in them;
	// War is how long they were.
	Wars     uint64         `json:"wars"`
	WarKicks uint64         `json:"war_kicks"`
	War      record.Figures `json:"kick_war"`
	// Overlap is two sessions beside each other where the policy allows one.
	Overlap    record.Figures `json:"overlap"`
	OverlapSum float64        `json:"overlap_sum_seconds"`
}

// Lockouts is what the limit on logins did to accounts.
type Lockouts struct {
	Refused  uint64         `json:"refused"`  // Attempts that ended with 416.
	Accounts uint64         `json:"accounts"` // That met a 416 after none.
	Still    uint64         `json:"still"`    // Of these, at the end of the run.
	Lasted   record.Figures `json:"lockout"`  // First 416 to the next 200.
	Sum      float64        `json:"lockout_sum_seconds"`
}

// storms fills in everything that is about storms.
func (s *Summary) storms(a *record.Aggregate) {
	t := a.Totals()
	s.Storms = a.Storms()
	for _, series := range t.Series(record.Detection) {
		s.distribution(series.Histogram, series.Entry)
	}
	sum := func(m record.Metric) *record.Histogram { return t.Histogram(m, record.Filter{}) }
	delivery, war, overlap, lockout := sum(record.KickDelivery), sum(record.KickWar), sum(record.Overlap), sum(record.Lockout)
	for _, h := range []*record.Histogram{delivery, lockout} {
		s.distribution(h, "")
	}
	if r := (Rivals{Delivery: delivery.Figures(), Wars: t.Counter(record.Wars), WarKicks: t.Counter(record.WarKicks),
		War: war.Figures(), Overlap: overlap.Figures(), OverlapSum: overlap.Sum()}); r != (Rivals{}) {
		s.Rivals = &r
	}
	codes := t.Attempts(record.Filter{})
	l := Lockouts{Accounts: t.Counter(record.Lockouts), Still: t.Counter(record.LockedOut), Lasted: lockout.Figures(), Sum: lockout.Sum()}
	for slot, n := range codes {
		if record.CodeName(slot) == tooOften {
			l.Refused = n
		}
	}
	if l != (Lockouts{}) {
		s.Lockouts = &l
	}
}

// tooOften is the code of the limit on logins. Spec 5.
const tooOften = "416"

// distribution adds a picture when there is something in it.
func (s *Summary) distribution(h *record.Histogram, entry string) {
	if h.Count() > 0 {
		s.Distributions = append(s.Distributions, Distribution{h.Metric().String(), entry, h.Figures(), h.Bins(mostBins)})
	}
}
