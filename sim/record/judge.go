package record

import (
	"fmt"
	"strings"
	"time"
)

const (
	// Metastable is said of the last 20 s of a storm, all of them after the trigger is
	// gone, in which more was offered than the capacity, less than 90 % of the capacity
	// succeeded in the last minute, at least half of what was offered were retries, and
	// wasted logins make up for at least half of the capacity that is missing.
	goodputNear    = 0.9
	retriesSustain = 0.5
	wasteSustains  = 0.5
	// endsSoon: an overload is not metastable when those who are out come back at a rate
	// that ends it within this span.
	endsSoon = 10 * time.Minute
	// triggerShare is the share of what was offered since that has to come from those whom
	// an entry dropped for it to be what began an overload.
	triggerShare = 0.1
	// calmFailures is the share of attempts that may fail in a calm stretch, other
	// than refused by a rule.
	calmFailures = 0.05
)

// judge classifies a storm whose other figures are known, and says why.
func (r *reading) judge(s *Storm) (Class, string) {
	s.roll = r.roll(s)
	o := &s.roll
	if s.Hit == 0 || s.index == whole {
		return r.attempts(s)
	}
	switch {
	case o.expected() == 0:
		return Unjudged, fmt.Sprintf("nobody could come back: of %s that dropped %s", the(s.Hit), o.gone())
	case o.many():
		return r.missing(s)
	}
	if again := r.dropping(s); again != "" {
		return Recovering, again
	}
	if o.missing() == 0 && o.expected() == s.Hit {
		return Recovered, allBack(s.Hit)
	}
	text := fmt.Sprintf("%s of %s that dropped and could come back %s back", comma(o.in), the(o.expected()), are(o.in))
	if gone := o.gone(); gone != "" {
		text += "; " + gone
	}
	return Recovered, text
}

// gone says who should not be loggedIn; "" = nobody.
func (o *roll) gone() string {
	var parts []string
	if n := o.fates[Left]; n > 0 {
		parts = append(parts, fmt.Sprintf("%s left by themselves (logged out, or the process is dead)", comma(n)))
	}
	if n := o.fates[Replaced]; n > 0 {
		parts = append(parts, fmt.Sprintf("%s lost their place to another device of the account", comma(n)))
	}
	return strings.Join(parts, ", ")
}

// attempts judges a stretch in which nobody was made to drop, or that is all of the
// run, by who is out and by what attempts came to.
func (r *reading) attempts(s *Storm) (Class, string) {
	o := &s.roll
	offered, good := load(r.line.offered, s.from, s.limit).Total, load(r.line.goodput, s.from, s.limit).Total
	failed := offered - min(offered, good+load(r.line.ruled, s.from, s.limit).Total)
	out := o.fates[Locked] + o.fates[GaveUp]
	if s.index == whole {
		out = o.missing()
	}
	late := o.missing() + o.fates[Coming]
	switch {
	case muchOf(out, o.expected()):
	case offered == 0:
		return Calm, "no attempt began"
	case float64(failed) <= calmFailures*float64(offered):
		return Calm, fmt.Sprintf("%s of %s attempts succeeded, and nobody dropped%s", comma(good), comma(offered), r.butGone(s)) + o.few()
	case o.in+late == 0:
		return Unjudged, fmt.Sprintf("%s of %s attempts failed, and nobody is there who should be loggedIn", comma(failed), comma(offered))
	case !muchOf(late, o.in+late):
		return Recovered, fmt.Sprintf("%s of %s attempts failed; at the end %s still on their way", comma(failed), comma(offered), were(o.fates[Trying]+o.fates[Coming])) + o.few()
	}
	o.fates[Trying] += o.fates[Coming]
	return r.missing(s)
}

// butGone qualifies that nobody dropped, where somebody did who is not expected back: the
// server pushed them out, or the process is dead. "" = nobody did.
func (r *reading) butGone(s *Storm) string {
	gone := load(r.line.expelled, s.from, s.limit).Total
	for i := range r.entries() {
		if at := int(r.space.layout.begin(i) / secondSpan); at >= s.from && at < s.limit {
			gone += r.total.faults[i].hit
		}
	}
	if gone == 0 {
		return ""
	}
	return " who is expected back"
}

// few says how many are out of a storm that is over all the same; "" = nobody is.
func (o *roll) few() string {
	n := o.fates[Locked] + o.fates[GaveUp]
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s of %s that should be loggedIn %s out (%s)", comma(n), the(o.expected()), are(n), Percent(float64(n)/float64(o.expected())))
}

// missing judges by what those have in common that should be loggedIn and are not.
func (r *reading) missing(s *Storm) (Class, string) {
	o := &s.roll
	locked, quit, trying := o.fates[Locked], o.fates[GaveUp], o.fates[Trying]
	share := fmt.Sprintf("%s of %s that should be loggedIn", Percent(float64(o.missing())/float64(o.expected())), the(o.expected()))
	switch {
	case locked >= quit && locked >= trying:
		return LockedByRule, fmt.Sprintf("a rule keeps out %s, not a lack of capacity: %s; that is %s", ofMissing(locked, o.missing()), o.why[Locked], share)
	case quit >= trying:
		text := fmt.Sprintf("%s gave up, and nobody tries any more: %s; that is %s", ofMissing(quit, o.missing()), o.why[GaveUp], share)
		if s.inForce {
			text += "; the trigger is still in force"
		}
		return NotRecovered, text
	}
	class, text := r.trying(s)
	if n := locked + quit; n > 0 && class != Metastable {
		text += fmt.Sprintf("; %s of those missing do not try any more", comma(n))
	}
	return class, text
}

// trying judges a storm of which most that are missing still try to come back.
func (r *reading) trying(s *Storm) (Class, string) {
	t, o := &s.Tail, &s.roll
	left := time.Duration(0)
	if t.Returning > 0 {
		left = time.Duration(min(float64(o.fates[Trying])/t.Returning, 1e7) * float64(time.Second))
	}
	head := fmt.Sprintf("%s of %s that should be loggedIn %s not (%s)", comma(o.missing()), the(o.expected()), are(o.missing()), Percent(float64(o.missing())/float64(o.expected())))
	switch {
	case s.Hit > 0 && s.index != whole && s.Hit == 1:
		head = "the one that dropped is still missing"
	case s.Hit > 0 && s.index != whole:
		head = fmt.Sprintf("%s of %s %s still missing", comma(o.missing()), comma(s.Hit), are(o.missing()))
	case o.expected() == 1:
		head = "the one that should be loggedIn is not"
	}
	switch {
	case t.Fresh > s.Capacity.PerSecond && t.Fresh > 0:
		return NotRecovered, fmt.Sprintf("%s; the arrivals alone ask for more than the capacity: in the last %d s %s clients/s came new, with a capacity of %s",
			head, t.seconds(), perSecond(t.Fresh), s.Capacity)
	case t.metastable(s.Capacity) && (left == 0 || left > endsSoon) && s.trigger:
		since := "the trigger is gone"
		if s.rushed {
			since = "the rush of arrivals is over"
		}
		return Metastable, fmt.Sprintf("%s since second %d, and in the last %d s still %s attempts/s were offered, above the capacity of %s; %s/s succeeded, %s login requests/s were wasted, and %s of the attempts were retries: they are the sustaining effect",
			since, s.gone, t.seconds(), perSecond(t.Offered), s.Capacity, perSecond(t.Goodput), perSecond(t.Wasted), Percent(t.Retries))
	case left > 0 && (left <= endsSoon || !s.inForce):
		text := fmt.Sprintf("%s; they become fewer by %s/s, and at that rate all are back in about %s; %s", head, perSecond(t.Returning), roughly(left), s.tail())
		if s.inForce {
			text += "; the trigger is still in force"
		}
		return Recovering, text
	case t.rest == 0:
		return r.triggered(s, head)
	case t.rest < metastableStretch:
		return Recovering, head + "; " + s.tail()
	}
	return NotRecovered, fmt.Sprintf("%s, and they do not become fewer; %s", head, s.tail())
}

// triggered judges a storm whose trigger is in force to the end of its figures, or behind
// whose trigger nobody tried again.
func (r *reading) triggered(s *Storm, head string) (Class, string) {
	if !s.roll.known || s.limit < r.line.seconds() {
		if s.gone >= s.limit {
			return Unjudged, fmt.Sprintf("%s; the trigger is not gone before second %d, and these figures end in second %d", head, s.gone, s.limit)
		}
		return Unjudged, fmt.Sprintf("%s; nobody has tried again since the trigger is gone, in second %d, and these figures end in second %d", head, s.gone, s.limit)
	}
	text, class := "the trigger is still in force when the run ends", NotRecovered
	if !s.inForce {
		text = fmt.Sprintf("nobody has tried again since the trigger is gone, in second %d", s.gone)
		if s.limit-s.gone < metastableStretch { // Too soon to say that nobody will.
			text, class = text+fmt.Sprintf(", and the run ends in second %d", s.limit), Recovering
		}
	}
	if s.Tail.seconds() > 0 {
		text += "; " + s.tail()
	}
	return class, head + "; " + text
}

// roughly writes how long something still takes: whole seconds, then minutes.
func roughly(d time.Duration) string {
	if d < time.Minute {
		return FormatSpan(max(d.Round(time.Second), time.Second))
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// metastable reports whether an overload stays, and what it wastes sustains it.
func (t *Tail) metastable(c Capacity) bool {
	return t.rest >= metastableStretch && t.overload(c) && t.served < goodputNear*c.PerSecond &&
		t.Wasted >= wasteSustains*(c.PerSecond-t.Goodput)
}

// overload reports whether retries ask for more than can be served, in vain.
func (t *Tail) overload(c Capacity) bool {
	return t.Offered > c.PerSecond && t.Goodput < goodputNear*c.PerSecond && t.Retries >= retriesSustain
}

// began reports whether the entry is what began an overload: there was none before, there
// is one after, and those whom it dropped are a good part of it.
func (r *reading) began(s *Storm) bool {
	l, from := &r.space.layout, s.from
	for i := range r.entries() { // What lasts beside it began with it.
		if r.lasts(i) && Seconds(l.begin(i)) <= s.FaultOver && Seconds(l.end(i)) >= s.At {
			from = min(from, int(l.begin(i)/secondSpan))
		}
	}
	before := Storm{from: max(0, from-metastableStretch), limit: from}
	after := Storm{from: s.from, limit: min(s.limit, max(s.gone, s.from)+metastableStretch), gone: s.gone}
	before.Tail, after.Tail = r.tail(&before), r.tail(&after)
	if before.Tail.overload(s.Capacity) || !after.Tail.overload(s.Capacity) {
		return false
	}
	return s.Hit == 0 || float64(s.Attempts) >= triggerShare*float64(load(r.line.offered, s.from, s.limit).Total)
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
	if float64(min(good.Total, tries.Total, r.left(from, s.limit))) <= least {
		return ""
	}
	return fmt.Sprintf("%s of %s came back, but not for good: after that, in the last %d s, %s reconnects/s began and %s logins/s succeeded, so they drop again and again",
		comma(s.Back), comma(s.Hit), s.limit-from, perSecond(tries.Mean), perSecond(good.Mean))
}

// left is how often a client left loggedIn in a stretch: those who came and are not there.
func (r *reading) left(from, until int) uint64 {
	came, before := load(r.line.goodput, from, until).Total, uint64(0)
	if from > 0 {
		before = uint64(r.line.in[from-1])
	}
	return before + came - min(before+came, uint64(r.line.in[until-1]))
}

// tail says what the end of a storm looked like.
func (s *Storm) tail() string {
	if s.Tail.seconds() <= 0 {
		return "nobody has tried since"
	}
	return fmt.Sprintf("in the last %d s %s attempts/s were offered and %s/s succeeded, with a capacity of %s",
		s.Tail.seconds(), perSecond(s.Tail.Offered), perSecond(s.Tail.Goodput), s.Capacity)
}
