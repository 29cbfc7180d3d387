package virtual

import (
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/plan"
)

// The bounds that oracles judge by hold what the profiles and the network say.
func TestRulesBoundWhatCanBeBounded(t *testing.T) {
	w, err := read("latency=1s workers=2 queue=100 service=1s", "client a\nclient b profile=nim-web login=manual\n")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Rules(w.plan)
	// nim-android: 64 s + 10 s + 30 s; the queue 50 s; a dead link 53 s; six hops
	// of 1 s; slack.
	if want := (64 + 10 + 30 + 50 + 53 + 6 + 5) * time.Second; cfg.Bound != want {
		t.Errorf("bound %v, want %v", cfg.Bound, want)
	}
	if cfg.LongestCall != 65*time.Second || cfg.Silence != 64*time.Second {
		t.Errorf("longest call %v, silence %v", cfg.LongestCall, cfg.Silence)
	}
	w.plan.Populations[0].Profile.Policy.HonourHint = true
	w.plan.Gateway.Auth.Hint = time.Hour
	if got := Rules(w.plan).Bound; got != cfg.Bound+time.Hour {
		t.Errorf("with hints: bound %v", got)
	}
	w.plan.Steps = []plan.Step{{Kind: plan.Control, Command: &gateway.Command{Kind: gateway.SetAdmission, Admission: &gateway.Admission{Bucket: 1, Every: 2 * time.Hour}}}}
	if got := Rules(w.plan).Bound; got != cfg.Bound+2*time.Hour {
		t.Errorf("with buckets: bound %v", got)
	}
	w.plan.Target.URLs = []string{"ws://127.0.0.1:1/"}
	if got := Rules(w.plan).Bound; got != 0 {
		t.Errorf("with the hints of a foreign gateway: bound %v", got)
	}
	w.plan.Steps = []plan.Step{{Kind: plan.Fault, Fault: link.Fault{Kind: link.Delayed}}}
	if got := Rules(w.plan).Silence; got != 0 {
		t.Errorf("with delays: silence %v", got)
	}
}

// No draw of many comes near the bound of the network.
func TestSlowestBoundsEveryDraw(t *testing.T) {
	for _, d := range []chance.Dist{
		{A: time.Second}, {Shape: chance.Uniform, A: time.Second, B: time.Minute}, {Shape: chance.Exponential, A: time.Second},
		{Shape: chance.Normal, A: time.Second, B: time.Minute}, {Shape: chance.Lognormal, A: 8 * time.Millisecond, B: 40 * time.Millisecond},
	} {
		bound := slowest(&link.Config{Latency: d}) / 6
		for i := range uint32(200_000) {
			if got := d.Sample(chance.Draw(3, chance.LinkUp, 0, i)); got > bound {
				t.Fatalf("%+v: %v is above %v", d, got, bound)
			}
		}
	}
}
