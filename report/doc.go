// Package report shows the figures of a run: to people on a terminal, to programs
// as JSON, to Prometheus while the run goes on.
//
// Most callers use Summarize (or FromRun, for a run directory), then Text and JSON.
// JUnit, OpenMetrics and CSV write run directories for programs; what is missing of one
// stands in Summary.Missing, and each format has a place for it.
// Collector exports what is recorded so far, and ProgressLine is the line that
// changes while one waits. A percentile is never shown without its count, and a
// corrected figure never without the generator's lateness beside it.
//
// The package decides nothing about a run: verdicts, quantiles and thresholds
// come from sim/record. It writes to what it is given and reads no clock.
package report
