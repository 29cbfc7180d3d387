// Package page serves the live page of a run: the report's own charts, fed while it
// goes on.
//
// Most callers use Listen before anything is started, then New, Row for every sealed
// second, End, and Close. Row never waits: what it is given is folded in by a goroutine
// of the server's own, and figures are put into words when a reader asks, once a second
// for all of them. A reader asks for what comes after the moment that it has, and gets
// everything in one answer: whoever comes late has the whole run, and whoever is slow
// or gone costs nothing, because nothing is queued for anybody.
//
// It answers GET alone, to at most MaxReaders pages on at most maxConnections
// connections, under its own address alone (a Host header that is a name could be
// somebody else's), and holds nothing that is secret. It decides nothing about a run.
package page
