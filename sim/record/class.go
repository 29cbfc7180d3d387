package record

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"loginstorm/sim/login"
)

// Class is what kind of storm it was, in the words of the study of metastable
// failures. Spec 9.
type Class uint8

const (
	// Unjudged: there is nothing to judge by yet, or the trigger is not gone.
	Unjudged Class = iota
	// Calm: nobody dropped, and attempts succeeded.
	Calm
	// Recovered: those who could come back are back, 99 % of them at least.
	Recovered
	// Recovering: they are not, but the load is one that the gateway can serve.
	Recovering
	// Metastable: the trigger is gone, the overload stays, and retries sustain it.
	Metastable
	// LockedByRule: a rule keeps those who are missing out; they do not retry, or are
	// refused with 416. The rule may be their own, of how often they try.
	LockedByRule
)

// classes is how many classes there are.
const classes = int(LockedByRule) + 1

// Classes lists the words of the classes, Unjudged left out.
func Classes() []string {
	words := make([]string, 0, classes-1)
	for c := Calm; int(c) < classes; c++ {
		words = append(words, c.String())
	}
	return words
}

// String is the class's word in files and thresholds.
func (c Class) String() string {
	switch c {
	case Calm:
		return "calm"
	case Recovered:
		return "recovered"
	case Recovering:
		return "recovering"
	case Metastable:
		return "metastable"
	case LockedByRule:
		return "lockedOut"
	}
	return "unjudged"
}

// Phrase is the class for people.
func (c Class) Phrase() string {
	switch c {
	case Unjudged:
		return "not judged"
	case LockedByRule:
		return "locked out by rule"
	}
	return c.String()
}

// MarshalText writes the class's word.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the class's word; one of a newer version is Unjudged.
func (c *Class) UnmarshalText(b []byte) error {
	for *c = LockedByRule; *c > Unjudged && c.String() != string(b); *c-- {
	}
	return nil
}

// Capacity is how many logins a second the gateway can serve, and how that is known.
type Capacity struct {
	PerSecond float64 `json:"logins_per_second"`
	From      string  `json:"from"`
	Estimated bool    `json:"estimated"` // From the run itself, not from the configuration.
}

// capacityWindow is the stretch whose goodput stands for the capacity where that
// is not known.
const capacityWindow = 5

// capacity is that of the layout, or the best goodput of any five seconds of the run.
func (r *reading) capacity() Capacity {
	l := r.space.layout
	if l.Capacity > 0 {
		from := l.CapacityFrom
		if from == "" {
			from = "as configured"
		}
		return Capacity{PerSecond: l.Capacity, From: from}
	}
	window := min(capacityWindow, max(1, r.line.seconds()))
	var sum, most uint64
	for i, n := range r.line.goodput {
		sum += uint64(n)
		if i >= window {
			sum -= uint64(r.line.goodput[i-window])
		}
		most = max(most, sum)
	}
	c := Capacity{PerSecond: float64(most) / float64(window), Estimated: true}
	c.From = fmt.Sprintf("%s logins/s (estimated from the best %d s of this run)", perSecond(c.PerSecond), window)
	return c
}

const (
	// Metastable is said of the last 20 s of a storm, all of them after the trigger is
	// gone, in which more was offered than the capacity, less than 90 % of the capacity
	// succeeded, and at least half of what was offered were retries.
	metastableStretch = 20
	goodputNear       = 0.9
	retriesSustain    = 0.5
	// recoveredShare is the share of those who can come back that has to be back.
	recoveredShare = 0.99
	// calmFailures is the share of attempts that may fail in a calm stretch, other
	// than refused by a rule.
	calmFailures = 0.05
)

// Tail is the end of a storm, by which it is judged.
type Tail struct {
	From    int     `json:"from_second"`
	Until   int     `json:"until_second"` // The second behind the last one.
	Offered float64 `json:"offered_per_second"`
	Goodput float64 `json:"goodput_per_second"`
	Retries float64 `json:"retries_share"` // Of what was offered: all but the first attempt of a client that came new.
}

// tail looks at the last seconds before until.
func (r *reading) tail(from, until int) Tail {
	t := Tail{From: min(max(from, until-metastableStretch), until), Until: until}
	offered := load(r.line.offered, t.From, until)
	t.Offered, t.Goodput = offered.Mean, load(r.line.goodput, t.From, until).Mean
	if offered.Total == 0 {
		return t
	}
	var fresh uint64 // Clients that came new: their first attempt is no retry.
	for i := max(t.From, 1); i < until; i++ {
		if before, after := r.line.absent[i-1], r.line.absent[i]; before > after {
			fresh += uint64(before - after)
		}
	}
	t.Retries = max(0, 1-float64(fresh)/float64(offered.Total))
	return t
}

// metastable reports whether an overload stayed without its trigger.
func (t Tail) metastable(c Capacity) bool {
	return t.Until-t.From >= metastableStretch && t.Offered > c.PerSecond &&
		t.Goodput < goodputNear*c.PerSecond && t.Retries >= retriesSustain
}

// judge classifies a storm whose other figures are known, and says why.
func (r *reading) judge(s *Storm) (Class, string) {
	if s.gone < s.limit && s.Tail.metastable(s.Capacity) && r.many(s) {
		return Metastable, fmt.Sprintf("the trigger is gone since second %d, and in the last %d s still %s attempts/s were offered, above the capacity of %s; %s/s succeeded, and %s of the attempts were retries: they are the sustaining effect",
			s.gone, s.Tail.Until-s.Tail.From, perSecond(s.Tail.Offered), s.Capacity, perSecond(s.Tail.Goodput), Percent(s.Tail.Retries))
	}
	class, because := r.victims(s)
	if s.Hit == 0 {
		class, because = r.bystanders(s)
	} else if again := r.dropping(s); class == Recovered && again != "" {
		return Recovering, again
	}
	if class == Recovering && s.gone >= s.limit {
		return Unjudged, fmt.Sprintf("the trigger is not gone before second %d, and these figures end in second %d; %s", s.gone, s.limit, because)
	}
	return class, because
}

// flapShare is the share of those who dropped that may log in again at the end of a
// storm, after 99 % were back.
const flapShare = 0.1

// dropping says so when those who came back drop again and again: only the first
// return of each is counted. "" = they do not.
func (r *reading) dropping(s *Storm) string {
	from := s.limit - metastableStretch
	for _, m := range s.Milestones {
		if m.Percent == 99 && m.Reached {
			from = max(from, seconds(s.At+m.After))
		}
	}
	if s.gone < s.limit { // What it still did while it was in force is over.
		from = max(from, s.gone)
	}
	if from >= s.limit || s.Ended != "back" {
		return ""
	}
	tries, good := load(r.line.reconnects, from, s.limit), load(r.line.goodput, from, s.limit)
	least := flapShare * float64(s.Hit)
	if float64(tries.Total) <= least || float64(min(good.Total, tries.Total)) <= least {
		return ""
	}
	return fmt.Sprintf("%s of %s came back, but not for good: after that, in the last %d s, %s reconnects/s began and %s logins/s succeeded, so they drop again and again",
		comma(s.Back), comma(s.Hit), s.limit-from, perSecond(tries.Mean), perSecond(good.Mean))
}

// many reports whether more are on their way at the end of a storm than a recovered one
// may leave. Of those whom an entry made drop, that is told by who is back too.
func (r *reading) many(s *Storm) bool {
	var clients, outside int64
	for status, n := range r.total.Statuses(Filter{}) {
		switch login.Status(status) {
		case login.Unknown:
			continue
		case login.NetBroken, login.Connecting, login.Logging, login.UnLogin:
			outside += n
		}
		clients += n
	}
	if s.limit < r.line.seconds() || s.Hit > 0 {
		outside = 0 // Of another time, or told apart below.
	}
	if s.limit > 0 {
		outside = max(outside, int64(r.line.trying[s.limit-1]))
	}
	if float64(outside) > (1-recoveredShare)*float64(clients) {
		return true
	}
	class, _ := r.victims(s)
	return s.Hit > 0 && class != Recovered
}

// victims judges by those whom the entry made drop.
func (r *reading) victims(s *Storm) (Class, string) {
	left := min(s.fates[Left], s.away)
	may, missing := s.Hit-left, s.away-left
	locked := min(s.fates[Locked], missing)
	switch {
	case missing == 0 && left == 0:
		return Recovered, fmt.Sprintf("all %s that dropped are back", comma(s.Hit))
	case float64(may-missing) >= recoveredShare*float64(may):
		return Recovered, fmt.Sprintf("%s of the %s that dropped and could come back are back", comma(may-missing), comma(may))
	case locked > missing-locked:
		return LockedByRule, fmt.Sprintf("a rule keeps out %s of the %s that are missing, not a lack of capacity", comma(locked), comma(missing))
	case locked+min(s.gaveUp, missing-locked) > missing/2 && s.gaveUp > 0:
		return LockedByRule, fmt.Sprintf("%s of the %s that are missing gave up after as many failed attempts as they make: nobody tries any more", comma(min(s.gaveUp, missing)), comma(missing))
	}
	return Recovering, fmt.Sprintf("%s of %s are still missing; %s", comma(missing), comma(s.Hit), s.tail())
}

// bystanders judges a stretch in which nobody was made to drop, by its attempts.
func (r *reading) bystanders(s *Storm) (Class, string) {
	offered := load(r.line.offered, s.from, s.limit).Total
	good := load(r.line.goodput, s.from, s.limit).Total
	failed := offered - min(offered, good+load(r.line.ruled, s.from, s.limit).Total)
	var trying uint64
	if s.limit > s.from {
		trying = uint64(r.line.trying[s.limit-1])
	}
	refused := s.refused()
	much := func(n uint64) bool { return float64(n) > (1-recoveredShare)*float64(good+n) }
	switch {
	case offered == 0:
		return Calm, "no attempt began"
	case s.Entry == "" && refused > trying && much(refused):
		return LockedByRule, fmt.Sprintf("a rule refused %s clients that are not loggedIn; %s are on their way", comma(refused), comma(trying))
	case float64(failed) <= calmFailures*float64(offered):
		return Calm, fmt.Sprintf("%s of %s attempts succeeded, and nobody dropped", comma(good), comma(offered))
	case much(trying):
		return Recovering, fmt.Sprintf("%s clients are still on their way; %s", comma(trying), s.tail())
	}
	return Recovered, fmt.Sprintf("%s of %s attempts failed; at the end %s clients were still on their way", comma(failed), comma(offered), comma(trying))
}

// refused counts those whom a rule keeps out because it refused their last attempt.
// Those who were pushed out of a session by another device are not among them: that
// is what a race is for.
func (s *Storm) refused() (n uint64) {
	for _, one := range s.Stranded {
		if one.Fate == Locked && one.Code != "" && one.Code != CodeName(0) {
			n += one.Count
		}
	}
	return n
}

// tail says what the end of a storm looked like.
func (s *Storm) tail() string {
	if s.Tail.Until <= s.Tail.From {
		return "these figures end before the trigger is gone"
	}
	return fmt.Sprintf("in the last %d s %s attempts/s were offered and %s/s succeeded, with a capacity of %s",
		s.Tail.Until-s.Tail.From, perSecond(s.Tail.Offered), perSecond(s.Tail.Goodput), s.Capacity)
}

// String is the capacity for people, with what it rests on.
func (c Capacity) String() string {
	if c.Estimated {
		return c.From
	}
	return fmt.Sprintf("%s logins/s (%s)", perSecond(c.PerSecond), c.From)
}

// comma writes a count for people: 1,850.
func comma(n uint64) string { return humanize.Comma(int64(min(n, 1<<63-1))) }
