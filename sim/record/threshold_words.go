package record

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// form is a threshold while it is being built.
type form struct {
	*Threshold
	faults []error
	seen   []string
}

func (f *form) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Errorf(format, args...))
}

func functions() []string {
	return []string{"p50", "p90", "p95", "p99", "p99.9", "mean", "min", "max", "sum", "time_to_recover", "rate", "count", "share",
		"storm", "herd_index", "amplification", "waves", "wasted", "stranded"}
}

// percentile reads p99 or p99.9 as a part of 1.
func percentile(name string) (q float64, ok bool) {
	digits, ok := strings.CutPrefix(name, "p")
	if !ok || strings.Trim(digits, "0123456789.") != "" {
		return 0, false
	}
	p, err := strconv.ParseFloat(digits, 64)
	return p / 100, err == nil && p <= 100
}

func (f *form) function(name string) {
	if q, ok := percentile(name); ok {
		f.fn, f.q, f.unit = quantile, q, duration
		return
	}
	switch name {
	case "mean":
		f.fn, f.unit = mean, duration
	case "min":
		f.fn, f.unit = minimum, duration
	case "max":
		f.fn, f.unit = maximum, duration
	case "time_to_recover":
		f.fn, f.unit = recovery, duration
	case "rate":
		f.fn, f.unit = rate, share
	case "count":
		f.fn, f.unit = count, number
	case "sum":
		f.fn, f.unit = sum, duration
	case "share":
		f.fn, f.unit = portion, share
	case "storm":
		f.fn, f.unit = stormClass, word
	case "herd_index":
		f.fn, f.unit = herdIndex, ratio
	case "amplification":
		f.fn, f.unit = amplification, ratio
	case "waves":
		f.fn, f.unit = waves, number
	case "wasted":
		f.fn, f.unit = wasted, share
	case "stranded":
		f.fn, f.unit = strandedClients, number
	default:
		f.fault("unknown function %q%s", name, suggest(name, functions()))
	}
}

func filters() []string {
	return []string{"population", "origin", "entry", "phase", "during", "after", "code", "status", "reason"}
}

func (f *form) argument(a *argument) {
	if slices.Contains(f.seen, a.Name) {
		f.fault("%q is given twice", cmpOr(a.Name, a.Value.word()))
		return
	}
	f.seen = append(f.seen, a.Name)
	word := a.Value.word()
	switch a.Name {
	case "":
		f.subject(a.Value)
	case "population":
		f.filter.Population = word
	case "origin":
		f.origin(word)
	case "entry":
		f.filter.Entry = word
	case "phase":
		f.filter.Step = word
	case "during", "after":
		if f.window != "" {
			f.fault("during and after exclude each other")
		}
		f.window, f.during = word, a.Name == "during"
	case "code":
		f.code(a.Value)
	case "status":
		f.status(word)
	case "reason":
		f.reason(word)
	default:
		f.fault("unknown filter %q%s", a.Name, suggest(a.Name, filters()))
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (f *form) origin(word string) {
	var names []string
	for o := login.Origin(1); int(o) < origins; o++ {
		if o.String() == word {
			f.filter.Origin = o
			return
		}
		names = append(names, o.String())
	}
	f.fault("unknown origin %q%s", word, suggest(word, names))
}

func (f *form) code(v *value) {
	n, err := strconv.ParseUint(v.Word, 10, 32)
	if err != nil {
		f.fault("%q is no code: a code is a number like 416", v.word())
		return
	}
	f.what, f.place = ofCode, codeSlot(wire.Code(n))
	f.Threshold.code = CodeName(f.place)
	if f.place == otherCode {
		f.fault("code %d has no figure of its own", n)
	}
}

func (f *form) status(word string) {
	f.what = ofStatus
	var names []string
	for s := login.Unknown; s < login.DataSyncStart; s++ {
		if s.String() == word {
			f.place, f.Threshold.status = int(s), word
			return
		}
		names = append(names, s.String())
	}
	f.fault("unknown status %q%s", word, suggest(word, names))
}

// anyReason is the place of a count of kicks whatever their reason.
const anyReason = -1

func (f *form) reason(word string) {
	var names []string
	for r := range Reasons - 1 {
		if ReasonName(r) == word {
			f.place = r
			return
		}
		names = append(names, ReasonName(r))
	}
	f.fault("unknown reason %q%s", word, suggest(word, names))
}

// subject is the argument without a name: a metric, a counter, or a percentage.
func (f *form) subject(v *value) {
	word := v.word()
	if f.fn == recovery {
		var ok bool
		if f.q, ok = v.share(); !ok || f.q == 0 {
			f.fault("%q is no share of the clients: write time_to_recover(99%%, after: ...)", word)
		}
		return
	}
	if f.fn.ofStorm() {
		f.fault("it takes no %q: write %s", word, f.fn.example())
		return
	}
	known := []string{}
	if f.fn == maximum || f.fn == mean {
		switch word {
		case Offered:
			f.what, f.unit = ofOffered, ratio
			return
		case Goodput:
			f.what, f.unit = ofGoodput, ratio
			return
		}
		known = append(known, Offered, Goodput)
	}
	for m := range Metrics {
		if Metric(m).String() == word {
			f.what, f.metric = ofMetric, Metric(m)
			return
		}
		known = append(known, Metric(m).String())
	}
	if f.fn == count {
		switch word {
		case Kicks:
			f.what = ofKicks
			if !slices.Contains(f.seen, "reason") {
				f.place = anyReason
			}
			return
		case Dials:
			f.what = ofDials
			return
		}
		known = append(known, Kicks, Dials)
		for c := range Counters {
			if Counter(c).String() == word {
				f.what, f.place = ofCounter, c
				return
			}
			known = append(known, Counter(c).String())
		}
	}
	f.fault("unknown metric %q%s", word, suggest(word, known))
}

// complete refuses what does not fit together.
func (f *form) complete() {
	has := func(name string) bool { return slices.Contains(f.seen, name) }
	allow := func(names ...string) {
		for _, s := range f.seen {
			if slices.Contains(filters(), s) && !slices.Contains(names, s) {
				f.fault("filter %q does not apply here", s)
			}
		}
	}
	if len(f.faults) > 0 {
		return
	}
	switch {
	case f.fn == strandedClients:
		allow("after", "status", "code", "population")
	case f.fn.ofStorm():
		allow("after")
	case f.what == ofOffered || f.what == ofGoodput:
		allow("during", "after")
	case f.fn == recovery:
		allow("after")
		if !has("") || !has("after") {
			f.fault("it reads time_to_recover(99%%, after: entry)")
		}
	case f.fn == portion:
		allow("status", "population", "during", "after")
		if !has("status") || has("") {
			f.fault("share needs a status: share(status: loggedIn)")
		}
	case (has("code") || has("status")) && f.fn != rate && f.fn != count:
		f.fault("a code or a status is counted: write count(code: 416) or count(status: kickOut)")
	case f.fn == rate && !has("code"):
		f.fault("rate needs a code: rate(code: 416)")
	case f.fn == rate || f.what == ofCode:
		allow("code", "population", "origin", "during", "after")
		if has("") {
			f.fault("a code and a metric exclude each other")
		}
	case f.what == ofStatus:
		allow("status", "population", "during", "after")
		if has("") {
			f.fault("a status and a metric exclude each other")
		}
	case !has(""):
		f.fault("it says of nothing: name a metric, a code or a status")
	case f.what == ofKicks:
		allow("population", "reason", "during", "after")
	case f.what == ofDials:
		allow("population", "origin", "during", "after")
	case f.what == ofCounter:
		allow("during", "after")
	default:
		f.labels(allow)
	}
}

// labels allows the filters that the metric's series are told apart by.
func (f *form) labels(allow func(...string)) {
	switch f.metric.about().by {
	case byPopulationOrigin:
		allow("population", "origin", "during", "after")
	case byPopulation:
		allow("population", "during", "after")
	case byEntry:
		allow("entry", "during", "after")
	case byStep:
		allow("phase", "during", "after")
	default:
		allow("during", "after")
	}
}
