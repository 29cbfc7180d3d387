// Package worlds visits every order of events of a very small world: two or three
// clients of one account, one gateway, and a network on which everything may take
// any time. What random runs may miss, it cannot: up to a stated depth there is no
// interleaving that it leaves out.
//
// Most callers use Explore. Clients (client.Virtual with its login.Machine) and
// gateway (gateway.Gateway) are the real ones; the network is a queue of messages
// for each direction of each link. In each state the choices that are open are
// listed, and each of them is made:
//
//	an app     starts, is killed, calls login, logout or kickOutOtherOnlineClient
//	a network  goes or comes; a link is reset, or half-open; a message arrives
//	a gateway  a worker is done with a login; the server kicks; a session times out
//	a timer    of a client expires: time-outs, delays, heartbeats
//
// Clocks are apart: a timer advances the clock of its owner alone, so that it may
// expire before or after anything that is on its way. Equal states are visited once;
// what a state is, and what is left out of it, Machine.AppendState and its like say.
// How often the outside may interfere is bounded (Budget), and then the number of
// states is, too: a small world is exhausted at some depth, see Result.Complete.
//
// Every step is judged by the oracles of package oracle and by the rules of this
// package (rules.go). From every state the world is left alone and must come to
// rest as it should (settle.go). What is broken is told with the shortest history
// that breaks it.
package worlds
