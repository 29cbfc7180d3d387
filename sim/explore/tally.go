package explore

import (
	"slices"
	"time"
)

// Tally is what an exploration came to. Outcomes are added in the order of their
// seeds, so that it does not depend on who tried them.
type Tally struct {
	Seeds    uint64 `json:"seeds"`    // That were drawn, the refused ones included.
	Refused  uint64 `json:"refused"`  // Draws that the plan refuses.
	Clients  uint64 `json:"clients"`  // Of all scenarios.
	Events   uint64 `json:"events"`   // That were carried out.
	Demanded uint64 `json:"demanded"` // Scenarios of which convergence was demanded.
	Storms   uint64 `json:"storms"`   // Of those: some clients found no room, and rightly so.
	Calm     uint64 `json:"calm"`     // Of those: what the gateway had was held against who was there.
	// Virtual is the time that was simulated, in seconds.
	Virtual  float64   `json:"virtual_seconds"`
	Verbs    []Hits    `json:"verbs"` // By name, in the order of the language.
	Findings []Finding `json:"findings"`
}

// Hits is how many entries had a verb.
type Hits struct {
	Verb string `json:"verb"`
	N    uint64 `json:"entries"`
}

// Finding is a fault that was found, with the first seed that found it.
type Finding struct {
	Seed      uint64   `json:"seed,omitempty"`
	Kind      string   `json:"kind"`
	Rule      uint8    `json:"rule,omitempty"`
	Says      string   `json:"says"`
	Last      []string `json:"last,omitempty"`
	File      string   `json:"file,omitempty"`    // The shrunk scenario.
	Replay    string   `json:"replay,omitempty"`  // The command line that shows it again.
	Entries   int      `json:"entries,omitempty"` // Of the shrunk scenario.
	Clients   int      `json:"clients,omitempty"`
	More      []uint64 `json:"more,omitempty"` // Further seeds that found the same, MostMore at most.
	Times     uint64   `json:"times"`          // How many seeds found it.
	signature string
}

// MostMore bounds the further seeds that are named.
const MostMore = 10

// NewTally returns a tally of nothing.
func NewTally() *Tally {
	t := &Tally{Findings: []Finding{}}
	for _, v := range verbs() {
		t.Verbs = append(t.Verbs, Hits{Verb: v.name})
	}
	return t
}

// Refuse counts a draw that the plan refuses.
func (t *Tally) Refuse() {
	t.Seeds++
	t.Refused++
}

// Add counts an outcome. It reports whether that is a fault that was not found
// before: the caller confirms and shrinks it, and fills in the rest of the Finding,
// which is the last one then.
func (t *Tally) Add(seed uint64, out *Outcome) bool {
	t.Seeds++
	if out.Refused != nil {
		t.Refused++
		return false
	}
	t.Clients += uint64(out.Clients)
	t.Events += out.Events
	t.Virtual += out.End.Truncate(time.Millisecond).Seconds()
	count(&t.Demanded, out.Demanded)
	count(&t.Storms, out.Storm)
	count(&t.Calm, out.Calm)
	for _, name := range out.Verbs {
		if i := slices.IndexFunc(t.Verbs, func(h Hits) bool { return h.Verb == name }); i >= 0 {
			t.Verbs[i].N++
		}
	}
	return out.Failure != nil && t.found(seed, out.Failure)
}

// found notes a failure and reports whether it is a new one.
func (t *Tally) found(seed uint64, f *Failure) bool {
	signature := f.Signature()
	for i := range t.Findings {
		if known := &t.Findings[i]; known.signature == signature {
			known.Times++
			if len(known.More) < MostMore {
				known.More = append(known.More, seed)
			}
			return false
		}
	}
	t.Findings = append(t.Findings, Finding{Seed: seed, Kind: f.Kind.String(), Rule: uint8(f.Rule), Says: f.String(), Last: f.Last, Times: 1, signature: signature})
	return true
}

func count[N int | uint64](n *N, yes bool) {
	if yes {
		*n++
	}
}
