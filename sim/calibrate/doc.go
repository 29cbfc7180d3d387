// Package calibrate fits a gateway's cost model and the link to it from the
// figures of a run: how long a login worker is busy with a login, how many
// workers there are, how many logins may wait for one, how long data sync takes,
// and what a message takes on its way.
//
// Most callers use Fit, then Result.Fragment, which is the model as a part of a
// scenario. Fit knows nothing of the gateway but what its clients saw, second by
// second:
//
//	calm seconds         nobody waits: login phase = service time + a round trip
//	saturated seconds    every worker is busy: goodput = workers / mean service time
//	refusals with 503    the queue is full: the longest wait = queue / goodput
//	dial phase           a round trip alone
//
// From the first two follow the workers, which no figure shows. A run that never
// had calm seconds, or saturated ones, cannot tell the two apart; Result says so,
// and which bound is left.
//
// A distribution is fitted by likelihood over the buckets of a histogram, one in
// two hundred values allowed to be of no distribution at all, so that a pause of
// the machine does not bend a tail; of the families that a scenario can name, the
// one is taken that explains most for the parameters it has. Each fit carries its
// distance from what was measured.
//
// It does not find limiters, admission, or what a timeline did to the gateway: a
// model is that of the gateway when it is left alone.
package calibrate
