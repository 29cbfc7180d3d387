package plan

import (
	"fmt"
	"io"
)

// Secret is a text that shows itself as "[secret]" wherever it is printed,
// formatted, logged or marshalled. Only Reveal gives it away. The text stands
// behind a pointer, because fmt reads unexported fields without asking methods.
type Secret struct{ text *string }

const hidden = "[secret]"

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is nothing to hide.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String returns "[secret]".
func (Secret) String() string { return hidden }

// GoString returns "[secret]".
func (Secret) GoString() string { return hidden }

// Format writes "[secret]" whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// MarshalText returns "[secret]".
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
