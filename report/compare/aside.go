package compare

import (
	"fmt"
	"strings"

	"loginstorm/sim/record"
)

// SetAside is a run that says nothing about the gateway, and is left out of the
// comparison.
type SetAside struct {
	Side string `json:"side"` // base or candidate.
	Dir  string `json:"run_dir"`
	Why  string `json:"why"`
}

// The starts of Run.Interrupted that tell of an accident. A run that ended itself
// because a limit was crossed is none: what it found is about the gateway.
const (
	killed    = "it was killed"
	notWhole  = "its directory is not whole"
	byASignal = "interrupted"
)

// accident reports whether a run says nothing about the gateway through no doing of
// the gateway's, and why.
func (r *Run) accident() (why string, is bool) {
	switch v := r.Manifest.Verdict; {
	case v == record.Broken:
		return "", false
	case v == record.Invalid:
		why = "it is invalid"
		if len(r.Reasons) > 0 {
			why += ": " + r.Reasons[0]
		}
		return why, true
	case v == record.Running, strings.HasPrefix(r.Interrupted, killed), strings.HasPrefix(r.Interrupted, notWhole), strings.HasPrefix(r.Interrupted, byASignal):
		return "it did not reach its end: " + r.Interrupted, true
	}
	return "", false
}

// setAside leaves out the runs of a side that an accident spoiled, when enough others
// are left: LeastRuns, and at least as many as were spoiled. Otherwise all of them
// stay, and are why nothing is judged.
func (c *Result) setAside(side string, runs []*Run) []*Run {
	kept, aside := make([]*Run, 0, len(runs)), []SetAside{}
	for _, r := range runs {
		if why, is := r.accident(); is {
			aside = append(aside, SetAside{side, r.Dir, why})
			continue
		}
		kept = append(kept, r)
	}
	switch {
	case len(aside) == 0:
		return runs
	case len(kept) < LeastRuns:
		c.fault("%s: %s of %d cannot be used, and the %d left are fewer than %d: make %s more", side, counted(len(aside), "run"), len(runs), len(kept), LeastRuns, counted(LeastRuns-len(kept), "run"))
	case len(kept) < len(aside):
		c.fault("%s: most of the runs cannot be used, %d of %d: what made them so has to be mended first", side, len(aside), len(runs))
	default:
		for _, one := range aside {
			c.note("%s: %s is set aside: %s", one.Side, one.Dir, one.Why)
		}
		c.Aside = append(c.Aside, aside...)
		return kept
	}
	for _, one := range aside {
		c.fault("%s: %s: %s", one.Side, one.Dir, one.Why)
	}
	return runs
}

// lopsided warns when the candidate lost more runs than the base: what spoiled them may
// be the candidate's doing, and then those left flatter it.
func (c *Result) lopsided() {
	base, candidate := 0, 0
	for _, one := range c.Aside {
		if one.Side == "base" {
			base++
		} else {
			candidate++
		}
	}
	if candidate > base+1 {
		c.note("%d candidate runs were set aside and %d of the base: if the candidate is why (it takes the generator's cores, say), those left flatter it", candidate, base)
	}
}

// of says how many runs of a side are compared.
func (s *Side) of(what string) string {
	if s.Given > s.Runs {
		return fmt.Sprintf("%d of %d %s", s.Runs, s.Given, what+"s")
	}
	return counted(s.Runs, what)
}
