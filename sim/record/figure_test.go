package record

import (
	"math"
	"strings"
	"testing"
)

// A figure and a threshold about the same thing must say the same: the threshold's
// words are the second oracle.
func TestFiguresAreWhatThresholdsSay(t *testing.T) {
	a := storm()
	for text, bound := range map[string]string{
		"p99(connect_to_logged_in)":                                                       "77h",
		"p50(connect_to_logged_in, after: deploy)":                                        "77h",
		"p99.9(connect_to_logged_in, during: cut, population: phones, origin: reconnect)": "77h",
		"p99(connect_to_logged_in, origin: auto, during: cut)":                            "77h",
		"mean(connect_to_logged_in, origin: auto)":                                        "77h",
		"min(connect_to_logged_in)":                                                       "77h",
		"max(connect_to_logged_in)":                                                       "77h",
		"sum(connect_to_logged_in)":                                                       "77h",
		"time_to_recover(50%, after: cut)":                                                "77h",
		"time_to_recover(99%, after: deploy)":                                             "77h",
		"p90(time_back, entry: cut)":                                                      "77h",
		"rate(code: 416)":                                                                 "77%",
		"rate(code: 416, during: deploy)":                                                 "77%",
		"count(code: 416)":                                                                "77",
		"count(status: loggedIn, population: webs)":                                       "77",
		"count(kicks)":                                                                    "77",
		"herd_index(after: cut)":                                                          "77",
		"herd_index()":                                                                    "77",
		"amplification(after: cut)":                                                       "77",
		"amplification()":                                                                 "77",
		"waves(after: cut)":                                                               "77",
		"wasted()":                                                                        "77%",
		"stranded(after: cut)":                                                            "77%",
		"max(offered, after: cut)":                                                        "77",
		"mean(goodput)":                                                                   "77",
	} {
		f, err := ParseFigure(text)
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := ParseThreshold(text + " < " + bound)
		if err != nil {
			t.Fatal(err)
		}
		got, o := f.Of(a), want.Evaluate(a)
		if got.Known != o.Known || got.Reason != o.Reason && o.Value != "not yet" {
			t.Errorf("%s: %+v, but the threshold says %+v", text, got, o)
			continue
		}
		value := got.Value
		if f.Unit() == "seconds" {
			value *= 1e9
		}
		switch said := want.format(value); {
		case !o.Known:
		case math.IsInf(got.Value, 1):
			if o.Value != "not yet" && o.Value != "unbounded" {
				t.Errorf("%s: without a bound, but the threshold says %q", text, o.Value)
			}
		case said != o.Value || got.Count != o.Count:
			t.Errorf("%s: %s of %d, but the threshold says %s of %d", text, said, got.Count, o.Value, o.Count)
		}
	}
}

func TestFigureFaults(t *testing.T) {
	for text, want := range map[string]string{
		"p99(connect)":                      "unknown metric \"connect\"",
		"storm(after: cut)":                 "no number",
		"mean(offered, during: cut)":        "write after: cut",
		"p99(connect_to_logged_in) < 800ms": "unexpected token",
		"p99":                               "reads like",
		strings.Repeat("x", MaxThreshold+1): "longer than",
		"time_to_recover(99%)":              "time_to_recover(99%, after: entry)",
	} {
		if _, err := ParseFigure(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	f, err := ParseFigure("p99(connect_to_logged_in, after: nowhere)")
	if err != nil || f.Check(layout()) == nil || f.Of(storm()).Known {
		t.Errorf("an entry that there is not: %v, %v", err, f.Of(storm()))
	}
	if q, m, _, ok := f.Quantile(); ok || q != 0.99 || m != ConnectToLoggedIn {
		t.Errorf("%v %v %v", q, m, ok)
	}
}
