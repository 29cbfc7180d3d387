// Package explore looks for worlds in which a rule breaks: it draws scenarios and
// faults from seeds, has each simulated with the oracles at every step, then heals
// everything and demands that whoever may come back does. A scenario that fails is
// shrunk to a smaller one that fails the same way.
//
// Most callers use New, Explorer.Draw, Try, Confirm and Shrink:
//
//	seed -> Draw -> Case: a scenario.File, and the logs beside it
//	                 |  Text: YAML that scenario.Parse reads into the same plan
//	                 v
//	        plan.Compile -> virtual.Simulator -> judge -> Outcome
//	                 ^                                       | Failure
//	                 +------------- Shrink <-----------------+
//
// A drawn scenario has two parts. In the first one arrivals, people and timeline do
// what they like. Then entries named heal-... take back what would last: networks
// are as usual, bans are over, nodes are up, limits are gone and logins cost next to
// nothing. The second part is quiet, and longer than rule 6 lets a client take.
//
// Beside the oracles it holds that a gateway has no session, link or login that nobody
// has once all is quiet, that every login is judged as steps 2 to 7 of spec section 6
// want, that whoever is kicked hears so and is out, that a call whose answer came does
// not end as timed out, that an instant ends, and that no room panics. Most scenarios
// have few clients, where rules break as often and faster; one in sixty-four is a crowd.
//
// The same seed draws the same scenario, on every machine, and the same scenario
// comes to the same outcome. The package reads no clock and does no I/O.
package explore
