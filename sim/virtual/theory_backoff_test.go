package virtual

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// attempts are those of the clients of a scenario whose links all drop at once, and
// whose every attempt is refused at once and takes no time: seconds since the drop, by
// client and in order. The recorder's count of dials, second by second, has to agree.
func attempts(t *testing.T, policy string, clients int) [][]float64 {
	t.Helper()
	const drop = time.Second
	p := compile(t, fmt.Sprintf(`
name: backoff
seed: 5
duration: 902s
gateway: {multiDevice: all}
network: {latency: 0s}
populations:
  phones: {accounts: %d, clientType: android, reconnect: %s, arrive: [{atOnce: {}}]}
timeline:
  - {name: halt, at: 1s, stop: {for: 3h}}
`, clients, policy))
	all := record.NewAggregate(p.Layout(), 1)
	made := make([][]float64, clients)
	seconds := make([]uint64, 902)
	s, err := New(Config{Plan: p, Sink: all.Add, Watch: func(heard []client.Published) {
		for i := range heard {
			h := &heard[i]
			if h.Action.Kind != login.Dial {
				continue
			}
			seconds[min(h.At/time.Second, 901)]++
			if h.At >= drop {
				made[h.Client] = append(made[h.Client], (h.At - drop).Seconds())
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i, row := range all.Sealed() {
		if row.Dials != seconds[i] {
			t.Errorf("%s: second %d: %d attempts are recorded, there were %d", policy, i, row.Dials, seconds[i])
		}
	}
	return made
}

// until counts attempts up to and including an instant.
func until(made []float64, at float64) int {
	n := 0
	for _, x := range made {
		if x <= at+1e-9 {
			n++
		}
	}
	return n
}

// delay is what a policy waits before an attempt, from the table of spec section 7 and
// no code: the list, and what follows it.
type delay struct {
	list   []float64
	then   func(n int) float64 // The n-th attempt, from 0, beyond the list.
	within float64             // Of what is below the cap: proportional jitter.
	counts [4]int              // Spec section 7, known answers: at 10, 60, 300 and 900 s.
}

func delays() map[string]delay {
	always := func(s float64) func(int) float64 { return func(int) float64 { return s } }
	return map[string]delay{
		"nim-web":      {[]float64{1.6, 3.2, 6.4}, always(8), 0.01, [4]int{2, 9, 39, 114}},
		"nim-ios":      {[]float64{2, 4, 6, 8, 16, 32}, always(64), 0, [4]int{2, 5, 9, 19}},
		"rongcloud":    {[]float64{0.05, 0.25, 0.5, 1, 2, 4, 8, 16, 32}, always(64), 0, [4]int{6, 8, 12, 22}},
		"openim":       {[]float64{0}, func(n int) float64 { return []float64{1, 2, 4, 8, 16}[(n-1)%5] }, 0, [4]int{4, 10, 50, 147}},
		"phoenix":      {[]float64{0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1, 2}, always(5), 0, [4]int{10, 20, 68, 188}},
		"slack-socket": {nil, func(n int) float64 { return 5 * float64(n+1) }, 0, [4]int{1, 4, 10, 18}},
	}
}

// TestAttemptsComeWhenTheTableSays: each single one, from the text of a scenario to
// the instant at which the client dials; and the known answers are their counts.
func TestAttemptsComeWhenTheTableSays(t *testing.T) {
	for policy, want := range delays() {
		const clients = 3
		for who, made := range attempts(t, policy, clients) {
			at := 0.0
			for n, got := range made {
				after, loose := 0.0, 1e-9
				if n < len(want.list) {
					after, loose = want.list[n], 1e-9+want.within*want.list[n]
				} else {
					after = want.then(n)
				}
				if math.Abs(got-at-after) > loose {
					t.Fatalf("%s: attempt %d of client %d came %v s behind the one before, want %v", policy, n, who, got-at, after)
				}
				at = got
			}
			for i, end := range []float64{10, 60, 300, 900} {
				if n := until(made, end); n != want.counts[i] {
					t.Errorf("%s: %d attempts of client %d within %v s, want %d", policy, n, who, end, want.counts[i])
				}
			}
		}
	}
}

// fullJitter returns how many attempts a client makes on average within spans of
// seconds, up to 900, when each delay is even between 0 and the lesser of 60 s and
// 2^n s. From the distribution of the n-th attempt's instant, which is an average of
// the one before it.
func fullJitter(ends ...float64) []float64 {
	const grid = 200 // Points a second.
	means := make([]float64, len(ends))
	by := make([]float64, 900*grid+1) // The attempt was made by then.
	for i := range by {
		by[i] = min(1, float64(i)/grid)
	}
	area := make([]float64, len(by))
	for n := 1; ; n++ {
		for i, end := range ends {
			means[i] += by[int(end*grid)]
		}
		if by[len(by)-1] < 1e-6 {
			return means
		}
		for i := 1; i < len(by); i++ {
			area[i] = area[i-1] + (by[i]+by[i-1])/2/grid
		}
		wide := min(60, math.Pow(2, float64(n)))
		for i := range by {
			by[i] = (area[i] - area[max(0, i-int(wide*grid))]) / wide
		}
	}
}

func jitterEnds() []float64 { return []float64{10, 60, 300, 900} }

// jitter holds what was observed of clients against full jitter: how many attempts
// there are, and each delay's distribution.
func jitter(made [][]float64, want []float64) []figure {
	var figures []figure
	for i, end := range jitterEnds() {
		const parts = 30
		means := make([]float64, parts)
		for who := range made {
			means[who%parts] += float64(until(made[who], end)) / float64(len(made)/parts)
		}
		f := figure{what: fmt.Sprintf("attempts within %v s", end), want: want[i]}
		f.got, f.half = interval(means)
		figures = append(figures, f)
	}
	even := func(x float64) float64 { return min(1, max(0, x)) }
	for n := range 10 {
		var parts []float64
		for _, at := range made {
			if len(at) > n {
				parts = append(parts, (at[n]-before(at, n))/min(60, math.Pow(2, float64(n))))
			}
		}
		figures = append(figures, renewal(fmt.Sprintf("delay %d", n), parts, even)...)
	}
	// The delays of one client, one behind the other.
	var parts []float64
	for _, at := range made {
		for n := range min(len(at), 12) {
			parts = append(parts, (at[n]-before(at, n))/min(60, math.Pow(2, float64(n))))
		}
	}
	return append(figures, renewal("delays", parts, even)...)
}

func before(at []float64, n int) float64 {
	if n == 0 {
		return 0
	}
	return at[n-1]
}

// TestFullJitterIsEven: the means of section 7 of the spec are those of the formula,
// what is observed agrees with it within the interval of the run, and another jitter
// does not.
func TestFullJitterIsEven(t *testing.T) {
	want := fullJitter(jitterEnds()...)
	for i, known := range []float64{3.99, 6.63, 14.62, 34.62} {
		if math.Abs(want[i]-known) > 0.01 {
			t.Errorf("the formula says %v, the table %v", want[i], known)
		}
	}
	figures := jitter(attempts(t, "full-jitter", 3000), want)
	for _, miss := range misses(figures) {
		t.Error(miss)
	}
	t.Logf("\n%s", table("full-jitter", 0, figures))
	for _, other := range []string{"equal-jitter", "{preset: full-jitter, cap: 55s}", "{preset: full-jitter, base: 1100ms}"} {
		if all := misses(jitter(attempts(t, other, 1500), want)); len(all) == 0 || !slices.ContainsFunc(all, func(m string) bool { return strings.HasPrefix(m, "attempts") }) {
			t.Errorf("%s passes for full jitter: %v", other, all)
		}
	}
}
