package scenario

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSchemaIsGolden(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/schema.golden.json", string(data))
	if strings.Contains(string(data), `"Who"`) {
		t.Error("an embedded struct shows in the schema")
	}
}

// TestEveryKeyIsDescribed keeps editors talkative.
func TestEveryKeyIsDescribed(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Description string
			Properties  map[string]struct {
				Ref         string `json:"$ref"`
				Description string
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for name, def := range schema.Defs {
		for key, p := range def.Properties {
			ref := strings.TrimPrefix(p.Ref, "#/$defs/")
			if p.Description == "" && schema.Defs[ref].Description == "" {
				t.Errorf("%s.%s has no description", name, key)
			}
		}
	}
}

// A span is read as it is written, microseconds too.
func TestSpansAreReadAsTheyAreWritten(t *testing.T) {
	for _, span := range []Span{0, 1, 1500, Span(1500 * time.Microsecond), Span(90 * time.Second), Span(1_000_001)} {
		text, err := json.Marshal(span)
		if err != nil {
			t.Fatal(err)
		}
		var got Span
		if err := json.Unmarshal(text, &got); err != nil || got != span {
			t.Errorf("%s is read as %v: %v", text, got, err)
		}
	}
}

func TestRatesAreExact(t *testing.T) {
	for text, want := range map[string]Rate{
		"500/s": {1, 2 * time.Millisecond}, "30/m": {1, 2 * time.Second}, "0.5/s": {1, 2 * time.Second}, "0/s": {0, time.Second},
		"3/h": {1, 20 * time.Minute}, "0.000001/h": {1, 3600000000 * time.Second}, "7/s": {7, time.Second}, "10000000/s": {1, 100},
	} {
		got, err := parseRate(text)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		whole, part := rapid.Uint64Range(0, 9_999_999).Draw(t, "whole"), rapid.Uint64Range(0, 999_999).Draw(t, "part")
		unit := rapid.SampledFrom([]string{"s", "m", "h"}).Draw(t, "unit")
		r, err := parseRate(fmt.Sprintf("%d.%06d/%s", whole, part, unit))
		if err != nil {
			t.Fatal(err)
		}
		per := map[string]int64{"s": 1, "m": 60, "h": 3600}[unit] * int64(time.Second)
		want := new(big.Rat).SetFrac(new(big.Int).SetUint64(whole*1_000_000+part), new(big.Int).Mul(big.NewInt(per), big.NewInt(1_000_000)))
		if got := big.NewRat(int64(r.Count), int64(r.Per)); got.Cmp(want) != 0 {
			t.Fatalf("%v, want %v", got, want)
		}
		if again, err := parseRate(r.String()); err != nil || again != r {
			t.Fatalf("%v goes round as %v: %v", r, again, err)
		}
	})
}

func TestSharesAreExact(t *testing.T) {
	for text, want := range map[string]Share{"0%": 0, "100%": 1_000_000, "33.3333%": 333_333, "0.0001%": 1, "33%": 330_000} {
		got, err := parseShare(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "1", "100.0001%", "-1%", "1e1%", ".5%", "5.%", "0.00001%", "999999999999999999999%", "٣%"} {
		if got, err := parseShare(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestVersions(t *testing.T) {
	if v, err := parseVersion("9.12.3"); err != nil || v != 91203 || v.String() != "9.12.3" {
		t.Error(v, err)
	}
	for _, text := range []string{"", "1", "1.2", "1.2.3.4", "1.100.0", "1.0.100", "a.b.c", "-1.0.0", "10000.0.0"} {
		if v, err := parseVersion(text); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	}
}

// TestValuesGoRound writes a file as JSON, which is YAML, and reads it again:
// the resolved scenario in a run directory is a scenario.
func TestValuesGoRound(t *testing.T) {
	for _, name := range []string{"sketch", "everything", "verbs"} {
		f := good(t, name)
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("again.json", data)
		if err != nil {
			t.Fatal(err)
		}
		f.source, f.places, again.source, again.places = source{}, nil, source{}, nil
		if diff := cmp.Diff(f, again, cmp.AllowUnexported(File{}, source{})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"accounts", "arrive", "clientType", "seed"}
	for word, want := range map[string]string{"acounts": "accounts", "accuonts": "accounts", "clienttype": "clientType", "sed": "seed", "xyz": "", "": "", strings.Repeat("a", 100): ""} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

// TestDistanceIsAMetric holds the distance against what it must be.
func TestDistanceIsAMetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ab]{0,6}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d < max(len(a), len(b))-min(len(a), len(b)) {
			t.Fatalf("%q %q: %d", a, b, d)
		}
	})
}

func TestPlacesSurvive(t *testing.T) {
	f := good(t, "sketch")
	for path, want := range map[string]Place{
		"duration":                                  {5, 11},
		"populations.phones":                        {15, 3},
		"populations.phones.clientType":             {18, 17},
		"populations.phones.arrive[0].ramp.to":      {22, 38},
		"timeline[1].cut.share":                     {26, 47},
		"timeline[1].cut.count":                     {26, 34},
		"thresholds[0]":                             {30, 5},
		"thresholds[1]":                             {31, 5},
		"gateway.auth.serviceTime.lognormal.p99":    {10, 77},
		"nothing":                                   {},
		"populations.phones.nothing.at[3].all.here": {15, 3},
	} {
		if got := f.At(path); got != want {
			t.Errorf("%s at %v, want %v", path, got, want)
		}
	}
	if !f.Has("gateway.nodes") || f.Has("gateway.linger") {
		t.Error("Has does not tell what the file has")
	}
	if fault := f.Fault("duration", "too long", "write less"); fault.String() != "testdata/good/sketch.yaml:5:11: too long" || fault.Excerpt != "duration: 3m" {
		t.Errorf("%+v", fault)
	}
	if !strings.HasPrefix(f.Description, "A gateway node dies") || !strings.HasSuffix(f.Description, "the rest?") {
		t.Errorf("description %q", f.Description)
	}
	if f.Thresholds[1].Text != "p99(connect_to_logged_in, during: node-loss) < 2s" || f.Thresholds[3].Text != "rate(code: 416) < 1%" {
		t.Errorf("thresholds %+v", f.Thresholds)
	}
}

// A colon and a space would end a plain text of YAML: a threshold needs no quotes.
func TestThresholdsNeedNoQuotes(t *testing.T) {
	for _, text := range []string{"p99(data_sync, during: x) < 2s", "p99.9(connect_to_logged_in, during: x, origin: auto) < 2s"} {
		f, err := Parse("x.yaml", []byte("duration: 1s\npopulations: {p: {accounts: 1, clientType: web}}\nthresholds:\n  - "+text+" # why\n"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := f.Thresholds[0].Text; got != text {
			t.Errorf("%q was read as %q", text, got)
		}
	}
}

func TestPopulationsKeepTheirOrder(t *testing.T) {
	var names []string
	for _, p := range good(t, "everything").Populations {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"zebras", "ants"}) {
		t.Error(names)
	}
}

func TestManyFaultsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\n")
	for i := range maxKeys - 10 {
		fmt.Fprintf(&b, "k%d: []\n", i)
	}
	_, err := Parse("x", []byte(b.String()))
	faults, ok := err.(Faults)
	if !ok || len(faults) > 2*maxFaults || strings.Count(faults.Format(), "\n") > 4*maxPrinted+1 {
		t.Errorf("%d faults", len(faults))
	}
}
