package virtual

import (
	"fmt"
	"math"
	"testing"
	"time"

	"loginstorm/sim/record"
)

// silence is 2,000 phones whose links go half-open at once. Spec 7: a heartbeat every
// 30 s, its answer awaited for 8 s, then 5 probes 3 s apart.
func silence(arrive string) string {
	return fmt.Sprintf(`
name: silence
duration: 4m
network: {latency: 10ms}
populations:
  phones: {accounts: 2000, clientType: android, arrive: [%s]}
timeline:
  - {name: silence, at: 90s, cut: {by: halfOpen}}
`, arrive)
}

// detected runs a silence and returns how long those who were hit took to notice.
func detected(t *testing.T, arrive string) *record.Histogram {
	t.Helper()
	_, all := simulate(t, compile(t, silence(arrive)))
	h := all.Totals().Histogram(record.Detection, record.Filter{Entry: "silence"})
	if r := all.Recoveries()[0]; r.Hit != 2000 || r.Back != 2000 || h.Count() != 2000 {
		t.Errorf("%+v, %d detected", r, h.Count())
	}
	return h
}

// Logins over 60 s, so that pings are due evenly over 30 s: detection is uniform
// between 23 and 53 s.
func TestHalfOpenIsNoticedAsSpreadAsTheLoginsWere(t *testing.T) {
	h := detected(t, "{constant: {rate: 2000/m}}")
	const least, most = 23 * time.Second, 53 * time.Second
	const rounded = most / 100 // The histogram keeps two digits at least.
	if h.Min() < least-rounded || h.Max() > most+rounded {
		t.Errorf("noticed between %v and %v, want %v to %v", h.Min(), h.Max(), least, most)
	}
	for _, q := range []float64{0.1, 0.25, 0.5, 0.75, 0.9} {
		want := float64(least) + q*float64(most-least)
		if got := h.Quantile(q); math.Abs(float64(got)-want) > float64(rounded) {
			t.Errorf("quantile %v: %v, want %v", q, got, time.Duration(want))
		}
	}
}

// All logged in at 60 ms, so all ping at 90.06 s and notice 23 s later.
func TestHalfOpenIsNoticedAtOnceAfterASynchronisedLogin(t *testing.T) {
	h := detected(t, "{atOnce: {}}")
	const want = 23*time.Second + 60*time.Millisecond
	const rounded = want / 100
	if h.Min() < want-rounded || h.Max() > want+rounded {
		t.Errorf("noticed between %v and %v, want all at %v", h.Min(), h.Max(), want)
	}
}
