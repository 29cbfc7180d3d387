package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"loginstorm/sim/record"
)

// LeastRuns is how many runs of each side the gate asks for.
const LeastRuns = 5

// Result is what a comparison says. Its JSON is stable: names do not change, new ones
// may come.
type Result struct {
	Name    string  `json:"name"`
	Driver  string  `json:"driver"`
	Verdict Verdict `json:"verdict"`
	// Sentence says the verdict in words.
	Sentence string `json:"sentence"`
	// Faults say why nothing is judged; none = it is.
	Faults []string `json:"not_comparable,omitempty"`
	// Aside are runs that were left out; the others are enough.
	Aside []SetAside `json:"set_aside,omitempty"`
	// Notes say what to bear in mind.
	Notes     []string   `json:"notes,omitempty"`
	Base      Side       `json:"base"`
	Candidate Side       `json:"candidate"`
	Alpha     float64    `json:"alpha"`
	LeastP    float64    `json:"least_p"` // The smallest two-sided p of so many runs.
	Figures   []Compared `json:"figures"`
}

// Side is the runs of one of the two.
type Side struct {
	Runs     int      `json:"runs"`
	Given    int      `json:"given,omitempty"` // With those that were set aside; 0 = as many.
	Dirs     []string `json:"run_dirs"`
	Versions []string `json:"versions"`
}

// Compared is one figure of both sides.
type Compared struct {
	Figure  string  `json:"figure"`
	Unit    string  `json:"unit,omitempty"` // seconds, share, or "".
	Verdict Verdict `json:"verdict"`
	Because string  `json:"because"`
	Floor   float64 `json:"floor"`
	Worse   string  `json:"worse"` // higher or lower.
	// The values of the runs, in the order they were given, and their medians. null in
	// JSON: without bound. No values: some run does not have the figure.
	BaseValues      []Number `json:"base_values,omitempty"`
	CandidateValues []Number `json:"candidate_values,omitempty"`
	Base            Number   `json:"base"`
	Candidate       Number   `json:"candidate"`
	// Ratio is candidate / base, the median over all pairs of runs, with its interval of
	// 95 %. Where a base run has 0 it is their difference, and Difference is set; the
	// floor is then Floor of one unit.
	Ratio      Number `json:"ratio"`
	Low        Number `json:"ratio_low"`
	High       Number `json:"ratio_high"`
	Difference bool   `json:"difference,omitempty"`
	// P is two-sided; Adjusted is one-sided, in the direction of the ratio, and
	// multiplied for the number of figures (Holm): below alpha it counts.
	P        float64 `json:"p"`
	Adjusted float64 `json:"p_adjusted"`
	// Inside is what single runs say of themselves; absent where nothing does.
	Inside *Inside `json:"inside,omitempty"`
}

// Inside is the interval that the seconds inside the runs allow for the ratio of the
// medians: how much one run differs from the next is not in it.
type Inside struct {
	Low   Number `json:"ratio_low"`
	High  Number `json:"ratio_high"`
	Block int    `json:"block_seconds"` // The longest that was taken.
}

// Options are what a comparison may be told.
type Options struct {
	// Allow are parts of the scenario that may differ: populations, timeline.
	Allow []string
	// Seed is that of the bootstrap; the same one gives the same intervals.
	Seed uint64
}

// Compare holds candidate runs against base runs. An error is a gate that cannot be
// read.
func Compare(base, candidate []*Run, g Gate, o Options) (*Result, error) {
	c := &Result{Alpha: Alpha}
	given, offered := len(base), len(candidate)
	base, candidate = c.setAside("base", base), c.setAside("candidate", candidate)
	c.lopsided()
	c.Base, c.Candidate, c.LeastP = sideOf(base, given), sideOf(candidate, offered), leastP(len(base), len(candidate))
	if all := slices.Concat(base, candidate); len(all) > 0 {
		c.Name, c.Driver = all[0].Manifest.Name, all[0].Manifest.Driver
	}
	c.sound(base, candidate, o.Allow)
	if len(base) > 0 && len(candidate) > 0 {
		for _, m := range g.Metrics {
			f, ok, err := c.figure(m, base, candidate, g.Asked, o.Seed)
			if err != nil {
				return nil, err
			}
			if ok {
				c.Figures = append(c.Figures, f)
			}
		}
	}
	c.judge()
	return c, nil
}

func sideOf(runs []*Run, given int) Side {
	s := Side{Runs: len(runs)}
	if given > len(runs) {
		s.Given = given
	}
	for _, r := range runs {
		s.Dirs = append(s.Dirs, r.Dir)
		if v := r.Manifest.Environment.Version; v != "" && !slices.Contains(s.Versions, v) {
			s.Versions = append(s.Versions, v)
		}
	}
	return s
}

// figure reads one figure off all runs and measures how far the sides are apart. ok is
// false when a figure that nobody asked for is not there.
func (c *Result) figure(m Metric, base, candidate []*Run, asked bool, seed uint64) (f Compared, ok bool, err error) {
	read, fig, err := m.reader()
	if err != nil {
		return f, false, err
	}
	f = Compared{Figure: m.Figure, Unit: fig.Unit(), Floor: m.Floor, Worse: "higher", P: 1, Adjusted: 1, Verdict: CannotTell}
	if fig.String() == "" {
		f.Unit = "seconds"
	}
	if m.Lower {
		f.Worse = "lower"
	}
	known, why := 0, ""
	take := func(side string, runs []*Run, into *[]Number) {
		for _, r := range runs {
			got := read(r)
			if least := leastCount(fig); got.Known && got.Count < least {
				got.Known, got.Reason = false, fmt.Sprintf("too few samples: %d, and %d are the least", got.Count, least)
			}
			if !got.Known {
				why = cmp.Or(why, fmt.Sprintf("%s %s: %s", side, r.Dir, got.Reason))
				continue
			}
			known++
			*into = append(*into, Number(got.Value))
		}
	}
	take("base", base, &f.BaseValues)
	take("candidate", candidate, &f.CandidateValues)
	if known < len(base)+len(candidate) {
		f.Verdict, f.Because = Invalid, why
		f.BaseValues, f.CandidateValues = nil, nil // Of some runs alone: nothing to compare.
		return f, known > 0 || asked, nil
	}
	f.measure()
	if q, metric, of, ok := fig.Quantile(); ok && fig.String() != "" && intervals(metric) {
		f.inside(base, candidate, q, metric, of, seed)
	}
	return f, true, nil
}

// missing reports whether some run does not have the figure.
func (f *Compared) missing() bool { return len(f.BaseValues) == 0 }

// leastCount is how many samples a quantile needs so that it is not simply the greatest
// of them: one beyond it.
func leastCount(f record.Figure) uint64 {
	q, ok := f.OfQuantile()
	if !ok || q >= 1 {
		return 0
	}
	return uint64(math.Ceil(1/(1-q) - 1e-9))
}

// measure compares the values of both sides.
func (f *Compared) measure() {
	base, candidate := plain(f.BaseValues), plain(f.CandidateValues)
	f.Base, f.Candidate = Number(medianOf(base)), Number(medianOf(candidate))
	f.Difference = slices.Min(base) <= 0
	s := hodgesLehmann(base, candidate, !f.Difference)
	f.Ratio, f.Low, f.High = Number(s.center), Number(s.low), Number(s.high)
	f.P = mannWhitney(base, candidate).p
}

// inside puts every run together anew many times from its own seconds.
func (f *Compared) inside(base, candidate []*Run, q float64, m record.Metric, of record.Filter, seed uint64) {
	in := Inside{}
	again := func(runs []*Run, side uint64) (medians []float64) {
		var all []inside
		for i, r := range runs {
			s := spreadOf(r.Seconds, m, of)
			if len(s.all) == 0 {
				return nil
			}
			one := s.bootstrap(q, seed<<16+side<<8+uint64(i))
			in.Block = max(in.Block, one.block)
			all = append(all, one)
		}
		for n := range draws {
			var values []float64
			for i := range all {
				values = append(values, all[i].again[n])
			}
			medians = append(medians, medianOf(values))
		}
		return medians
	}
	x, y := again(base, 0), again(candidate, 1)
	if x == nil || y == nil {
		return
	}
	ratios := make([]float64, 0, draws)
	for i := range x {
		if x[i] <= 0 {
			return
		}
		ratios = append(ratios, y[i]/x[i])
	}
	low, high := between(ratios)
	in.Low, in.High = Number(low), Number(high)
	f.Inside = &in
}
