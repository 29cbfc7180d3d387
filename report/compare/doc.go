// Package compare is the gate: base runs against candidate runs of one scenario.
//
// Most callers Load run directories, take the Gate that their scenario has (GateOf), ask
// Compare, and write what it says as text, Markdown, JSON, JUnit, annotations of GitHub
// or for benchstat.
//
// A figure of a run is one number (a quantile, a time to recover, a herd index), and
// runs are independent of each other where logins of one storm are not: so Compare holds
// the numbers of the base runs against those of the candidate runs by their ranks alone
// (Mann-Whitney). A figure is called worse, or better, only when
//
//   - the ranks say so with a probability of error below 5 % over all figures of the
//     gate together (Holm), in the direction that is asked about, and
//   - the ratio (the median over all pairs of a base and a candidate run) is beyond the
//     floor of the figure, 5 % unless the gate says otherwise.
//
// It is the same when the interval of the ratio lies within the floor as a whole, and in
// every other case nobody can tell: no difference found is not the same as no difference.
// Runs that are not of one story are not judged: invalid. A run in which the generator was
// the bottleneck, or that was cut off, is set aside when LeastRuns others of its side are
// left and at least as many as were lost; otherwise it makes the comparison invalid, as a
// broken rule always does, and a run that ended itself because a limit was crossed.
//
// Inside one run, what the seconds of a storm say hangs together; its own interval comes
// from a moving-block bootstrap over the interval histograms, with blocks as long as
// their correlation lasts. It is shown beside the comparison and never calls a
// regression: how much one run differs from the next is not in it.
//
// It reads run directories and writes to what it is given; the same directories give the
// same verdict.
package compare
