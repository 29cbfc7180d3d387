package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// InFile is the summary as run.json holds it: without what differs between two
// equal runs.
func (s *Summary) InFile() *Summary {
	c := *s
	c.RunDir, c.Replay = "", ""
	if s.Simulation != nil {
		m := *s.Simulation
		m.Took, c.Simulation = 0, &m
	}
	return &c
}

// JSON writes the summary, indented, with a line feed at its end.
func JSON(w io.Writer, s *Summary) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// FromRun makes the summary of a run directory. A run that was killed has none: then
// it is rebuilt from the series and the logs as far as they go, with a warning for
// everything that is missing.
func FromRun(r *rundir.Run) (*Summary, error) {
	s := &Summary{}
	if len(r.Manifest.Summary) > 0 && r.Manifest.Verdict != record.Running {
		if err := json.Unmarshal(r.Manifest.Summary, s); err != nil {
			return nil, fmt.Errorf("read summary of %s: %w", r.Dir, err)
		}
	} else {
		s.rebuild(r)
	}
	s.RunDir, s.Missing = r.Dir, append(lacks(r.Manifest), r.Missing...)
	s.Warnings = append(s.Warnings, s.Missing...)
	return s, nil
}

// lacks says which figures the summary of an older version lacks that every summary of
// this one has.
func lacks(m rundir.Manifest) []string {
	var has map[string]json.RawMessage
	if json.Unmarshal(m.Summary, &has) != nil {
		return nil
	}
	var lost []string
	for _, key := range []string{"judgement", "planned_seconds", "ran_seconds", "populations", "statuses", "dials", "logins",
		"peak_dials", "peak_logins", "latency", "attempts", "storms", "health"} {
		if _, ok := has[key]; !ok {
			lost = append(lost, key)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: version %s wrote it, whose summary has no %s", rundir.RunFile, cmp.Or(m.Environment.Version, "unknown"), strings.Join(lost, ", "))}
}

// KnownBefore is what the manifest keeps of a run's facts for the case that it is
// killed.
func KnownBefore(f Facts, thresholds []record.Threshold) rundir.Known {
	k := rundir.Known{Question: f.Question, Injected: f.Injected, Planned: record.Seconds(f.Planned), Clients: f.Clients,
		Says: f.Says, Expected: f.Expected, Brings: f.Brings, Warnings: f.Warnings}
	for _, t := range thresholds {
		k.Thresholds = append(k.Thresholds, t.String())
	}
	return k
}

// rebuild fills in what a run that was killed left behind: what was known before it
// began, and figures as far as its files go.
func (s *Summary) rebuild(r *rundir.Run) {
	m, a := r.Manifest, r.Restored
	if a == nil {
		a = record.NewAggregate(m.Layout.Record(), 1)
	}
	k := m.Known
	ended := "the run was killed"
	if r.Active || r.Lost { // Nobody knows that it was: what is missing says what is known.
		ended = ""
	}
	f := Facts{Name: m.Name, Question: k.Question, Driver: m.Driver, Seed: m.Seed, Interrupted: ended,
		Injected: k.Injected, Planned: k.Planned.Duration(), Clients: k.Clients, Says: k.Says, Expected: k.Expected,
		Brings: k.Brings, Warnings: k.Warnings, Target: TargetOf(r.Target())}
	for _, text := range k.Thresholds {
		t, err := record.ParseThreshold(text)
		if err != nil {
			f.Warnings = append(f.Warnings, fmt.Sprintf("a threshold of run.json cannot be read: %v", err))
			continue
		}
		f.Thresholds = append(f.Thresholds, t.Evaluate(a))
	}
	*s = *Summarize(a, f)
}
