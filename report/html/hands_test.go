//go:build browser

package html

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loginstorm/report/chromium"
)

// opened writes a page into a file and opens it, as wide and high as a desk has room for.
func opened(t *testing.T, text []byte, prepare ...chromium.Ask) *chromium.Tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return chromium.Start(t).Open("file://"+file, 1200, 900, prepare...)
}

// overTime are the stretches that the charts over time show, each once.
const overTime = `Array.from(new Set(Array.from(document.querySelectorAll(".chart")).filter(function (n) {
	return n.dataset.shown && n.id !== "c-percentiles" && n.id !== "c-recovery"; }).map(function (n) { return n.dataset.shown; }))).join("; ")`

// What a hand or a key does to one chart, all charts over time do.
func TestHandsOnCharts(t *testing.T) {
	tab := opened(t, pageOf(t, hour(t, 600)))
	tab.Until(`document.documentElement.dataset.inked`)
	whole := tab.Text(overTime)
	if whole != "0 600" {
		t.Fatalf("at first the charts show %q", whole)
	}
	tab.Drag("#c-rate .u-over", .25, .5)
	zoomed := tab.Text(overTime)
	var low, high float64
	if _, err := fmt.Sscanf(zoomed, "%g %g", &low, &high); err != nil || low < 140 || low > 160 || high < 290 || high > 310 || strings.Contains(zoomed, ";") {
		t.Errorf("a quarter of one chart was dragged across, and the charts show %q", zoomed)
	}
	tab.Eval(`document.querySelector("#c-limit").focus()`, nil)
	tab.Press("ArrowRight")
	first := tab.Text(`document.querySelector("[aria-live=polite].skip").textContent`)
	tab.Press("ArrowRight")
	second := tab.Text(`document.querySelector("[aria-live=polite].skip").textContent`)
	if first == second || !strings.Contains(second, "416 1") {
		t.Errorf("the keys lead from %q to %q", first, second)
	}
	tab.Press("+")
	if near := tab.Text(overTime); near == zoomed || strings.Contains(near, ";") {
		t.Errorf("+ leads from %q to %q", zoomed, near)
	}
	tab.Press("Escape")
	if got := tab.Text(overTime); got != whole {
		t.Errorf("after Esc the charts show %q", got)
	}
	if said, asked := tab.Said(), tab.Asked(); len(said) > 0 || len(asked) != 1 {
		t.Errorf("the console heard %q, and %q was asked for", said, asked)
	}
}

// Whoever has no mouse comes to every chart and to every curve's name.
func TestKeysAlone(t *testing.T) {
	tab := opened(t, pageOf(t, simulated(t, 42, plainly, false)))
	tab.Until(`document.documentElement.dataset.inked`)
	var charts, names int
	tab.Eval(`document.querySelectorAll(".chart").length`, &charts)
	met := map[string]bool{}
	for range 300 {
		tab.Press("Tab")
		at := tab.Text(`(function (n) { return n.classList.contains("chart") ? n.id : n.getAttribute("role") === "button" ? "name of " + n.closest(".chart").id : ""; })(document.activeElement)`)
		if strings.HasPrefix(at, "name of ") {
			names++
		}
		if met[at] = true; at == "" {
			delete(met, at)
		}
	}
	if charts == 0 || len(met) < 2*charts-1 || names < charts {
		t.Errorf("of %d charts the keys came to %v, and to %d names", charts, met, names)
	}
	tab.Eval(`document.querySelector("#c-rate [role=button]").focus()`, nil)
	tab.Press("Enter")
	var off int
	tab.Eval(`document.querySelectorAll("#c-rate .u-series.u-off").length`, &off)
	if off != 1 {
		t.Errorf("Enter on a name hides %d curves", off)
	}
}

// still counts the still pictures that are seen, and the charts that are drawn instead.
func still(tab *chromium.Tab) (pictures, charts int) {
	tab.Eval(`Array.from(document.querySelectorAll(".still svg")).filter(function (n) { return n.getBoundingClientRect().height > 100; }).length`, &pictures)
	tab.Eval(`Array.from(document.querySelectorAll(".chart canvas")).filter(function (n) { return n.getBoundingClientRect().height > 100; }).length`, &charts)
	return pictures, charts
}

// Where no script draws, still pictures do: without scripts, and when uPlot throws.
func TestStillPictures(t *testing.T) {
	text := pageOf(t, simulated(t, 42, plainly, false))
	all := len(charts(text))
	if pictures, drawn := still(opened(t, text)); pictures != 0 || drawn != all {
		t.Errorf("with scripts: %d still pictures, %d of %d charts", pictures, drawn, all)
	}
	off := chromium.Ask{Method: "Emulation.setScriptExecutionDisabled", Params: map[string]any{"value": true}}
	if pictures, drawn := still(opened(t, text, off)); pictures != all || drawn != 0 {
		t.Errorf("without scripts: %d of %d still pictures, %d charts", pictures, all, drawn)
	}
	const from, to = "var uPlot=function(){", "var uPlot=function(){throw new RangeError('planted');"
	o, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Replace(text, []byte(from), []byte(to), 1)
	for _, script := range o.scripts {
		if strings.Contains(script, from) { // The policy has to allow the script that throws.
			for _, escaped := range []string{sum(script), strings.NewReplacer("'", "&#39;", "+", "&#43;").Replace(sum(script))} {
				bad = bytes.Replace(bad, []byte(escaped), []byte(sum(strings.Replace(script, from, to, 1))), 1)
			}
		}
	}
	tab := opened(t, bad)
	if pictures, drawn := still(tab); pictures != all || drawn != 0 {
		t.Errorf("when uPlot throws: %d of %d still pictures, %d charts", pictures, all, drawn)
	}
	if !strings.Contains(strings.Join(tab.Said(), "\n"), "planted") || tab.Text(`document.querySelector("#unable").hidden + ""`) != "false" {
		t.Errorf("the page does not say why there are still pictures; the console heard %q", tab.Said())
	}
}

// The page is dark where the system is, fits a phone, and prints on white paper.
func TestLooks(t *testing.T) {
	dark := chromium.Ask{Method: "Emulation.setEmulatedMedia", Params: map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}}}
	tab := opened(t, pageOf(t, hour(t, 120)), dark)
	tab.Until(`document.documentElement.dataset.inked`)
	const paper = `getComputedStyle(document.body).backgroundColor`
	if got := tab.Text(paper); got != "rgb(15, 20, 25)" {
		t.Errorf("in the dark the page is %s", got)
	}
	pdf := tab.Print()
	if pages := bytes.Count(pdf, []byte("/Type /Page\n")); !bytes.HasPrefix(pdf, []byte("%PDF-")) || pages < 3 {
		t.Errorf("%d bytes of paper, %d pages", len(pdf), pages)
	}
	tab.Until(`document.documentElement.dataset.theme !== "light"`)
	tab.Eval(`document.querySelector("#theme").click()`, nil)
	if got := tab.Text(paper); got != "rgb(255, 255, 255)" {
		t.Errorf("the button makes the page %s", got)
	}
	for _, phone := range []int{390, 320} {
		tab.Size(phone, 800)
		var wide int
		tab.Eval(`new Promise(function (done) { requestAnimationFrame(function () { requestAnimationFrame(function () { done(document.documentElement.scrollWidth); }); }); })`, &wide)
		if wide > phone {
			t.Errorf("on a phone of %d pixels the page has %d: %s", phone, wide, tab.Text(`Array.from(document.querySelectorAll("body *")).filter(function (n) {
				return n.getBoundingClientRect().right > innerWidth + 1 && !n.closest(".wide"); }).map(function (n) { return n.tagName + "." + n.className; }).slice(0, 9).join(" ")`))
		}
	}
	if said := tab.Said(); len(said) > 0 {
		t.Errorf("the console heard %q", said)
	}
}
