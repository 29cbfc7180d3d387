package scenario

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFactors(t *testing.T) {
	for text, want := range map[string]Factor{"1": 1000, "5": 5000, "1.5": 1500, "0.001": 1, "1000": 1_000_000, "12.125": 12125} {
		got, err := parseFactor(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "0.0004", "1000.001", "-1", "1e3", "1.2345", "5x", "NaN", "99999999999999999999"} {
		if got, err := parseFactor(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := Factor(rapid.Uint32Range(1, uint32(MaxFactor)).Draw(t, "factor"))
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var again Factor
		if err := json.Unmarshal(text, &again); err != nil || again != f {
			t.Fatalf("%d goes round over %s as %d: %v", f, text, again, err)
		}
	})
}

func TestSignedSpans(t *testing.T) {
	for text, want := range map[string]time.Duration{"30s": 30 * time.Second, "-30s": -30 * time.Second, "+1m": time.Minute, "-0s": 0, "-720h": -720 * time.Hour} {
		if got, err := parseSignedSpan(text); err != nil || time.Duration(got) != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{"": "is not a span", "-": "is not a span", "30": "unit missing", "-30": "unit missing: write -30s", "--3s": "one sign", "+-3s": "one sign", "-721h": "longer than 720h"} {
		if got, err := parseSignedSpan(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", text, got, err, want)
		}
	}
}

func TestRanges(t *testing.T) {
	for text, want := range map[string]Range{"17": {17, 17}, "100-199": {100, 199}, "5-5": {5, 5}, "0-4294967295": {0, 4294967295}, "000017": {17, 17}, "1 - 3": {1, 3}} {
		if got, err := parseRange(text); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "1-", "-1", "2-1", "1-2-3", "a", "0-4294967296", "1..2", "٣"} {
		if got, err := parseRange(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint32().Draw(t, "a"), rapid.Uint32().Draw(t, "b")
		want := Accounts{{min(a, b), max(a, b)}, {b, b}}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Accounts
		if err := json.Unmarshal(text, &got); err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Fatalf("%v goes round over %s as %v: %v", want, text, got, err)
		}
		if !got.Holds(a) || !got.Holds(b) || b > a && b-a > 1 && !got.Holds(a+1) {
			t.Fatalf("%v does not hold %d and %d", got, a, b)
		}
	})
}

// A repetition whose verb cannot be read is still there, so that what names it
// can be judged.
func TestSalvageKeepsRepetitions(t *testing.T) {
	f := Salvage("x.yaml", []byte("duration: 1m\npopulations: {a: {accounts: 1, clientType: web}}\ntimeline:\n"+
		"  - {name: x, every: 10s, times: 3, cut: {by: axe}}\n  - {name: y, at: 5s, every: 0s, times: 0, cut: {}}\n  - {name: z, cut: {}}\n"))
	if f == nil {
		t.Fatal("nothing is left")
	}
	if x := f.Timeline[0]; x.Name != "x" || x.Every == nil || x.At != Span(10*time.Second) || x.Times != 3 || x.Logout == nil {
		t.Errorf("%+v", x)
	}
	if y := f.Timeline[1]; y.Name != "y" || y.Every != nil || y.Times != 0 || y.At != Span(5*time.Second) {
		t.Errorf("%+v", y)
	}
	if z := f.Timeline[2]; z.Name != "z" || z.At != 0 || !f.Lost("timeline[2]") {
		t.Errorf("%+v", z)
	}
}
