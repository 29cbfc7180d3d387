package login

import (
	"math"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// attempts counts the dials of one client up to and including each horizon: it
// drops at 0, every attempt is refused at once and takes no time.
func attempts(p *Profile, client uint32, horizons ...Time) []int {
	m := NewMachine(p, client)
	buf := make([]Action, 0, 16)
	buf = m.Step(0, Event{Kind: Initialised, Call: 1}, buf[:0])
	buf = m.Step(0, Event{Kind: LoginCalled, Call: 2}, buf[:0])
	buf = m.Step(0, Event{Kind: LinkOpened, Gen: m.Gen()}, buf[:0])
	buf = m.Step(0, Event{Kind: Replied, Code: wire.Success, Gen: m.Gen()}, buf[:0])
	buf = m.Step(0, Event{Kind: LinkLost, Gen: m.Gen()}, buf[:0])
	counts := make([]int, 0, len(horizons))
	n := 0
	for _, horizon := range horizons {
		for at, ok := m.Deadline(); ok && at <= horizon; at, ok = m.Deadline() {
			buf = m.Step(at, Event{}, buf[:0])
			for i := range buf {
				if buf[i].Kind == Dial {
					n++
				}
			}
			buf = m.Step(at, Event{Kind: LinkFailed, Gen: m.Gen()}, buf[:0])
		}
		counts = append(counts, n)
	}
	return counts
}

// profileWith returns the Android profile under another policy.
func profileWith(t testing.TB, policy string) *Profile {
	t.Helper()
	p, ok := ProfileNamed("nim-android")
	if !ok {
		t.Fatal("no profile nim-android")
	}
	if p.Policy, ok = PolicyNamed(policy); !ok {
		t.Fatalf("no policy %s", policy)
	}
	p.Seed = 1
	return &p
}

var horizons = []Time{10 * time.Second, 60 * time.Second, 300 * time.Second, 900 * time.Second}

func TestKnownAnswers(t *testing.T) {
	for policy, want := range map[string][4]int{
		"nim-web":      {2, 9, 39, 114},
		"nim-ios":      {2, 5, 9, 19},
		"rongcloud":    {6, 8, 12, 22},
		"openim":       {4, 10, 50, 147},
		"phoenix":      {10, 20, 68, 188},
		"slack-socket": {1, 4, 10, 18},
	} {
		t.Run(policy, func(t *testing.T) {
			p := profileWith(t, policy)
			for client := range uint32(100) {
				if got := [4]int(attempts(p, client, horizons...)); got != want {
					t.Fatalf("client %d: %v, want %v", client, got, want)
				}
			}
		})
	}
}

func TestFullJitterKnownMeans(t *testing.T) {
	const clients = 60_000
	p := profileWith(t, "full-jitter")
	want := [4]float64{3.99, 6.63, 14.62, 34.62}
	var sum, squares [4]float64
	for client := range uint32(clients) {
		for i, n := range attempts(p, client, horizons...) {
			sum[i] += float64(n)
			squares[i] += float64(n) * float64(n)
		}
	}
	for i, want := range want {
		mean := sum[i] / clients
		sd := math.Sqrt(squares[i]/clients - mean*mean)
		// Four standard errors, and the rounding of the known value.
		bound := 4*sd/math.Sqrt(clients) + 0.01
		if math.Abs(mean-want) > bound {
			t.Errorf("up to %s: mean %.4f of %d clients, want %.2f +- %.4f", horizons[i], mean, clients, want, bound)
		}
		t.Logf("up to %s: %.4f (want %.2f, bound %.4f)", horizons[i], mean, want, bound)
	}
}
