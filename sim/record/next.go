package record

// Next is what a client that is not loggedIn does about it, as it says itself when the
// run ends.
type Next uint8

const (
	// Untold: nobody said. Only rows of an older version have it.
	Untold Next = iota
	// Tries: it is on its way, waits to try again or for a network, or its person is about
	// to press the button or to open the app.
	Tries
	// Spent: it gave up by itself. Its policy allows no further attempt, or its profile does
	// not try again after such a code. Spec 4, 7.
	Spent
	// Quits: a login by hand failed, and nobody presses the button again.
	Quits
	// Rests: it does nothing more, and not for a failure that it might try to mend: logged
	// out, dead, in a terminal status, or never asked.
	Rests
)

// String is the word of what a client does next in files; "" = not told.
func (n Next) String() string {
	switch n {
	case Tries:
		return "tries"
	case Spent:
		return "spent"
	case Quits:
		return "quits"
	case Rests:
		return "rests"
	}
	return ""
}

// MarshalText writes the word.
func (n Next) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads the word; one that is not known is Untold.
func (n *Next) UnmarshalText(b []byte) error {
	for *n = Rests; *n > Untold && n.String() != string(b); *n-- {
	}
	return nil
}
