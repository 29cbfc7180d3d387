package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/watch"
)

// brake ends the run when a condition tripped the brakes. The caller holds the lock.
func (st *storm) brake(t *record.Tripped) {
	if t == nil || st.aborted != nil {
		return
	}
	st.tripped, st.aborted = t, errors.New(t.String())
	st.event(t.At.Duration(), "abort", "", st.aborted.Error())
	st.stop()
}

// abortJudged puts what ended a run before its time into its judgement. A series of the
// target says what it says whatever the generator could do: with it a run that would be
// invalid has failed. A broken rule stays what it is.
func (st *storm) abortJudged(j record.Judgement) record.Judgement {
	if st.tripped == nil {
		return j
	}
	if j.Verdict == record.Pass || j.Verdict == record.Invalid && st.tripped.Series != "" {
		j.Verdict = record.Failed
	}
	said := st.tripped.String()
	if j.Verdict == record.Failed {
		j.Reasons = append([]string{said}, j.Reasons...)
	} else {
		j.Reasons = append(slices.Clone(j.Reasons), said)
	}
	return j
}

// watched describes the target's own series for the run directory.
func watched(p *plan.Plan) (all []rundir.TargetMetric) {
	for i := range p.Metrics {
		m := &p.Metrics[i]
		all = append(all, rundir.TargetMetric{Name: m.Name, Unit: m.Unit, From: m.Says(), Every: record.Seconds(m.Every)})
	}
	return all
}

// watchURLs lists where the target's own series are asked for.
func watchURLs(p *plan.Plan) (all []string) {
	for i := range p.Metrics {
		if u := p.Metrics[i].URL(); !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all
}

// watching asks for the target's own series while a run goes on.
type watching struct {
	plan *plan.Plan
	stop context.CancelFunc
	done chan error
	mu   sync.Mutex
	all  []report.TargetFigures // By series.
}

// watchTarget begins to ask. Samples come in until end, also while a run that was ended
// still drains.
func (st *storm) watchTarget(ctx context.Context, begin time.Time) *watching {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	w := &watching{plan: st.plan, stop: stop, done: make(chan error, 1), all: report.TargetOf(targetSeries(st.plan))}
	go func() {
		w.done <- watch.Run(ctx, st.plan.Metrics, begin, func(s watch.Sample) {
			w.note(s)
			st.heard(s)
		})
	}()
	return w
}

// note counts a sample.
func (w *watching) note(s watch.Sample) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.Gap != "" {
		w.all[s.Series].Gap(record.Seconds(s.At), s.Gap)
	} else {
		w.all[s.Series].Value(s.Value)
	}
}

// heard keeps a sample and shows it to the brakes.
func (st *storm) heard(s watch.Sample) {
	line := rundir.TargetSample{At: record.Seconds(s.At.Round(time.Millisecond)), Series: st.plan.Metrics[s.Series].Name, Gap: s.Gap}
	if s.Gap == "" {
		line.Value = &s.Value
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.keep(st.dir.AppendTarget(line))
	st.opts.page.target(line)
	st.brake(st.brakes.Sample(line.At.Duration(), line.Series, s.Value, s.Gap == ""))
}

// end stops asking, and returns notes about what was not heard. It is called once.
func (w *watching) end() (notes []string) {
	w.stop()
	if err := <-w.done; err != nil { // Nobody takes a sample any more.
		notes = append(notes, err.Error())
	}
	for i := range w.all {
		if text := w.all[i].Note(); text != "" {
			notes = append(notes, text)
		}
	}
	return notes
}

// targetSeries are the target's own series, of which nothing was heard yet.
func targetSeries(p *plan.Plan) (all []rundir.TargetSeries) {
	for _, m := range watched(p) {
		all = append(all, rundir.TargetSeries{TargetMetric: m})
	}
	return all
}

// metricTokens reads the tokens of the target's series; in virtual time nobody is asked.
func metricTokens(s streams, path string, f *scenario.File, virtual bool) (map[string]string, error) {
	tokens := map[string]string{}
	if f.Target == nil || virtual {
		return tokens, nil
	}
	for i := range f.Target.Metrics {
		m := &f.Target.Metrics[i]
		if m.Token == nil {
			continue
		}
		token, err := secret(s, filepath.Dir(path), m.Token)
		if err != nil {
			return nil, fmt.Errorf("target.metrics[%d].token: %w", i, err)
		}
		tokens[m.Name] = token
	}
	return tokens, nil
}
