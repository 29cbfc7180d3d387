package explore

import (
	"context"
	"slices"
	"strings"

	"loginstorm/sim/scenario"
)

// Shrunk is what is left of a case that failed.
type Shrunk struct {
	Case    *Case
	Outcome *Outcome
	Tried   int // How many smaller cases were tried.
}

// mostTried bounds how many smaller cases are tried: a few seconds' worth.
const mostTried = 4000

// Shrink returns a smaller case that fails with the same signature as one that was
// confirmed: entries, populations, clients and options are left out as long as the
// failure stays, then values are made simpler. What is returned was written down and
// read again. When ctx is done it is the smallest one so far.
func Shrink(ctx context.Context, c *Case, out *Outcome, plant Plant) Shrunk {
	s := shrinker{ctx: ctx, plant: plant, want: out.Failure.Signature(), left: mostTried, best: Shrunk{Case: c, Outcome: out}, kept: Shrunk{Case: c, Outcome: out}}
	for s.pass() {
	}
	s.best.Tried = mostTried - s.left
	return s.best
}

// shrinker is a shrinking under way.
type shrinker struct {
	ctx   context.Context
	plant Plant
	want  string
	left  int
	kept  Shrunk // The smallest case that failed alike.
	best  Shrunk // The smallest one that did so when it was read again.
	// careful has each case that is kept read again at once: a file notes of its text
	// what a smaller one may not have.
	careful bool
}

// pass tries everything once, large pieces first, and reports whether that helped.
func (s *shrinker) pass() bool {
	before := s.best.Case
	for _, act := range []func(){s.entries, s.populations, func() { s.edits(prune) }, func() { s.edits(simplify) }} {
		act()
		if !s.settle() {
			act()
		}
	}
	return s.best.Case != before && s.left > 0 && s.ctx.Err() == nil
}

// try tries a change of a copy of the best case and keeps it if it fails alike.
func (s *shrinker) try(change func(f *scenario.File)) bool {
	if s.left == 0 || s.ctx.Err() != nil {
		return false
	}
	s.left--
	f := clone(s.kept.Case.File)
	change(f)
	before := s.kept
	if !s.keep(&Case{Seed: before.Case.Seed, File: f, Files: before.Case.Files}) {
		return false
	}
	if s.careful && !s.settle() {
		s.kept = before
		return false
	}
	return true
}

// keep keeps a case that fails alike.
func (s *shrinker) keep(c *Case) bool {
	out := try(s.ctx, c, s.plant, s.bound())
	if out.Refused != nil || out.Failure.Signature() != s.want {
		return false
	}
	s.kept.Case, s.kept.Outcome = c, out
	return true
}

// settle reads again what was kept: only the text counts. When that does not fail
// alike, it goes back to the last case that did, and is careful from then on.
func (s *shrinker) settle() bool {
	if s.kept.Case == s.best.Case {
		return true
	}
	if again, err := s.kept.Case.reread(); err == nil && s.keep(again) {
		s.best = s.kept
		return true
	}
	s.kept, s.careful = s.best, true
	return false
}

// bound is how much clients may do in a smaller case: without a pause that is left
// out somebody may do more than ever, and such a case is not a simpler one.
func (s *shrinker) bound() uint64 { return 2*s.kept.Outcome.done + 100 }

// entries leaves out stretches of the timeline, halves first, then quarters, down to
// single entries: what is left needs each of them.
func (s *shrinker) entries() {
	for size := (len(s.kept.Case.File.Timeline) + 1) / 2; size > 0; size /= 2 {
		for from := 0; from < len(s.kept.Case.File.Timeline); {
			kept := s.try(func(f *scenario.File) {
				drop(f, func(i int) bool { return i >= from && i < from+size })
			})
			if !kept {
				from += size
			}
		}
	}
}

// drop leaves out entries, and with each what refers to it.
func drop(f *scenario.File, out func(i int) bool) {
	gone := map[string]bool{}
	var kept []scenario.Entry
	for i := range f.Timeline {
		if e := &f.Timeline[i]; out(i) || e.Unban != nil && gone[e.Unban.Entry] {
			gone[e.Name] = true
		} else {
			kept = append(kept, *e)
		}
	}
	f.Timeline = kept
	unname(f, func(name string) bool { return gone[name] })
}

// unname takes names of populations out of everything that chooses among them.
func unname(f *scenario.File, gone func(name string) bool) {
	for i := range f.Timeline {
		e := &f.Timeline[i]
		for _, of := range lists(e) {
			*of = slices.DeleteFunc(*of, gone)
			if len(*of) == 0 {
				*of = nil
			}
		}
	}
}

// lists returns the lists of populations that an entry names.
func lists(e *scenario.Entry) []*scenario.Names {
	var all []*scenario.Names
	if w := e.Who(); w != nil {
		all = append(all, &w.Of)
	}
	if e.KickRace != nil {
		all = append(all, &e.KickRace.Of)
	}
	if e.Replay != nil {
		all = append(all, &e.Replay.Of)
	}
	return all
}

// populations leaves out one after the other.
func (s *shrinker) populations() {
	for i := 0; i < len(s.kept.Case.File.Populations); {
		kept := s.try(func(f *scenario.File) {
			name := f.Populations[i].Name
			f.Populations = slices.Delete(f.Populations, i, i+1)
			unname(f, func(n string) bool { return n == name || strings.HasPrefix(n, name+".") })
		})
		if !kept {
			i++
		}
	}
}

// edits tries all changes of a kind, those of a case that was kept anew.
func (s *shrinker) edits(kind func(f *scenario.File) []edit) {
	for at := 0; ; {
		all := kind(s.kept.Case.File)
		if at >= len(all) || s.left == 0 || s.ctx.Err() != nil {
			return
		}
		if !s.try(all[at].on) {
			at++
		}
	}
}
