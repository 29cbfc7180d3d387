// Package record turns what happens to clients into figures: histograms, counts,
// a row a second, the times until clients are back after a fault, thresholds and
// the verdict of a run.
//
// Most callers use three types. A Recorder belongs to one shard and one
// goroutine; its methods are the hot path, allocate nothing and share nothing. Once
// a second Recorder.Cut hands over an Interval. An Aggregate merges the intervals
// of all shards:
//
//	shard 0: Recorder --Cut--> Interval --+
//	shard 1: Recorder --Cut--> Interval --+--> Aggregate.Add
//	shard 2: Recorder --Cut--> Interval --+        |
//	                                               +-> Sealed    rows, a second each
//	                                               +-> Snapshot  everything so far
//	                                               +-> Storms    what each fault made of the load
//	                                               +-> Judge     the verdict
//
// A value is kept within the precision of its metric (Metric.Range): one range for
// each metric in every shard, so that a merge loses nothing. What lies above the
// range is counted at its end and shows up as clamped. Every percentile travels
// with its count.
//
// A Storm is read from one-second counts, so its waves and its class can be worked out
// again from the rows of a run directory: Restored is an aggregate made from them.
//
// The package reads no clock, takes no lock and does no I/O. A caller who scrapes
// while others add guards the Aggregate itself.
package record
