// Package login is the client of an instant-messaging gateway: the state
// machine that its SDK runs, the policies by which it comes back, and the person
// who holds the phone.
//
// Most callers make a Machine from a Profile, hand it events and the time, and
// carry out the actions that Step appends. A Profile bundles the timings of a
// platform with a reconnect Policy; both come as presets (ProfileNamed,
// PolicyNamed) or are put together by hand and checked with Validate. A Person
// watches what the machine publishes and works the app: they think, press the
// button again, lose patience, kill and reopen the app, log out, and take another
// account. What they are like is Habits.
//
//	          events, now                       actions
//	driver ---------------> Machine.Step ---------------------> driver
//	   ^                        |  published: status, kick, result
//	   |                        v
//	   +---- calls ------- Person.Step
//
// Everything here is a plain value: no clock, no goroutine, no lock, no I/O, and
// no allocation once the caller's buffers have grown. The same events at the
// same instants give the same actions; chance comes from the profile's seed and
// the client's number alone.
//
// It knows no sockets, no frames, no tokens and no server: those belong to the
// driver. The sections cited in comments are those of the login specification.
package login
