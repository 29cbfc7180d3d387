// Package gateway is the server's side of a login: admission, the 416 limiter,
// accounts and tokens, multi-device policies, one session table shared by all
// nodes, kicks, online lists, data sync, and the commands that change a running
// gateway. Its rules are section 6 of the specification.
//
// Most callers use New, Gateway.Step and Gateway.Deadline. A Gateway never reads
// a clock, sleeps or does I/O: it is told what happened and when, and appends
// what is to be done. A judgement that has to wait (for a login worker, for the
// app server) is an output, and a later input brings the answer:
//
//	            steps 1, 2                         steps 3 to 8, in one piece
//	LoginAsked ------------> [queue] -> Work ... Worked -> 200, kicks, lists, sync
//	     |                                          |
//	     +-> 503, 416                               +-> AskApp ... AppAnswered -> as above
//
// It promises that equal inputs give equal outputs, that no input makes it
// panic, that its memory is bounded by links, sessions, accounts and the keys the
// limiter still needs, and that in the steady state a login allocates nothing.
//
// It does not encode messages, does not know sockets, and keeps no secrets: static
// tokens are compared by TokenDigest, and the signature of a dynamic one is verified
// by whoever hears the login, see Request.ReadDynamic. It runs none of the servers
// beside it: the app server is asked by an output, and a SetBackend command passes
// it by.
package gateway
