// Package push sends what a gatherer holds to where nobody scrapes: to a remote-write
// receiver (Prometheus, Mimir, VictoriaMetrics ...) and to a Pushgateway. It is for runs
// that are over before Prometheus comes by.
//
// Most callers use Start, which sends every few seconds, and Sender.Close, which sends
// the last values and says what came of it all. A sender never holds its run: what it
// cannot deliver waits in a short queue, is tried again a few times, and is then dropped
// and counted. Close waits a few seconds at most.
//
// Remote write speaks version 1.0 of its protocol, which every receiver knows. All series
// get the labels job and instance, as a scrape would give them. Users and passwords of an
// address, and tokens, appear in no error and no result.
package push
