package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Factor is how many times as much something is, in thousandths: 5, 1.5, 0.001.
// The zero Factor was not written.
type Factor uint32

// MaxFactor bounds a factor: a thousand times as much.
const MaxFactor Factor = 1_000_000

func parseFactor(text string) (Factor, error) {
	n, ok := decimal(text, 3)
	if !ok || n < 1 || n > uint64(MaxFactor) {
		return 0, fmt.Errorf("%q is not a factor: write a number from 0.001 to 1000 with at most three decimals", text)
	}
	return Factor(n), nil
}

// String returns the factor as a number.
func (f Factor) String() string { return strconv.FormatFloat(float64(f)/1000, 'f', -1, 64) }

// UnmarshalJSON reads a number.
func (f *Factor) UnmarshalJSON(data []byte) error {
	v, err := parseFactor(string(data))
	if err != nil {
		return err
	}
	*f = v
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (f Factor) MarshalJSON() ([]byte, error) { return []byte(f.String()), nil }

// JSONSchema describes a factor for editors.
func (Factor) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "number", Format: "factor", Minimum: "0.001", Maximum: "1000", MultipleOf: "0.001",
		Description: "How many times as much: a number from 0.001 to 1000 with at most three decimals.", Examples: []any{5, 1.5}}
}

// SignedSpan is a length of time that may be negative: "30s", "-30s". It is not
// longer than MaxSpan.
type SignedSpan time.Duration

func parseSignedSpan(text string) (SignedSpan, error) {
	number, minus := strings.CutPrefix(text, "-")
	if !minus {
		number = strings.TrimPrefix(text, "+")
	}
	d, err := parseSpan(number)
	switch {
	case strings.HasPrefix(number, "-") || strings.HasPrefix(number, "+"):
		err = fmt.Errorf("%q is not a span of time: one sign is enough", text)
	case err != nil && number != "" && strings.Trim(number, "0123456789.") == "":
		err = fmt.Errorf("unit missing: write %ss, not %s", text, text)
	}
	if minus {
		d = -d
	}
	return SignedSpan(d), err
}

// String returns the span as Go writes durations: -1m30s.
func (s SignedSpan) String() string { return time.Duration(s).String() }

// UnmarshalJSON reads a span with or without a sign.
func (s *SignedSpan) UnmarshalJSON(data []byte) error { return scalar(data, s, parseSignedSpan) }

// MarshalText writes what UnmarshalJSON reads.
func (s SignedSpan) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// JSONSchema describes a signed span for editors.
func (SignedSpan) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "signed-span", Pattern: `^[+-]?([0-9]+(\.[0-9]*)?(ns|us|ms|s|m|h))+$`,
		Description: "A span of time with its unit, and a minus sign where it goes back: 30s, -30s.", Examples: []any{"30s", "-30s"}}
}

// Range is accounts by their numbers, both ends among them.
type Range struct{ First, Last uint32 }

// Accounts is ranges of accounts, as they were written.
type Accounts []Range

func parseRange(text string) (Range, error) {
	from, to, dash := strings.Cut(text, "-")
	if !dash {
		to = from
	}
	first, bad := strconv.ParseUint(strings.TrimSpace(from), 10, 64)
	last, worse := strconv.ParseUint(strings.TrimSpace(to), 10, 64)
	switch {
	case bad != nil || worse != nil:
		return Range{}, fmt.Errorf("%q is no range of accounts: write numbers as generated names have them, such as 17 or 100-199", text)
	case max(first, last) > math.MaxUint32:
		return Range{}, fmt.Errorf("%q is no range of accounts: numbers end at %d", text, uint32(math.MaxUint32))
	case first > last:
		return Range{}, fmt.Errorf("%q is no range of accounts: its end comes before its begin", text)
	}
	return Range{uint32(first), uint32(last)}, nil
}

// String returns the range as a scenario writes it.
func (r Range) String() string {
	if r.First == r.Last {
		return strconv.FormatUint(uint64(r.First), 10)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// UnmarshalJSON reads a number or a range.
func (r *Range) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return scalar(data, r, parseRange)
	}
	var n uint32
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	*r = Range{n, n}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (r Range) MarshalJSON() ([]byte, error) {
	if r.First == r.Last {
		return []byte(r.String()), nil
	}
	return json.Marshal(r.String())
}

// UnmarshalJSON reads one range or a list.
func (a *Accounts) UnmarshalJSON(data []byte) error { return oneOrMore(data, (*[]Range)(a)) }

// Holds reports whether an account is among the ranges.
func (a Accounts) Holds(account uint32) bool {
	for _, r := range a {
		if r.First <= account && account <= r.Last {
			return true
		}
	}
	return false
}

// maxRanges bounds the ranges of one entry.
const maxRanges = 1000

// JSONSchema describes one range or a list. What is said of texts and numbers
// does not touch a list.
func (Accounts) JSONSchema() *jsonschema.Schema {
	item := func(types ...string) *jsonschema.Schema {
		return &jsonschema.Schema{Format: "accounts", Minimum: "0", Maximum: json.Number(strconv.Itoa(math.MaxUint32)), Extras: map[string]any{"type": types}}
	}
	s := item("integer", "string", "array")
	least, most := uint64(1), uint64(maxRanges)
	s.Items, s.MinItems, s.MaxItems = item("integer", "string"), &least, &most
	s.Description = "Accounts by the numbers in generated names: 17, \"100-199\", or a list of such."
	return s
}

// positive refuses a span of no length for keys of a mapping.
func positive(s *jsonschema.Schema, keys ...string) {
	for _, key := range keys {
		if p, ok := s.Properties.Get(key); ok {
			p.Format = "positive"
		}
	}
}

// oneAtLeast asks for one at least of keys of a mapping.
func oneAtLeast(s *jsonschema.Schema, keys ...string) {
	for _, key := range keys {
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Required: []string{key}})
	}
}

func parsePositive(text string) (Span, error) {
	d, err := parseSpan(text)
	if err == nil && d == 0 {
		return 0, fmt.Errorf("%q is no length of time: it must be longer than that", text)
	}
	return d, err
}
