package record

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Seconds is a span that files hold as a decimal number of seconds.
type Seconds time.Duration

// Duration is the span as the language knows it.
func (s Seconds) Duration() time.Duration { return time.Duration(s) }

// String is the span for people: 12.5ms.
func (s Seconds) String() string { return time.Duration(s).String() }

// MarshalJSON writes the exact number of seconds: 0.0125.
func (s Seconds) MarshalJSON() ([]byte, error) {
	whole, part := int64(s)/1e9, int64(s)%1e9
	out := make([]byte, 0, 24)
	if s < 0 {
		out, whole, part = append(out, '-'), -whole, -part
	}
	out = strconv.AppendInt(out, whole, 10)
	if part != 0 {
		out = fmt.Appendf(out, ".%09d", part)
		out = bytes.TrimRight(out, "0")
	}
	return out, nil
}

// UnmarshalJSON reads a number of seconds.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.Abs(v) > math.MaxInt64/1e9 {
		return fmt.Errorf("read seconds: %q is no number of seconds", b)
	}
	*s = Seconds(math.Round(v * 1e9))
	return nil
}
