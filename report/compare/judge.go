package compare

import (
	"fmt"
	"math"
	"strings"
)

// judge gives every figure its verdict, and all of them one.
func (c *Result) judge() {
	c.adjust()
	for i := range c.Figures {
		f := &c.Figures[i]
		switch {
		case f.missing():
		case len(c.Faults) > 0:
			f.Verdict, f.Because = Invalid, "the runs cannot be held against each other"
		default:
			f.judge(c.LeastP)
			if math.IsInf(float64(f.Base), 1) {
				c.note("%s has no bound in the base: half of its runs or more did not come that far", f.Figure)
			}
		}
	}
	if len(c.Figures) == 0 && len(c.Faults) == 0 {
		c.fault("there is no figure that all runs have")
	}
	c.advise()
	c.Verdict = c.overall()
	c.Sentence = c.sentence()
}

// adjust applies Holm's rule to the figures that are judged, one-sided: a gate asks
// whether it is worse, and has the same to spend on the question whether it is better.
func (c *Result) adjust() {
	var p []float64
	var at []int
	for i := range c.Figures {
		if !c.Figures[i].missing() {
			p, at = append(p, c.Figures[i].P/2), append(at, i)
		}
	}
	for k, adjusted := range holm(p) {
		c.Figures[at[k]].Adjusted = adjusted
	}
}

// limits are the ratios (or differences) within which nothing is called.
func (f *Compared) limits() (low, high float64) {
	if f.Difference {
		return -f.Floor, f.Floor
	}
	return 1 / (1 + f.Floor), 1 + f.Floor
}

// judge gives one figure its verdict.
func (f *Compared) judge(least float64) {
	low, high := f.limits()
	ratio := float64(f.Ratio)
	chance := f.Adjusted >= Alpha
	switch {
	case !chance && (ratio > high || ratio < low):
		f.Verdict = Better
		if (ratio > high) == (f.Worse == "higher") {
			f.Verdict = Worse
		}
		f.Because = fmt.Sprintf("%s, beyond the floor of %s; without any change that comes in %s", f.moved(), percent(f.Floor), probability(f.Adjusted))
	case float64(f.Low) >= low && float64(f.High) <= high:
		f.Verdict, f.Because = Same, fmt.Sprintf("the whole interval lies within the floor of %s", percent(f.Floor))
	case ratio > high || ratio < low:
		f.Verdict, f.Because = CannotTell, fmt.Sprintf("%s, but that may be chance", f.moved())
		if math.IsInf(float64(f.High), 1) || least/2 >= Alpha {
			f.Because += ": so few runs cannot show more"
		}
	default:
		f.Verdict, f.Because = CannotTell, fmt.Sprintf("no difference beyond the floor of %s was found, but the interval reaches beyond it", percent(f.Floor))
	}
}

// moved says how far the candidate is off.
func (f *Compared) moved() string {
	ratio := float64(f.Ratio)
	switch {
	case f.Difference:
		return fmt.Sprintf("it moved by %s", f.value(math.Abs(ratio)))
	case math.IsInf(ratio, 1):
		return "it has no bound any more"
	}
	word := "higher"
	if ratio < 1 {
		word = "lower"
	}
	return fmt.Sprintf("it is %s %s", percent(math.Abs(ratio-1)), word)
}

// overall is the verdict of all figures.
func (c *Result) overall() Verdict {
	if len(c.Faults) > 0 {
		return Invalid
	}
	v := Same
	for i := range c.Figures {
		v = max(v, c.Figures[i].Verdict) // In the order in which they weigh.
	}
	return v
}

// Count counts the figures with a verdict.
func (c *Result) Count(v Verdict) (n int) {
	for i := range c.Figures {
		if c.Figures[i].Verdict == v {
			n++
		}
	}
	return n
}

// judged is how many figures were compared at all.
func (c *Result) judged() (n int) {
	for i := range c.Figures {
		if !c.Figures[i].missing() {
			n++
		}
	}
	return n
}

// advise says what so many runs can show.
func (c *Result) advise() {
	n, m, k := c.Base.Runs, c.Candidate.Runs, max(c.judged(), 1)
	if n == 0 || m == 0 {
		return
	}
	if fewest := min(n, m); fewest < LeastRuns {
		c.note("%s and %s: the gate asks for at least %d each. With so few, the smallest two-sided p there is, however far they are apart, is %.2g",
			counted(n, "base run"), counted(m, "candidate run"), LeastRuns, c.LeastP)
	}
	if !callable(n, m, k) {
		c.note("nothing can be called: %s against %d and %d runs; %d runs each are enough for that", counted(k, "figure"), n, m, enough(k))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sentence says what came out, by the figure that weighs most.
func (c *Result) sentence() string {
	if len(c.Faults) > 0 {
		return "Nothing is judged: " + c.Faults[0] + "."
	}
	i := c.weightiest()
	if i < 0 {
		return "Nothing was compared."
	}
	f := &c.Figures[i]
	switch c.Verdict {
	case Same:
		if len(c.Figures) == 1 {
			return fmt.Sprintf("%s is the same within its floor.", f.Figure)
		}
		return fmt.Sprintf("All %d figures are the same within their floors.", len(c.Figures))
	case Invalid:
		return fmt.Sprintf("%s cannot be judged: %s.", f.Figure, f.Because)
	case CannotTell:
		rest, about := "Nothing is shown to be worse", f.Figure
		if same := c.Count(Same) + c.Count(Better); same > 0 {
			rest += fmt.Sprintf(", and %d of %d figures are the same or better", same, len(c.Figures))
		}
		if open := c.Count(CannotTell); open > 1 {
			about = fmt.Sprintf("%d, most of all %s", open, f.Figure)
		}
		return fmt.Sprintf("%s; nobody can tell about %s: %s.", rest, about, f.Because)
	}
	return fmt.Sprintf("%s is %s: from %s to %s; %s.", f.Figure, strings.ToUpper(f.Verdict.String()), f.value(float64(f.Base)), f.value(float64(f.Candidate)), f.Because)
}

// weightiest is the figure of the overall verdict that is farthest off; -1 = none.
func (c *Result) weightiest() int {
	best, off := -1, -1.0
	for i := range c.Figures {
		f := &c.Figures[i]
		if f.Verdict != c.Verdict {
			continue
		}
		far := math.Abs(float64(f.Ratio))
		if !f.Difference && f.Ratio > 0 {
			far = math.Abs(math.Log(float64(f.Ratio)))
		}
		if far > off {
			best, off = i, far
		}
	}
	return best
}
