package virtual

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
)

// TestKnownAnswers counts the attempts of a client that drops at 0, when every
// attempt is refused at once and takes no time, up to and including 10, 60, 300
// and 900 s. Spec section 7, known answers, in virtual time.
func TestKnownAnswers(t *testing.T) {
	const drop = time.Second
	for policy, want := range map[string][4]float64{
		"nim-web": {2, 9, 39, 114}, "nim-ios": {2, 5, 9, 19}, "rongcloud": {6, 8, 12, 22}, "openim": {4, 10, 50, 147},
		"phoenix": {10, 20, 68, 188}, "slack-socket": {1, 4, 10, 18}, "full-jitter": {3.99, 6.63, 14.62, 34.62},
	} {
		clients, within := 1, 0.0
		if policy == "full-jitter" {
			// A count has a standard deviation below 3: four of the mean's.
			clients, within = 2000, 0.01+4*3/math.Sqrt(2000)
		}
		w := newWorld()
		if err := w.settings(map[string]string{"latency": "0s", "duration": "902s", "policy": "all"}); err != nil {
			t.Fatal(err)
		}
		for who := range clients {
			if err := w.client(fmt.Sprint(who), map[string]string{"reconnect": policy, "account": fmt.Sprint(who)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.step(drop, "restart", nil, map[string]string{"downtime": "3h"}); err != nil {
			t.Fatal(err)
		}
		var got [4]float64
		s, err := New(Config{Plan: w.plan, Watch: func(heard []client.Published) {
			for i := range heard {
				if heard[i].Action.Kind != login.Dial || heard[i].Action.Gen == 1 {
					continue
				}
				for n, until := range []time.Duration{10, 60, 300, 900} {
					if heard[i].At <= drop+until*time.Second {
						got[n]++
					}
				}
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		for n := range got {
			if got[n] /= float64(clients); math.Abs(got[n]-want[n]) > within {
				t.Errorf("%s: %v attempts, want %v", policy, got, want)
				break
			}
		}
	}
}
