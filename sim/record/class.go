package record

// Class is what kind of storm it was, in the words of the study of metastable
// failures. Spec 9.
type Class uint8

const (
	// Unjudged: there is nothing to judge by. Nobody could have come back, or these figures
	// end before the trigger is gone and before it is known who stays out.
	Unjudged Class = iota
	// Calm: nobody dropped, nobody is kept out, and attempts succeeded.
	Calm
	// Recovered: those who should be loggedIn are, 99 % of them at least.
	Recovered
	// Recovering: they are not, but they come back at a rate that ends it.
	Recovering
	// Metastable: the trigger is gone, the overload stays, and retries sustain it: their work
	// is wasted, and nothing says that it ends.
	Metastable
	// LockedByRule: a rule keeps those who are missing out, a terminal status or a 416; no
	// capacity would let them in.
	LockedByRule
	// NotRecovered: they are missing and nothing brings them back. They gave up for lack of a
	// service that would have let them in, the trigger lasts, or more come than can be served.
	NotRecovered
)

// classes is how many classes there are.
const classes = int(NotRecovered) + 1

// Classes lists the words of the classes, Unjudged left out.
func Classes() []string {
	words := make([]string, 0, classes-1)
	for c := Calm; int(c) < classes; c++ {
		words = append(words, c.String())
	}
	return words
}

// String is the class's word in files and thresholds.
func (c Class) String() string {
	switch c {
	case Calm:
		return "calm"
	case Recovered:
		return "recovered"
	case Recovering:
		return "recovering"
	case Metastable:
		return "metastable"
	case LockedByRule:
		return "lockedOut"
	case NotRecovered:
		return "notRecovered"
	}
	return "unjudged"
}

// Phrase is the class for people.
func (c Class) Phrase() string {
	switch c {
	case Unjudged:
		return "not judged"
	case LockedByRule:
		return "locked out by rule"
	case NotRecovered:
		return "not recovered"
	}
	return c.String()
}

// MarshalText writes the class's word.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the class's word; one of a newer version is Unjudged.
func (c *Class) UnmarshalText(b []byte) error {
	for *c = NotRecovered; *c > Unjudged && c.String() != string(b); *c-- {
	}
	return nil
}

// Good reports whether those who should be loggedIn are.
func (c Class) Good() bool { return c == Calm || c == Recovered }

// Bad reports whether waiting does not bring back those who are missing.
func (c Class) Bad() bool { return c == Metastable || c == LockedByRule || c == NotRecovered }

// weight orders the classes by how much they say about a whole run.
func (c Class) weight() int {
	switch c {
	case Recovered:
		return 1
	case Unjudged:
		return 2
	case Recovering:
		return 3
	case NotRecovered:
		return 4
	case LockedByRule:
		return 5
	case Metastable:
		return 6
	}
	return 0
}
