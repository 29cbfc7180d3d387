package target

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Secret is a secret: the control port's, or an app's key. However it is printed, logged or
// marshalled, it shows nothing. The zero Secret is none.
type Secret struct {
	value *string // A pointer, so that not even reflection prints it by accident.
}

// NewSecret wraps a secret; "" is none.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Set reports whether there is a secret.
func (s Secret) Set() bool { return s.value != nil }

// hidden is what stands wherever a secret would be printed.
const hidden = "[secret]"

// Format prints that there is a secret, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// String returns "[secret]", or "" when there is none.
func (s Secret) String() string {
	if !s.Set() {
		return ""
	}
	return hidden
}

// LogValue hides the secret from structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// text returns the secret itself, "" when there is none.
func (s Secret) text() string {
	if !s.Set() {
		return ""
	}
	return *s.value
}

// is compares in a time that depends on neither secret. There must be one.
func (s Secret) is(offered string) bool {
	want, got := sha256.Sum256([]byte(*s.value)), sha256.Sum256([]byte(offered))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// bearer is the value of an Authorization header.
func (s Secret) bearer() string { return authScheme + *s.value }

// authScheme opens the Authorization header of the control port.
const authScheme = "Bearer "
