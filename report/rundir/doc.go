// Package rundir writes and reads the directory that a run leaves behind:
//
//	runs/gateway-restart-20260131T093000Z/
//	    run.json         what ran, its verdict and its summary
//	    scenario.yaml    the scenario as it was given
//	    *.hlog           interval histograms, a file a metric
//	    series.ndjson    a row a second
//	    events.ndjson    what happened when
//	    target.ndjson    the target's own series, where the scenario names some
//
// Most callers use Create and the Writer's Append methods while a run goes on,
// Writer.Finish when it has ended, and Read afterwards. Everything but run.json is
// append-only and reaches the operating system every second; run.json is there from
// the start, with the verdict "running", and is replaced in one piece. So a run that
// was killed can be read up to its last second, and Read says what is missing. What was
// known before it began stands in the part "known", and every row tells its second by
// population, origin and timeline entry: Run.Restored is put together from both.
//
// What differs between two equal runs (the clock, the machine) stands in the part
// "environment" of run.json, a run's begin at the head of its logs too, and nowhere else. Secrets do not belong in here: the
// package writes what it is given.
//
// The .hlog files are HdrHistogram logs, V2 compressed, times relative to the
// begin of the run, which stands at their head (0 for a simulation), values in
// nanoseconds, the maximum column in milliseconds. A line's tag is population/origin,
// population, or entry, each percent-escaped. Two other readers of the format are held
// against ours by go test -tags hlog ./report/rundir.
package rundir
