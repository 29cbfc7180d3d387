package backend

import "fmt"

// Kind says which server it is.
type Kind uint8

const (
	App     Kind = iota // Gives tokens out, and checks those of third parties.
	Address             // Tells clients where to connect.
)

// Kinds is how many kinds there are.
const Kinds = int(Address) + 1

func kindNames() [Kinds]string { return [Kinds]string{"app", "addressServer"} }

// String returns the server's name, as scenarios spell it.
func (k Kind) String() string {
	if int(k) >= Kinds {
		return fmt.Sprint(uint8(k))
	}
	return kindNames()[k]
}

// MarshalText writes app or addressServer.
func (k Kind) MarshalText() ([]byte, error) {
	if int(k) >= Kinds {
		return nil, fmt.Errorf("backend %d: no such value", uint8(k))
	}
	return []byte(k.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames() {
		if name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("backend %q: not one of app, addressServer", text)
}
