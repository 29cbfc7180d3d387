package html

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loginstorm/report/rundir"
)

// charts are the ids of the charts of a page in their order.
func charts(text []byte) (ids []string) {
	parts := strings.Split(string(text), `<div class="chart" id="c-`)
	for _, part := range parts[1:] {
		id, _, _ := strings.Cut(part, `"`)
		ids = append(ids, id)
	}
	return ids
}

// A restart of the gateway has every panel, and a chart in each that something
// happened in; the others say that nothing did.
func TestPageOfARestart(t *testing.T) {
	text := pageOf(t, simulated(t, 42, plainly, false))
	o := hold(t, text)
	for _, id := range []string{"verdict", "thresholds", "asked", "timeline", "clients", "load", "latency", "phases", "storms", "kicked", "limited", "health", "machine", "scenario", "assumed"} {
		if !o.ids[id] {
			t.Errorf("the page lacks the panel %s", id)
		}
	}
	if got, want := charts(text), []string{"status0", "rate", "codes0", "latency", "percentiles", "heat0", "phases0", "recovery"}; !slices.Equal(got, want) {
		t.Errorf("charts %v, want %v", got, want)
	}
	for _, want := range []string{"<title>PASS gateway-restart</title>", "Nobody was pushed out.", "Nobody was refused with 416.", "nothing was late", "Do they all come back?",
		`<p class="question more">Twice.</p>`, "loginstorm simulate restart.yaml --seed 42", "the whole run", ">1 deploy</text>", ">2 crash</text>", "MIT License"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if bytes.Contains(text, []byte(os.TempDir())) {
		t.Error("the page tells where the run directory lies")
	}
}

// A run on sockets in which everything happens has every chart that there is, and an
// hour of it does not make the page large.
func TestPageOfAnHour(t *testing.T) {
	text := pageOf(t, hour(t, 3600))
	hold(t, text)
	if got, want := charts(text), []string{"status0", "rate", "codes0", "latency", "percentiles", "heat0", "phases0", "recovery", "kicks", "limit", "lateness", "cpu"}; !slices.Equal(got, want) {
		t.Errorf("charts %v, want %v", got, want)
	}
	for _, want := range []string{"INVALID", "The figures below are about the generator", "CPU, cores on average", "kick delivery:", "first 416 to the next 200", "noticed after", "busiest second"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Equal directories give equal bytes, wherever they lie.
func TestPageIsTheSameTwice(t *testing.T) {
	first, second := simulated(t, 42, plainly, false), simulated(t, 42, plainly, false)
	a := pageOf(t, first, first)
	for range 3 {
		if !bytes.Equal(a, pageOf(t, first, second)) {
			t.Fatal("the page is another one")
		}
	}
	if bytes.Equal(a, pageOf(t, first, simulated(t, 43, plainly, false))) {
		t.Error("another seed gives the same page")
	}
}

// Runs that lie over each other have charts of their own and together.
func TestPageOfSeveralRuns(t *testing.T) {
	a, b := simulated(t, 42, plainly, false), simulated(t, 43, plainly, false)
	text := pageOf(t, a, b)
	o := hold(t, text)
	if !o.ids["beside"] || !bytes.Contains(text, []byte("These runs cannot be held against each other")) {
		t.Error("two seeds are not told apart")
	}
	if got, want := charts(text), []string{"loggedin", "status0", "status1", "rate", "failures", "codes0", "codes1", "latency", "percentiles", "heat0", "heat1", "phases0", "phases1", "recovery"}; !slices.Equal(got, want) {
		t.Errorf("charts %v, want %v", got, want)
	}
	most := slices.Repeat([]*rundir.Run{a}, MaxRuns)
	hold(t, pageOf(t, most...))
	for _, runs := range [][]*rundir.Run{nil, append(most, b)} {
		if err := Write(io.Discard, runs...); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d runs", len(runs))) {
			t.Errorf("%d runs: %v", len(runs), err)
		}
	}
}

// A run that was killed is shown as far as its files go, also when they are damaged.
func TestPageOfAKilledRun(t *testing.T) {
	run := simulated(t, 42, plainly, true)
	text := pageOf(t, run)
	hold(t, text)
	if got := charts(text); !slices.Contains(got, "status0") || !slices.Contains(got, "heat0") || !slices.Contains(got, "recovery") {
		t.Errorf("charts %v", got)
	}
	for _, want := range []string{"NO VERDICT", "Ended early:", "the run was killed"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	series := filepath.Join(run.Dir, rundir.SeriesFile)
	whole, err := os.ReadFile(series)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(series, whole[:len(whole)*2/3], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"connect_to_logged_in" + rundir.LogSuffix, rundir.ScenarioFile} {
		if err := os.Remove(filepath.Join(run.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if run, err = rundir.Read(run.Dir); err != nil {
		t.Fatal(err)
	}
	text = pageOf(t, run)
	hold(t, text)
	for _, want := range []string{"What is missing:", "The scenario is missing."} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if slices.Contains(charts(text), "heat0") {
		t.Error("a map of logins without a log of them")
	}
}

// A run that ended before its first second is a page, too.
func TestPageOfNothing(t *testing.T) {
	text := pageOf(t, hour(t, 0))
	hold(t, text)
	if got := charts(text); len(got) > 0 {
		t.Errorf("charts %v of nothing", got)
	}
	if !bytes.Contains(text, []byte("No second of the run was written.")) {
		t.Error("the page does not say why there is nothing to see")
	}
}

// full is a writer that takes nothing.
type full struct{ calls int }

var errFull = errors.New("no space left")

func (f *full) Write([]byte) (int, error) { f.calls++; return 0, errFull }

// A page comes in one piece, and who cannot take it is told.
func TestPageThatCannotBeWritten(t *testing.T) {
	var f full
	if err := Write(&f, hour(t, 3)); !errors.Is(err, errFull) || f.calls != 1 {
		t.Errorf("%v after %d writes", err, f.calls)
	}
}

// The checks themselves: each finds the fault that it is there for.
func TestChecksFindPlantedFaults(t *testing.T) {
	text := string(pageOf(t, simulated(t, 42, plainly, false)))
	if found := wrongs([]byte(text)); len(found) > 0 {
		t.Fatalf("a page without a fault: %q", found)
	}
	for _, planted := range []struct{ from, to, want string }{
		{"<main>", `<main><img src="https://example.com/a.png">`, "refers to something: src=https://example.com/a.png"},
		{"<main>", `<main><img src="//example.com/a.png">`, "refers to something"},
		{"<main>", `<main><a href="https://example.com">x</a>`, "refers to something: href"},
		{"<main>", `<main onclick="x()">`, "refers to something: onclick"},
		{"<main>", `<main><script>alert(1)</script>`, "3 scripts"},
		{"<main>", `<main><script>alert(1)</script>`, "the policy does not name"},
		{`href="#load"`, `href="#lost"`, "leads nowhere: #lost"},
		{"default-src &#39;none&#39;", "default-src *", "the policy lacks default-src"},
		{"script-src ", "script-src &#39;unsafe-inline&#39; ", "allows too much"},
		{`http-equiv="Content-Security-Policy"`, `name="policy"`, "the policy lacks"},
		{`"use strict";`, `"use strict"; fetch("/x");`, "speaks of fetch("},
		{`id="c-rate"`, `id="c-rat"`, "chart rate has no place"},
		{`<summary>As a table</summary><div class="wide">`, `<summary>As a table</summary><div class="wide"><table></table>`, "has 2 tables"},
		{`<div class="still"><svg`, `<div class="still"><b></b><svg`, "has no picture"},
		{`<div class="still"><svg`, `<div class="still"><svg><path class="c0" d="M1 NaN"/></svg><svg`, "NaN"},
		{`{"id":"rate",`, `{"id":"speed",`, "chart speed has no place"},
		{`"values":[`, `"values":[1,`, "values at"},
		{`<div class="chart" `, `<div aria-roledescription="chart"></div><div class="chart" `, "places for"},
		{`"name":"logged`, `"name":"<logged`, "could end its element"},
		{"</main>", "</main>" + strings.Repeat(" ", sizeLimit), "bytes"},
	} {
		bad := strings.Replace(text, planted.from, planted.to, 1)
		if bad == text {
			t.Errorf("%s is not in the page", planted.from)
		}
		if found := strings.Join(wrongs([]byte(bad)), "\n"); !strings.Contains(found, planted.want) {
			t.Errorf("%s for %s: %q is not in %q", planted.to[:min(len(planted.to), 60)], planted.from, planted.want, found)
		}
	}
}
