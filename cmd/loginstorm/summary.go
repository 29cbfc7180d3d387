package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/target"
)

// ending is what a driver says at the end.
type ending struct {
	end         time.Duration
	interrupted bool
	broken      findings
	shortages   []record.Shortage
	convergence *oracle.Convergence
	notes       []string // What a reader of the figures should know.
	target      []report.TargetFigures

	cpu        time.Duration // Of the generator, over the whole run.
	gateway    *target.Stats // Of the embedded gateway; nil = not known.
	gatewayCPU time.Duration

	events uint64 // Of a simulation.
	digest uint64
	took   time.Duration // Real time.
}

// disobeyed notes commands of the timeline that were not carried out. The story
// was another one then than the scenario's, so nothing can be judged by it.
func (e *ending) disobeyed(failed []error) {
	if len(failed) == 0 {
		return
	}
	e.shortages = append(e.shortages, record.Shortage{
		What:   fmt.Sprintf("a gateway that obeys: commands of the timeline that failed: %d; the first: %v", len(failed), failed[0]),
		Remedy: "make target.control reachable with the right secret, or take the entry out of the timeline",
	})
}

// facts is what is known of a run before it begins.
func (st *storm) facts() report.Facts {
	p := st.plan
	facts := report.Facts{Name: p.Name, Question: p.Question, Driver: st.driver, Seed: p.Seed,
		Injected: p.Inject && st.driver == "run", Planned: p.Duration, Warnings: slices.Clone(p.Warnings)}
	for _, pop := range p.Populations {
		facts.Clients = append(facts.Clients, uint64(pop.Count))
	}
	for _, e := range p.Entries {
		facts.Says = append(facts.Says, e.Says)
		facts.Expected = append(facts.Expected, e.Recover)
		facts.Brings = append(facts.Brings, brings(p, e))
	}
	return facts
}

// summary puts the figures and the facts of a run together.
func (st *storm) summary(end ending, j record.Judgement, outcomes []record.Outcome) *report.Summary {
	p, facts := st.plan, st.facts()
	facts.Target = end.target
	facts.Judgement, facts.Thresholds, facts.RunDir, facts.Replay = j, outcomes, st.dir.Dir(), st.replay()
	switch {
	case end.interrupted:
		facts.Interrupted = fmt.Sprintf("interrupted after %v of %v", end.end.Round(time.Millisecond), p.Duration)
	case st.aborted != nil:
		facts.Interrupted, facts.Aborted = st.aborted.Error(), st.tripped
	case len(end.broken.all) > 0 && end.end < p.Duration:
		facts.Interrupted = fmt.Sprintf("ended by a broken rule after %v of %v", end.end.Round(time.Millisecond), p.Duration)
	}
	if seconds := end.end.Seconds(); seconds > 0 {
		facts.CPU = end.cpu.Seconds() / seconds
		facts.TargetCPU = end.gatewayCPU.Seconds() / seconds
	}
	facts.Warnings = append(facts.Warnings, end.notes...)
	facts.Warnings = append(facts.Warnings, stranded(end.convergence)...)
	facts.Warnings = append(facts.Warnings, nearly(st.agg.Strain())...)
	if totals := st.agg.Totals(); totals.Dials(record.Filter{}) > 0 && totals.Attempts(record.Filter{})[0] == 0 {
		facts.Warnings = append(facts.Warnings, "nobody logged in: the verdict rests on thresholds that do not ask for it")
	}
	return report.Summarize(st.agg, facts)
}

// brings names the populations that come with a timeline entry: those of a kick
// race that has clients of its own are called like the entry.
func brings(p *plan.Plan, e plan.Entry) (names []string) {
	if e.Verb != "kickRace" || e.Asked > 0 {
		return nil
	}
	for _, pop := range p.Populations {
		if family, _, _ := strings.Cut(pop.Name, "."); family == e.Name {
			names = append(names, pop.Name)
		}
	}
	return names
}

// stranded says in words who is not back although the faults are over. Spec 6,
// rule 6: that is a finding, not an error.
func stranded(c *oracle.Convergence) []string {
	if c == nil || c.Bound == 0 {
		return nil // How long coming back may take is not known.
	}
	var notes []string
	bound := c.Bound.Round(100 * time.Millisecond)
	if n := c.Count[oracle.StillTrying]; n > 0 {
		notes = append(notes, fmt.Sprintf("%s still trying at the end, %v after the last fault; the class of the storm says what keeps them out", clientsWere(n), bound))
	}
	if n := c.Count[oracle.OnItsWay]; n > 0 {
		notes = append(notes, fmt.Sprintf("%s on their way at the end: they may take %v, and the run ended before that", clientsWere(n), bound))
	}
	return notes
}

// clientsWere writes how many clients were.
func clientsWere(n uint32) string {
	if n == 1 {
		return "1 client was"
	}
	return fmt.Sprintf("%d clients were", n)
}

// replay is the command that repeats this run.
func (st *storm) replay() string {
	path := st.loaded.path
	if path == "-" {
		path = filepath.Join(st.dir.Dir(), rundir.ScenarioFile) // Standard input cannot be read again.
	}
	words := []string{"loginstorm", st.driver, path, "--seed", strconv.FormatUint(st.plan.Seed, 10)}
	if st.opts.duration > 0 {
		words = append(words, "--duration", st.opts.duration.String())
	}
	if st.opts.scale != "" {
		words = append(words, "--scale", st.opts.scale)
	}
	for _, set := range st.opts.sets {
		words = append(words, "--set", shellWord(set))
	}
	for _, t := range st.opts.targets {
		words = append(words, "--target", redactURL(t))
	}
	if st.opts.maxRate != "" {
		words = append(words, "--max-rate", st.opts.maxRate)
	}
	if st.opts.authorized {
		words = append(words, "--authorized")
	}
	return strings.Join(words, " ")
}

// shellWord puts a word into quotes where a shell would take it apart.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-=/:%+,@", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// exported names the run for Prometheus.
func (st *storm) exported() report.Run {
	return report.Run{Name: st.plan.Name, ID: st.loaded.runID, Version: buildVersion(), Driver: st.driver, Seed: st.plan.Seed, Began: st.began}
}
