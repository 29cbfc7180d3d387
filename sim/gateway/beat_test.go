package gateway

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loginstorm/sim/chance"
)

// TestRenewIsATickWithoutNews: where Renew says that it did all there was to do, a Tick
// would have done the same and said nothing; where it does not, a Tick that follows does
// what a Tick alone would have done.
func TestRenewIsATickWithoutNews(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{SessionTimeout: 90 * time.Second, Sync: chance.Dist{A: 30 * time.Second}}
		a := full(outer, 8, cfg)
		b, now := a.Clone(), Time(0)
		for range rapid.IntRange(1, 30).Draw(t, "rounds") {
			now += 15 * time.Second
			renewed := a.Renew(now)
			did, want := a.Step(now, Input{}, nil), b.Step(now, Input{}, nil)
			if renewed && len(want) > 0 || fmt.Sprint(did) != fmt.Sprint(want) {
				t.Fatalf("%v: renewed %t, %v, want %v", now, renewed, did, want)
			}
			for l := range Link(8) {
				got, want := a.AppendState(nil, uint32(l), []Link{l}), b.AppendState(nil, uint32(l), []Link{l})
				if string(got) != string(want) {
					t.Fatalf("%v: account %d differs", now, l)
				}
			}
			for l := range Link(8) { // Pings, some left out.
				if rapid.IntRange(0, 2).Draw(t, "ping") > 0 {
					a.Step(now, Input{Kind: Pinged, Link: l}, nil)
					b.Step(now, Input{Kind: Pinged, Link: l}, nil)
				}
			}
		}
	})
}
