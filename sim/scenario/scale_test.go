package scenario

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"
)

// TestScale tells what a factor does. Verbs:
//
//	file   the scenario
//	scale  by=thousandths; shows the lines that differ, then notes, or faults
func TestScale(t *testing.T) {
	var text string
	datadriven.RunTest(t, "testdata/scale", func(t *testing.T, d *datadriven.TestData) string {
		before, err := Parse("file.yaml", []byte(text))
		switch d.Cmd {
		case "file":
			text = d.Input + "\n"
			return shown(Parse("file.yaml", []byte(text)))
		case "scale":
			var by uint64
			d.ScanArgs(t, "by", &by)
			if err != nil {
				t.Fatal(err)
			}
			after, _ := Parse("file.yaml", []byte(text))
			notes, err := after.Scale(uint32(by))
			if err != nil {
				return shown(nil, err)
			}
			out := difference(indented(t, before), indented(t, after))
			for _, note := range notes {
				out = strings.TrimSuffix(out, "\n") + "\nnote: " + note
			}
			return out
		}
		return "no such verb"
	})
}

func TestScaleKeepsPlaces(t *testing.T) {
	f, plain := good(t, "verbs"), good(t, "verbs")
	if _, err := f.Scale(4000); err != nil {
		t.Fatal(err)
	}
	for path := range plain.places {
		if f.At(path) != plain.At(path) || !f.Has(path) {
			t.Errorf("%s at %v, was at %v", path, f.At(path), plain.At(path))
		}
	}
}

func TestScaleIsBounded(t *testing.T) {
	for _, by := range []uint32{0, 1_000_001} {
		if _, err := good(t, "sketch").Scale(by); err == nil {
			t.Errorf("scaled by %d", by)
		}
	}
	f := good(t, "sketch")
	if notes, err := f.Scale(1000); notes != nil || err != nil {
		t.Errorf("once as large: %v, %v", notes, err)
	}
	f.Populations[0].Accounts = 100_000_000
	_, err := f.Scale(1001)
	var faults Faults
	if !errors.As(err, &faults) || faults[0].Place.Line != 16 {
		t.Errorf("got %v, want a fault at the accounts", err)
	}
}

// TestScaledRatesAreExact holds scaled rates against fractions.
func TestScaledRatesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micro, by := rapid.Uint64Range(1, 9_000_000_000).Draw(t, "micro"), rapid.Uint64Range(1, 1_000_000).Draw(t, "by")
		r := reduce(micro, rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour}).Draw(t, "per"))
		want := new(big.Rat).Mul(big.NewRat(int64(r.Count), int64(r.Per)), big.NewRat(int64(by), 1000))
		s := scaler{file: &File{}, factor: Factor(by)}
		got := r
		s.rate(&got, "")
		if len(s.faults) > 0 {
			if float64(by)/1000*r.PerSecond() < MaxRate*0.999 {
				t.Fatal(s.faults)
			}
			return
		}
		off := new(big.Rat).Sub(want, big.NewRat(int64(got.Count), int64(got.Per)))
		off.Mul(off.Abs(off), new(big.Rat).SetInt64(int64(time.Hour))) // Events an hour.
		if off.Cmp(big.NewRat(1, 1_000_000)) > 0 {
			t.Fatalf("%v x %d: %v is off by %v an hour", r, by, got, off)
		}
		if again, err := parseRate(got.String()); err != nil || again != got {
			t.Fatalf("%v goes round as %v: %v", got, again, err)
		}
	})
}

// TestACrowdStaysTogether: clients that came at once in parts still come as many
// as there are, when all of them came so.
func TestACrowdStaysTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Uint32Range(1, 1000), 1, 20).Draw(t, "parts")
		by := rapid.Uint32Range(1000, 1_000_000).Draw(t, "by")
		f := &File{Populations: Populations{{Name: "p"}}}
		for i := range parts {
			f.Populations[0].Accounts += parts[i]
			f.Populations[0].Arrive = append(f.Populations[0].Arrive, Stage{AtOnce: &AtOnce{Count: parts[i]}})
		}
		if _, err := f.Scale(by); err != nil {
			t.Skip(err)
		}
		sum := uint32(0)
		for _, stage := range f.Populations[0].Arrive {
			sum += stage.AtOnce.Count
		}
		if sum != f.Populations[0].Accounts {
			t.Fatalf("%d come, of %d", sum, f.Populations[0].Accounts)
		}
	})
}

func TestThresholdsThatCount(t *testing.T) {
	for text, want := range map[string]bool{
		"count(code: 417) <= 10": true, "count(kicks) == 0": false, "p99(x) < 2s": false, "rate(code: 416) < 1%": false, "waves(after: x) < 3": true,
		"peak > 1_000": true, "": false, "count(kicks)": false, "x < 0.5": true, "x > 0.0": false,
	} {
		if got := countsClients(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
