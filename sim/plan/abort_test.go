package plan

import (
	"errors"
	"strings"
	"testing"

	"loginstorm/sim/scenario"
)

func TestAbortFaults(t *testing.T) {
	_, err := Compile(parse(t, file(t, "abort.yaml")), Options{})
	var faults scenario.Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	golden(t, "abort.golden", faults.Format())
	if strings.Contains(faults.Format(), "dsks\"; known") {
		t.Error("a population is told by more than its name")
	}
}

const watching = `
duration: 1m
target:
  metrics:
    - {name: gateway_errors, scrape: "http://127.0.0.1:1/metrics", series: "e{code=~'5..'}", of: e, rate: true, token: {env: X}}
    - {name: cpu, unit: percent, prometheus: "http://127.0.0.1:9090/", query: "cpu", every: 5s}
populations:
  desks: {accounts: 10, clientType: windows, arrive: [{atOnce: {}}]}
abort:
  - gateway_errors > 5 %
  - {when: "cpu > 90%", for: 10s, grace: 5s}
  - p99(connect_to_logged_in, last: 10s) > 5s
`

// TestAbortIsPlanned: what is asked and what ends the run is in the plan, and in its
// print without the secret; two plans that differ in it differ in their digests.
func TestAbortIsPlanned(t *testing.T) {
	p := compiled(t, watching, Options{MetricTokens: map[string]string{"gateway_errors": "canary"}})
	if len(p.Metrics) != 2 || len(p.Stops) != 3 || p.Metrics[0].Token.Reveal() != "canary" {
		t.Fatalf("%d series, %d conditions", len(p.Metrics), len(p.Stops))
	}
	if m := p.Metrics[1]; m.Unit != "share" || m.Scale != 0.01 || m.Every != 5e9 || m.Timeout != DefaultAnswer || m.URL() != "http://127.0.0.1:9090" {
		t.Errorf("%+v", m)
	}
	var b strings.Builder
	if err := p.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"rate(e{code=~'5..'}) of e at http://127.0.0.1:1/metrics", "every 2s", "gateway_errors > 5 %\n", "cpu > 90% for 10s   (not before 5s)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "canary") {
		t.Error("the token is printed")
	}
	if other := compiled(t, strings.ReplaceAll(watching, "90%", "91%"), Options{}); other.Digest() == p.Digest() {
		t.Error("another condition, the same digest")
	}
}

// TestAbortInVirtualTime: nobody is asked, and what cannot end it is said.
func TestAbortInVirtualTime(t *testing.T) {
	p := compiled(t, watching, Options{Virtual: true})
	text := strings.Join(p.Warnings, "\n")
	if len(p.Metrics) != 0 || len(p.Stops) != 1 || !strings.Contains(text, "2 series are left out") || !strings.Contains(text, "gateway_errors > 5 %; cpu > 90%") {
		t.Errorf("%d series, %d conditions, %q", len(p.Metrics), len(p.Stops), p.Warnings)
	}
}

func TestSelector(t *testing.T) {
	labels := map[string]string{"code": "503", "node": "2"}
	for text, want := range map[string]bool{
		"e": true, "f": false, "e{}": true, "e{code='503'}": true, `e{code="50"}`: false, "e{code=~'5..'}": true, "e{code=~'5'}": false,
		"e{code!='503'}": false, "e{code!~'4..', node='2',}": true, "e{zone=''}": true, "e{zone!=''}": false, "e { code = '503' }": true,
	} {
		s, err := ParseSelector(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := s.Picks("e", func(l string) string { return labels[l] }); got != want {
			t.Errorf("%s picks it: %v", text, got)
		}
	}
	for _, text := range []string{"", "1e", "e{", "e{code}", "e{code=503}", "e{code='503'", "e{code='503}", "e{='1'}", "e{code=~'('}", "e{a='1' b='2'}", "e}{"} {
		if _, err := ParseSelector(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func FuzzSelector(f *testing.F) {
	for _, seed := range []string{"e", "e{code=~'5..', node!=\"2\"}", "e{a='", "{", "a:b{x!~'(?i)y'}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSelector(text); err == nil {
			s.Picks(s.Name(), func(string) string { return text })
		}
	})
}
