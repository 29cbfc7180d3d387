package scenario

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Span is a length of time: "10s", "1m30s", "8ms". The unit is never left out;
// units are ns, us, ms, s, m, h. It is never negative.
type Span time.Duration

// MaxSpan bounds every span of a scenario: a run is not longer than 30 days.
const MaxSpan = Span(30 * 24 * time.Hour)

// Share is a part of a whole in parts in a million: "33%", "0.05%".
type Share uint32

// Rate is how often something happens, as a fraction without rounding: Count
// events every Per. "500/s", "30/m", "0.5/s".
type Rate struct {
	Count uint64
	Per   time.Duration
}

// MaxRate bounds a rate in events a second: more than any generator starts.
const MaxRate = 10_000_000

// Version is an SDK version as major*10000 + minor*100 + patch: "8.9.104" is
// refused, because minor and patch end at 99.
type Version uint32

func parseSpan(text string) (Span, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil && text != "" && strings.Trim(text, "0123456789.") == "":
		return 0, fmt.Errorf("unit missing: write %ss, not %s", text, text)
	case err != nil:
		return 0, fmt.Errorf("%q is not a span of time: write a number and its unit (ns, us, ms, s, m, h), such as 10s or 1m30s", text)
	case strings.HasPrefix(text, "+") || d < 0:
		return 0, fmt.Errorf("%q has a sign: a span of time has none", text)
	case Span(d) > MaxSpan:
		return 0, fmt.Errorf("%s is longer than 720h, the longest span of a scenario", text)
	case text == "0":
		return 0, fmt.Errorf("unit missing: write 0s, not 0")
	}
	return Span(d), nil
}

func parseShare(text string) (Share, error) {
	number, ok := strings.CutSuffix(text, "%")
	if !ok {
		if f, err := strconv.ParseFloat(text, 64); err == nil && f >= 0 && f <= 100 {
			return 0, fmt.Errorf("percent sign missing: write %s, not %s", percent(text), text)
		}
		return 0, fmt.Errorf("%q is not a share: write a percentage, such as 33%%", text)
	}
	ppm, ok := decimal(number, 4)
	switch {
	case !ok:
		return 0, fmt.Errorf("%q is not a share: write a percentage from 0%% to 100%% with at most four decimals, such as 33%% or 0.05%%", text)
	case ppm > 1_000_000:
		return 0, fmt.Errorf("share %s is more than 100%%", text)
	}
	return Share(ppm), nil
}

// percent returns how a number without a percent sign is written: what is below
// one may have been meant as a fraction.
func percent(number string) string {
	if f, err := strconv.ParseFloat(number, 64); err == nil && f > 0 && f < 1 {
		return fmt.Sprintf("%s%% (or %s%%)", strconv.FormatFloat(math.Round(f*1e6)/1e4, 'f', -1, 64), number)
	}
	return number + "%"
}

func parseRate(text string) (Rate, error) {
	number, unit, ok := strings.Cut(text, "/")
	if !ok {
		if f, err := strconv.ParseFloat(text, 64); err == nil && f >= 0 {
			return Rate{}, fmt.Errorf("unit missing: write %s/s, not %s", text, text)
		}
		return Rate{}, fmt.Errorf("%q is not a rate: write a number for a unit of time, such as 500/s or 30/m", text)
	}
	per := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
	micro, ok := decimal(number, 6)
	switch {
	case per == 0:
		return Rate{}, fmt.Errorf("%q is not a unit of a rate: /s, /m and /h are", "/"+unit)
	case !ok:
		return Rate{}, fmt.Errorf("%q is not a rate: write a number with at most six decimals for a unit of time, such as 500/s or 0.5/s", text)
	}
	r := reduce(micro, per)
	if r.PerSecond() > MaxRate {
		return Rate{}, fmt.Errorf("rate %s is more than %d/s", text, MaxRate)
	}
	return r, nil
}

// reduce returns micro millionths of an event every per, in lowest terms.
func reduce(micro uint64, per time.Duration) Rate {
	if micro == 0 {
		return Rate{0, time.Second}
	}
	r := big.NewRat(0, 1).SetFrac(new(big.Int).SetUint64(micro), new(big.Int).Mul(big.NewInt(int64(per)), big.NewInt(1_000_000)))
	return Rate{r.Num().Uint64(), time.Duration(r.Denom().Int64())}
}

// PerSecond returns the rate in events a second.
func (r Rate) PerSecond() float64 {
	if r.Per == 0 {
		return 0
	}
	return float64(r.Count) / float64(r.Per) * float64(time.Second)
}

func parseVersion(text string) (Version, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return 0, fmt.Errorf("%q is not a version: write major.minor.patch, such as 9.12.3", text)
	}
	var v Version
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || i > 0 && n > 99 || n > 9999 {
			return 0, fmt.Errorf("%q is not a version: major is at most 9999, minor and patch are at most 99", text)
		}
		v = v*100 + Version(n)
	}
	return v, nil
}

// decimal reads digits with at most places decimals as a whole number of the
// smallest place, without rounding.
func decimal(text string, places int) (uint64, bool) {
	whole, part, dot := strings.Cut(text, ".")
	if whole == "" || dot && part == "" || len(part) > places || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", places-len(part)), 10, 64)
	return n, err == nil && n <= math.MaxInt64
}

// String returns the span as a scenario writes it, which is as Go writes durations,
// but for microseconds: 1m30s, 1.5us.
func (s Span) String() string { return strings.Replace(time.Duration(s).String(), "µs", "us", 1) }

// String returns the share as a percentage.
func (s Share) String() string {
	return strconv.FormatFloat(float64(s)/10_000, 'f', -1, 64) + "%"
}

// String returns the rate as a scenario writes it, by the first unit of s, m and
// h in which it is exact.
func (r Rate) String() string {
	for _, unit := range []string{"s", "m", "h"} {
		span := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
		n := big.NewRat(1, 1).SetFrac(new(big.Int).Mul(new(big.Int).SetUint64(r.Count), big.NewInt(int64(span))), big.NewInt(max(int64(r.Per), 1)))
		text := n.FloatString(6)
		if exact, ok := new(big.Rat).SetString(text); ok && exact.Cmp(n) == 0 {
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "/" + unit
		}
	}
	return strconv.FormatFloat(r.PerSecond(), 'f', -1, 64) + "/s"
}

// String returns the version as major.minor.patch.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v/10000, v/100%100, v%100) }

// UnmarshalJSON reads a span as a scenario writes it.
func (s *Span) UnmarshalJSON(data []byte) error { return scalar(data, s, parseSpan) }

// UnmarshalJSON reads a percentage.
func (s *Share) UnmarshalJSON(data []byte) error { return scalar(data, s, parseShare) }

// UnmarshalJSON reads a rate as a scenario writes it.
func (r *Rate) UnmarshalJSON(data []byte) error { return scalar(data, r, parseRate) }

// UnmarshalJSON reads major.minor.patch.
func (v *Version) UnmarshalJSON(data []byte) error { return scalar(data, v, parseVersion) }

// MarshalText writes what UnmarshalJSON reads.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText writes what UnmarshalJSON reads.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText writes what UnmarshalJSON reads.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MarshalText writes what UnmarshalJSON reads.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func scalar[T any](data []byte, into *T, parse func(string) (T, error)) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	v, err := parse(text)
	if err != nil {
		return err
	}
	*into = v
	return nil
}

// JSONSchema describes a span for editors.
func (Span) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "span", Pattern: `^([0-9]+(\.[0-9]*)?(ns|us|ms|s|m|h))+$`,
		Description: "A span of time with its unit, such as 10s, 1m30s or 8ms.", Examples: []any{"10s", "500ms"}}
}

// JSONSchema describes a share for editors.
func (Share) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "share", Pattern: `^[0-9]+(\.[0-9]{1,4})?%$`,
		Description: "A part of a whole from 0% to 100%.", Examples: []any{"33%"}}
}

// JSONSchema describes a rate for editors.
func (Rate) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "rate", Pattern: `^[0-9]+(\.[0-9]{1,6})?/[smh]$`,
		Description: "How often: a number for a second, minute or hour.", Examples: []any{"500/s", "30/m"}}
}

// JSONSchema describes a version for editors.
func (Version) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "version", Pattern: `^[0-9]{1,4}\.[0-9]{1,2}\.[0-9]{1,2}$`,
		Description: "An SDK version: major.minor.patch.", Examples: []any{"9.12.3"}}
}
