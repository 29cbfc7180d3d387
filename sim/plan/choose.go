package plan

import (
	"loginstorm/sim/chance"
)

// who turns a name into the owner of a stream of chance, so that an entry or a
// population that is added to a file shifts nobody else's draws. FNV-1a, 32 bits.
func who(name string) uint32 {
	h := uint32(0x811c9dc5)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 0x01000193
	}
	return h
}

// part returns round(ppm parts in a million of whole), halves up.
func part(ppm uint32, whole uint64) uint64 { return (uint64(ppm)*whole + 500_000) / 1_000_000 }

// choose calls take for exactly k of the numbers 0 to n-1, ascending, each set of
// k as likely as any other (selection sampling, Knuth 3.4.2 S).
func choose(seed uint64, purpose chance.Purpose, name string, n, k uint64, take func(i uint64)) {
	owner := who(name)
	for i := uint64(0); i < n && k > 0; i++ {
		if chance.Below(chance.Draw(seed, purpose, owner, uint32(i)), n-i) < k {
			take(i)
			k--
		}
	}
}

// offset returns the delay of one client within a spread: even over [0, spread).
func offset(seed uint64, name string, client uint32, spread Time) Time {
	if spread <= 0 {
		return 0
	}
	return Time(chance.Below(chance.Draw(seed, chance.Spread, who(name), client), uint64(spread)))
}

// shuffle puts numbers into an order of which each is as likely as any other
// (Fisher and Yates; Knuth 3.4.2 P).
func shuffle(seed uint64, name string, numbers []uint32) {
	owner := who(name)
	for i := len(numbers) - 1; i > 0; i-- {
		j := chance.Below(chance.Draw(seed, chance.Pick, owner, uint32(i)), uint64(i)+1)
		numbers[i], numbers[j] = numbers[j], numbers[i]
	}
}
