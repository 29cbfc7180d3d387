package compare

import "fmt"

// Verdict is what a comparison says, of one figure or of all.
type Verdict uint8

const (
	// Same: whatever difference there is lies within the floor.
	Same Verdict = iota
	// Better and Worse: a difference beyond the floor that is no chance.
	Better
	// CannotTell: neither a difference nor its absence is shown.
	CannotTell
	// Invalid: the runs cannot be held against each other, or the figure is missing.
	Invalid
	// Worse is a regression.
	Worse
)

// String is the verdict as files and people have it.
func (v Verdict) String() string {
	switch v {
	case Same:
		return "same"
	case Better:
		return "better"
	case CannotTell:
		return "cannot tell"
	case Invalid:
		return "invalid"
	case Worse:
		return "worse"
	}
	panic("compare: verdict out of range")
}

// MarshalText writes the verdict's words.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the verdict's words.
func (v *Verdict) UnmarshalText(b []byte) error {
	for *v = Same; *v <= Worse; *v++ {
		if v.String() == string(b) {
			return nil
		}
	}
	return fmt.Errorf("read verdict: unknown word %q", b)
}
