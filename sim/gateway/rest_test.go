package gateway

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRestIsPings: a gateway whose links rest does what one does that hears every ping,
// timeouts that are shortened and sessions that outlive their links included.
func TestRestIsPings(t *testing.T) {
	const every = 30 * time.Second
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{SessionTimeout: rapid.SampledFrom([]Time{20 * time.Second, 45 * time.Second, 90 * time.Second}).Draw(t, "timeout")}
		a := full(outer, 4, cfg)
		b := a.Clone()
		pace := b.Pace(every)
		for l := range Link(4) {
			a.Step(0, Input{Kind: Pinged, Link: l}, nil)
			b.Step(0, Input{Kind: Pinged, Link: l}, nil)
			b.Rest(l, pace)
		}
		for now := Time(0); now < 10*time.Minute; now += 5 * time.Second {
			in := Input{}
			switch rapid.IntRange(0, 40).Draw(t, "command") {
			case 0:
				in = Input{Kind: Commanded, Command: &Command{Kind: SetSessionTimeout, Downtime: 40 * time.Second}}
			case 1:
				in = Input{Kind: Commanded, Command: &Command{Kind: Restart, Node: AllNodes, KeepSessions: true, Downtime: time.Second}}
			}
			did, want := b.Step(now, in, nil), a.Step(now, in, nil)
			if fmt.Sprint(did) != fmt.Sprint(want) {
				t.Fatalf("%v: %v, want %v", now, did, want)
			}
			if now%every == 0 && now > 0 { // Behind whatever else happens then.
				for l := range Link(4) {
					a.Step(now, Input{Kind: Pinged, Link: l}, nil)
				}
			}
		}
	})
}
