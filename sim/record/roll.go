package record

import (
	"strings"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// roll is who should be loggedIn at the end of a storm, and what became of them. Who
// left by itself and whose place another device of the account took should not be, and
// nobody whose process never started.
type roll struct {
	in    uint64        // They are.
	fates [fates]uint64 // They are not.
	known bool          // The clients said so themselves: the run has ended.
	why   [fates]string // What most of a fate have in common.
}

// missing is how many of those who should be loggedIn are not.
func (o *roll) missing() uint64 { return o.fates[Trying] + o.fates[Locked] + o.fates[GaveUp] }

// expected is how many should be loggedIn.
func (o *roll) expected() uint64 { return o.in + o.missing() }

// recoveredShare is the share of those who should be loggedIn that has to be.
const recoveredShare = 0.99

// many reports whether more of those who should be loggedIn are not than a storm that
// is over may leave.
func (o *roll) many() bool { return muchOf(o.missing(), o.expected()) }

// muchOf reports whether so many are more than a storm that is over may leave.
func muchOf(n, of uint64) bool { return float64(n) > (1-recoveredShare)*float64(of) }

// count takes clients that ended alike.
func (o *roll) count(all []Stranded) (known uint64) {
	most := [fates]uint64{}
	for i := range all {
		one := &all[i]
		f := min(one.Fate, Coming)
		o.fates[f] += one.Count
		known += one.Count
		if one.Count > most[f] {
			most[f], o.why[f] = one.Count, brief(one.Why)
		}
	}
	return known
}

// brief is what keeps somebody away, without what would bring them back.
func brief(why string) string {
	why, _, _ = strings.Cut(why, "; ")
	why, _, _ = strings.Cut(why, ": ")
	return why
}

// roll tells who should be loggedIn at the end of a storm.
func (r *reading) roll(s *Storm) roll {
	switch {
	case s.index == whole:
		return r.present(s)
	case s.Hit > 0:
		return r.victims(s)
	}
	return r.bystanders(s)
}

// victims are those whom the entry made drop. Those who are not back and not among the
// stranded of a run that has ended are told of by a later entry.
func (r *reading) victims(s *Storm) roll {
	o := roll{known: r.ended()}
	away := s.Hit - min(s.Back, s.Hit)
	known := o.count(s.Stranded)
	o.fates[Trying] += o.fates[Coming]
	o.fates[Coming] = 0
	if !o.known {
		o.fates[Trying] += away - min(known, away)
	}
	o.in = s.Hit - min(s.Hit, o.missing()+o.fates[Left]+o.fates[Replaced])
	return o
}

// ended reports whether the clients have said what became of them, or have nothing to
// say because they are all loggedIn.
func (r *reading) ended() bool {
	if len(r.total.stranded) > 0 {
		return true
	}
	n := r.total.Statuses(Filter{})
	return gauge(n, login.UnLogin, login.NetBroken, login.Connecting, login.Logging, login.KickOut, login.KickOutByOtherClient,
		login.Forbidden, login.VersionError, login.PwdError) == 0
}

// present are all clients. As long as they have not said what became of them, it is
// read from their statuses, and those who are unLogin may want it so.
func (r *reading) present(s *Storm) roll {
	n := r.total.Statuses(Filter{})
	o := roll{in: gauge(n, login.LoggedIn), known: r.ended()}
	if o.known {
		o.count(s.Stranded)
		return o
	}
	kicks := r.total.Kicks(Filter{})
	o.fates[Locked] = gauge(n, login.Forbidden, login.VersionError, login.PwdError) +
		min(gauge(n, login.KickOut), kicks[wire.NoReason]+kicks[wire.ByServer])
	o.why[Locked] = "a terminal status holds them"
	o.fates[Trying] = gauge(n, login.NetBroken)
	o.fates[Coming] = gauge(n, login.Connecting, login.Logging)
	return o
}

// bystanders are all clients, as far as the entry may have to do with them though it
// made nobody drop: those who gave up or were locked out until another one began, and
// those who are on their way where the storm ends.
func (r *reading) bystanders(s *Storm) roll {
	all := Storm{index: whole, Stranded: r.total.strandedOf(func(stranded) bool { return true })}
	o := r.present(&all)
	refused, idle := r.shutOut(s.from, s.limit)
	out := refused + idle
	o.fates[Locked] = min(o.fates[Locked], out)
	o.fates[GaveUp] = min(o.fates[GaveUp], out-o.fates[Locked])
	if s.limit < r.line.seconds() {
		o.fates[Trying], o.fates[Coming] = 0, 0
		if s.limit > s.from {
			o.in, o.fates[Trying] = uint64(r.line.in[s.limit-1]), uint64(r.line.trying[s.limit-1])
		}
	}
	return o
}

// shutOut is how many clients were pushed out or refused for good from a second on, and
// how many went unLogin, until the next entry begins.
func (r *reading) shutOut(from, limit int) (refused, idle uint64) {
	l := &r.space.layout
	for i := range r.entries() {
		if at := int(l.begin(i) / secondSpan); at > from && r.total.faults[i].began {
			limit = min(limit, at)
		}
	}
	if limit <= from {
		return 0, 0
	}
	grown := func(x []uint32) uint64 {
		before := uint32(0)
		if from > 0 {
			before = x[from-1]
		}
		return uint64(x[limit-1] - min(before, x[limit-1]))
	}
	return load(r.line.expelled, from, limit).Total + grown(r.line.barred), grown(r.line.idle)
}

// shuts reports whether an entry that made nobody drop who is expected back pushed out
// more clients than a storm that is over may leave: a kick by the server, a ban.
func (r *reading) shuts(entry int) bool {
	if !r.total.faults[entry].began {
		return false
	}
	end := r.line.seconds()
	from := min(int(r.space.layout.begin(entry)/secondSpan), end)
	refused, _ := r.shutOut(from, end)
	var clients int64
	for _, n := range r.total.Statuses(Filter{}) {
		clients += n
	}
	return refused > 0 && muchOf(refused, uint64(max(clients, 0)))
}
