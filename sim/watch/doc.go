// Package watch asks the target for its own series while a run goes on: expressions
// of a Prometheus, or series of a page in Prometheus' format. What it hears becomes
// samples; what it does not hear in time becomes gaps, with the reason.
//
// Most callers use Run, which asks every series at its own pace, aligned to the begin
// of the run, and returns when its context is done. A question that is under way holds
// neither the run nor another series; a series has one question at a time, and an
// instant that passes meanwhile is left out. Answers are bounded in time and size.
//
// It goes only to the addresses of the plan, follows no redirect, and tells no token
// in a gap or an error. It judges nothing: record.Brakes do.
package watch
