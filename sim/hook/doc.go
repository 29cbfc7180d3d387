// Package hook does things to a gateway from outside: it runs programs and asks webhooks
// at the instants of the timeline, for gateways that have no control port of the kind
// that sim/target serves.
//
//	plan.Step + plan.Entry.Hook --> Runner --> a program, in a process group of its own
//	                                   |   \-> POST, no redirects, any 2xx is a success
//	                                   +--> Note: what it came to, and how long it took
//
// What a hook is told stands in LOGINSTORM_ variables and, as JSON, on standard input or
// in the body; see Call. Most callers use New, Runner.Do and Runner.Close.
//
// What was begun is taken back also when the run is interrupted meanwhile: nobody's
// gateway stays down because somebody pressed Ctrl-C.
package hook
