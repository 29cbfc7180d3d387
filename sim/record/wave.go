package record

import (
	"math"
	"slices"
	"time"
)

// Wave is a hump in the attempts that begin each second.
type Wave struct {
	At       Seconds `json:"at_seconds"`    // When it begins to rise, to the second.
	After    Seconds `json:"after_seconds"` // The same, since the fault.
	Until    Seconds `json:"until_seconds"` // When it has fallen.
	Peak     uint64  `json:"peak_per_second"`
	Attempts uint64  `json:"attempts"` // In it, from At until Until.
}

// What a wave is. Two humps are two waves when between them lies a valley that
//
//   - falls to half of the lower hump's peak or below (waveValley), and
//   - is no chance: if all attempts of the lower hump and of the valley came at one
//     rate, what was counted would be e^20 times less likely than at a rate each
//     (waveChance; the likelihood ratio of two Poisson rates).
//
// Of the humps that are so told apart, a wave is one that holds at least 10 attempts
// (waveLeast) and a tenth of the attempts of the largest (waveShare). A smooth decay has
// no valley, and noise has no valley that is no chance, however long the run. Waves less than 3 s
// apart run together when they are small: the series is of whole seconds.
const (
	waveValley = 2 // The valley is at most 1/waveValley of the lower peak.
	waveChance = 20
	waveLeast  = 10
	waveShare  = 10 // At least 1/waveShare of the largest.
	// waveBack is how far behind a rise a valley is looked for, seconds: what a search costs.
	waveBack = 300
	// waveEdge: a wave begins and ends where it is 1/waveEdge of its height above the valley.
	waveEdge = 10
)

// hump is a wave as places in a series.
type hump struct {
	from, until, peak int // until is not included.
	attempts          uint64
}

// humps finds the waves of a series of one-second counts.
func humps(x []uint32) []hump {
	var peaks, valleys []int // valleys[i] lies before peaks[i].
	if len(x) == 0 {
		return nil
	}
	start, peak, low := 0, 0, 0
	for j := 1; j < len(x); j++ {
		if x[j] <= x[low] {
			low = j
		}
		switch {
		case x[j] > x[low] && (j+1 == len(x) || x[j] >= x[j+1] || x[j] > x[peak]) && apart(x, start, peak, low, j):
			peaks, valleys = append(peaks, peak), append(valleys, start)
			start, peak, low = low, j, j
		case x[j] > x[peak]:
			peak, low = j, j
		}
	}
	peaks, valleys = append(peaks, peak), append(valleys, start)
	valleys = append(valleys, len(x)-1)
	all := make([]hump, 0, len(peaks))
	var most uint64
	for i, p := range peaks {
		h := edges(x, valleys[i], p, valleys[i+1])
		most = max(most, h.attempts)
		all = append(all, h)
	}
	return slices.DeleteFunc(all, func(h hump) bool { return h.attempts < waveLeast || h.attempts*waveShare < most })
}

// apart reports whether the hump with its peak at one place and a rise to another
// are told apart by what lies between them; low is the lowest place there, start where
// the hump begins.
func apart(x []uint32, start, peak, low, rise int) bool {
	lower := min(x[peak], x[rise])
	below := func(i int) bool { return waveValley*uint64(x[i]) <= uint64(lower) }
	if lower == 0 || !below(low) {
		return false
	}
	var valley, hump uint64 // Of the longest stretch that is low all the time.
	var long, wide int
	var sum uint64
	run := 0
	for i := rise - 1; i > peak && i >= rise-waveBack; i-- {
		if sum, run = sum+uint64(x[i]), run+1; !below(i) {
			sum, run = 0, 0
		}
		if run > long {
			valley, long = sum, run
		}
	}
	at, first := rise, peak+1 // Seconds of the lower hump.
	if x[peak] < x[rise] {
		at, first = peak, start
	}
	for i := at; i >= first && !below(i); i-- {
		hump += uint64(x[i])
		wide++
	}
	for i := at + 1; i < rise && !below(i); i++ {
		hump += uint64(x[i])
		wide++
	}
	return likelihood(hump, wide, valley, long) >= waveChance
}

// likelihood is the logarithm of how much likelier two counts are at a Poisson rate
// each than at one rate for both.
func likelihood(a uint64, wide int, b uint64, long int) float64 {
	if wide == 0 || long == 0 {
		return 0
	}
	rate := float64(a+b) / float64(wide+long)
	part := func(n uint64, seconds int) float64 {
		if n == 0 {
			return 0
		}
		return float64(n) * math.Log(float64(n)/(float64(seconds)*rate))
	}
	return part(a, wide) + part(b, long)
}

// edges finds where a hump begins and ends between two valleys.
func edges(x []uint32, left, peak, right int) hump {
	h := hump{from: peak, until: peak + 1, peak: peak, attempts: uint64(x[peak])}
	above := func(i int, valley uint32) bool {
		base := float64(valley)
		return float64(x[i]) > base+max((float64(x[peak])-base)/waveEdge, 3*math.Sqrt(base))
	}
	before, behind := slices.Min(x[left:peak+1]), slices.Min(x[peak:right+1])
	if left == 0 { // What was before the first one is not seen: a herd may begin with a bang.
		before = min(before, behind)
	}
	for h.from > left && above(h.from-1, before) {
		h.from--
		h.attempts += uint64(x[h.from])
	}
	for h.until <= right && above(h.until, behind) {
		h.attempts += uint64(x[h.until])
		h.until++
	}
	return h
}

const (
	// regularLeast is how many waves in a row one period has to explain, regularSlack
	// how far a gap may be off it: a second, or a tenth of it where that is more.
	regularLeast = 3
	regularSlack = 10
	// regularDrift is how far off the gaps behind it the first one may be, seconds: those
	// of a backoff grow until its cap, and only then there is a period.
	regularDrift = 0.75
)

// rhythm looks for a period: the longest row of waves whose gaps are alike. It
// must hold at least three waves and half of all gaps. Seconds; 0 = none.
func rhythm(all []hump) (period float64, waves int) {
	gaps := make([]int, 0, len(all))
	for i := 1; i < len(all); i++ {
		gaps = append(gaps, all[i].from-all[i-1].from)
	}
	if len(gaps) < regularLeast-1 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(gaps))
	middle := sorted[len(sorted)/2]
	slack := max(1, middle/regularSlack)
	alike := func(g int) bool { return g >= middle-slack && g <= middle+slack }
	var row []int // The longest one.
	for at := 0; at < len(gaps); at++ {
		end := at
		for end < len(gaps) && alike(gaps[end]) {
			end++
		}
		if end-at > len(row) {
			row = gaps[at:end]
		}
		at = end
	}
	for len(row) > 2 && math.Abs(float64(row[0])-average(row[1:])) > regularDrift {
		row = row[1:] // Still on its way to the cap.
	}
	if waves = len(row) + 1; waves < regularLeast || 2*len(row) < len(gaps) {
		return 0, 0
	}
	return average(row), waves
}

func average(x []int) float64 {
	sum := 0
	for _, v := range x {
		sum += v
	}
	return float64(sum) / float64(len(x))
}

// waves counts the waves from the fault to a second.
func (r *reading) waves(s *Storm, until int) {
	x := r.loadOf(s, s.from, until)
	found := humps(x)
	s.WaveCount, s.Waves = len(found), nil
	period, regular := rhythm(found)
	s.Period, s.Regular = Seconds(math.Round(period*10))*Seconds(time.Second/10), regular
	for _, h := range found[:min(len(found), maxWaves)] {
		from := Seconds(s.from+h.from) * Seconds(secondSpan)
		s.Waves = append(s.Waves, Wave{At: from, After: max(0, from-s.At), Until: Seconds(s.from+h.until) * Seconds(secondSpan),
			Peak: uint64(x[h.peak]), Attempts: h.attempts})
	}
	if len(found) > 1 {
		s.timedOut = r.timedOut(s.from+found[0].from, s.from+found[len(found)-1].from)
	}
	s.pace = r.pace(s.From, s.Until)
}

// timedOut is the share of the attempts of a stretch that failed, that timed out (408).
func (r *reading) timedOut(from, until int) float64 {
	timedOut := load(r.line.timedOut, from, until).Total
	failed := load(r.line.failed, from, until).Total
	if failed == 0 {
		return 0
	}
	return float64(timedOut) / float64(failed)
}
