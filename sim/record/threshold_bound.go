package record

import (
	"slices"
	"strconv"
	"time"
)

// boundary reads what the figure is compared with.
func (f *form) boundary(v *value) {
	if f.fn == strandedClients && v.Percent != "" {
		f.unit = share
		if slices.Contains(f.seen, "after") && slices.Contains(f.seen, "population") {
			f.fault("nobody counts by population whom an entry dropped: compare with a whole number, as in stranded(after: deploy, population: phones) <= 20")
		}
	}
	if f.op == "!=" && f.unit != word {
		f.fault("!= compares what kind of storm it was, not figures")
	}
	switch f.unit {
	case word:
		f.classWord(v.word())
	case ratio:
		n, err := strconv.ParseFloat(v.Word, 64)
		if err != nil || n < 0 || n > 1<<53 {
			f.fault("%q is no number", v.word())
		}
		f.bound = n
	case duration:
		d, err := time.ParseDuration(v.word())
		if err != nil {
			f.fault("%q is no span of time: write 800ms or 2s", v.word())
		}
		f.bound = float64(d)
	case share:
		var ok bool
		if f.bound, ok = v.share(); !ok {
			f.fault("%q is no share: write 1%%", v.word())
		}
	default:
		n, err := strconv.ParseUint(v.Word, 10, 53)
		if err != nil {
			f.fault("%q is no whole number", v.word())
		}
		f.bound = float64(n)
	}
}

// classWord reads the kind of storm that is asked for.
func (f *form) classWord(text string) {
	if f.op != "==" && f.op != "!=" {
		f.fault("a kind of storm is compared with == or !=: %s", f.fn.example())
	}
	i := slices.Index(Classes(), text)
	if i < 0 {
		f.fault("unknown kind of storm %q%s", text, suggest(text, Classes()))
		return
	}
	f.class = Calm + Class(i)
}

// example is how a threshold about a storm reads.
func (f function) example() string {
	switch f {
	case herdIndex:
		return "herd_index(after: deploy) < 4"
	case amplification:
		return "amplification(after: deploy) < 2.5"
	case waves:
		return "waves(after: deploy) <= 1"
	case wasted:
		return "wasted(after: deploy) < 5%"
	case strandedClients:
		return "stranded(after: deploy, status: kickOut) < 1%"
	}
	return "storm(after: deploy) == recovered"
}
