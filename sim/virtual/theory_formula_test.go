package virtual

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

// theory is what queueing theory says of a queue with Poisson arrivals, in front of
// workers that serve in the order of arrival, when it has forgotten how it began.
// Times are in units of the mean service time.
type theory struct {
	name    string
	workers int
	load    float64 // Mean number of busy workers: arrivals in a mean service time.
	waits   float64 // Probability of a wait.
	mean    float64 // Mean wait, of those who do not wait too.
	// beyond is the probability of a wait that is longer; nil = no closed form.
	beyond func(wait float64) float64
}

// rho is the load of each worker.
func (m theory) rho() float64 { return m.load / float64(m.workers) }

// erlangC is the probability of a wait before so many workers. Through Erlang's loss
// formula, which is a recursion without large numbers.
func erlangC(workers int, load float64) float64 {
	lost := 1.0
	for k := 1; k <= workers; k++ {
		lost = load * lost / (float64(k) + load*lost)
	}
	return lost / (1 - load/float64(workers)*(1-lost))
}

// mmc is M/M/c: exponential service. The wait of those who wait is exponential.
func mmc(workers int, rho float64) theory {
	load := rho * float64(workers)
	waits, idle := erlangC(workers, load), float64(workers)-load
	return theory{fmt.Sprintf("M/M/%d", workers), workers, load, waits, waits / idle, func(wait float64) float64 { return waits * math.Exp(-idle*wait) }}
}

// md1 is M/D/1: one worker, constant service.
func md1(rho float64) theory {
	atMost := md1Queue(rho)
	return theory{"M/D/1", 1, rho, rho, rho / (2 * (1 - rho)), func(wait float64) float64 {
		// Franx, "A simple solution for the M/D/c waiting time distribution", 2001: all terms
		// are positive, unlike those of Erlang's formula.
		k := int(wait) + 1
		left := rho * (float64(k) - wait)
		sum, term := 0.0, math.Exp(-left)
		for j := range k {
			sum += atMost(k-1-j) * term
			term *= left / float64(j+1)
		}
		return 1 - sum
	}}
}

// md1Queue returns the probability that at most n logins wait in M/D/1.
func md1Queue(rho float64) func(n int) float64 {
	// At least j arrivals in a service: Poisson's tail.
	tail := []float64{1}
	for p, j := math.Exp(-rho), 0; j < 200; j++ {
		tail = append(tail, max(0, tail[j]-p))
		p *= rho / float64(j+1)
	}
	of := func(j int) float64 {
		if j >= len(tail) {
			return 0
		}
		return tail[j]
	}
	// How many are in the system: Ramaswami's recursion for M/G/1, without a difference.
	in := []float64{1 - rho}
	sums := []float64{1 - rho}
	return func(n int) float64 {
		for len(in) <= n+1 {
			k := len(in)
			p := in[0] * of(k)
			for i := 1; i < k; i++ {
				p += in[i] * of(k-i+1)
			}
			p /= 1 - of(1)
			in, sums = append(in, p), append(sums, sums[k-1]+p)
		}
		return sums[n+1] // One is served.
	}
}

// mg1 is M/G/1 by Pollaczek and Khinchine: one worker, any service, of which the
// square has that mean.
func mg1(name string, rho, square float64) theory {
	return theory{name, 1, rho, rho, rho * square / (2 * (1 - rho)), nil}
}

// TestFormulas holds the judge to account before it judges: known values, and a
// second way to each formula.
func TestFormulas(t *testing.T) {
	near := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within*max(1e-9, math.Abs(want)) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	for _, rho := range []float64{0.1, 0.5, 0.95} {
		near("one worker", erlangC(1, rho), rho, 1e-12)
		near("two workers", erlangC(2, 2*rho), 2*rho*rho/(1+rho), 1e-12)
	}
	for _, workers := range []int{3, 10, 64} {
		load := 0.8 * float64(workers)
		want, _ := erlangSum(int64(workers)).Float64()
		near(fmt.Sprintf("%d workers", workers), erlangC(workers, load), want, 1e-10)
	}
	for _, rho := range []float64{0.3, 0.5, 0.8, 0.95} {
		d := md1(rho)
		near("the wait of nobody", d.beyond(0), rho, 1e-9)
		for _, wait := range []float64{0.25, 1, 1.5, 7.75, 20} {
			near(fmt.Sprintf("M/D/1 at %v beyond %v", rho, wait), d.beyond(wait), 1-erlangMD1(rho, wait), 1e-6)
		}
		// The mean is the area below the tail.
		for _, m := range []theory{d, mmc(1, rho), mmc(4, rho)} {
			const step = 1.0 / 64
			area := 0.0
			for x := step / 2; x < 40/(1-rho); x += step {
				area += m.beyond(x) * step
			}
			near(m.name+"'s mean", area, m.mean, 1e-3)
		}
		near("half of M/M/1", 2*d.mean, mmc(1, rho).mean, 1e-12)
		near("Pollaczek and Khinchine", mg1("", rho, 2).mean, mmc(1, rho).mean, 1e-12)
		near("Pollaczek and Khinchine", mg1("", rho, 1).mean, d.mean, 1e-12)
	}
}

// erlangSum is erlangC at a load of 80 %, as the textbooks write it, in fractions.
func erlangSum(workers int64) *big.Rat {
	load := big.NewRat(4*workers, 5)
	term, sum := big.NewRat(1, 1), new(big.Rat)
	for k := int64(1); k <= workers; k++ {
		sum.Add(sum, term)
		term.Mul(term, load).Quo(term, big.NewRat(k, 1))
	}
	term.Mul(term, big.NewRat(5, 1)) // 1 / (1 - rho).
	return term.Quo(term, sum.Add(sum, term))
}

// erlangMD1 is the probability of a wait that is not longer, by Erlang's sum of large
// numbers with changing signs: with hundreds of digits.
func erlangMD1(rho, wait float64) float64 {
	const digits = 2000 // Bits.
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(digits).SetFloat64(x) }
	exp := func(x *big.Float) *big.Float {
		sum, term := number(1), number(1)
		for k := 1; k < 400; k++ {
			term.Mul(term, x)
			term.Quo(term, number(float64(k)))
			sum.Add(sum, term)
		}
		return sum
	}
	sum := number(0)
	for k := 0; k <= int(wait); k++ {
		left := number(rho)
		left.Mul(left, number(wait-float64(k)))
		term := exp(left)
		for j := 1; j <= k; j++ {
			term.Mul(term, left)
			term.Quo(term, number(-float64(j)))
		}
		sum.Add(sum, term)
	}
	f, _ := sum.Mul(sum, number(1-rho)).Float64()
	return f
}
