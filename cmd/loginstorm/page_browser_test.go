//go:build browser

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"loginstorm/report/chromium"
)

const watchedScenario = `# Does a page show what goes on?
name: watched
duration: %s
gateway: {auth: {workers: 8, queue: 100, serviceTime: 5ms}}
populations:
  phones: {accounts: 60, clientType: android, profile: nim-android, login: auto, arrive: [{constant: {rate: 20/s, for: 3s}}]}
timeline:
  - {name: half, at: 4s, cut: {share: 50%%, of: phones, by: reset}}
`

// going is a run in a process of its own, with its live page.
type going struct {
	cmd *exec.Cmd
	url string
}

// goes begins a run of so long a time that serves its page on an address.
func goes(t *testing.T, duration, ui string) *going {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, scenario := filepath.Join(dir, "loginstorm"), filepath.Join(dir, "watched.yaml")
	binary, err := os.ReadFile(self) // A link would not do: the embedded gateway is this program once more, by its own name.
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(program, binary, 0o755), os.WriteFile(scenario, fmt.Appendf(nil, watchedScenario, duration), 0o644)); err != nil {
		t.Fatal(err)
	}
	g := &going{cmd: exec.Command(program, "run", scenario, "--ui", ui, "--metrics", "off", "--out", filepath.Join(dir, "out"))}
	said, err := g.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.cmd.Process.Kill(); _ = g.cmd.Wait() })
	lines := bufio.NewScanner(said)
	for g.url == "" && lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) == 2 && words[0] == "page" {
			g.url = words[1]
		}
	}
	if g.url == "" {
		t.Fatal("the run does not say where its page is")
	}
	go func() {
		for lines.Scan() { // It must not wait for somebody who reads.
		}
	}()
	return g
}

// The charts of a real run move in a real browser, a stretch that somebody looks at
// stays, and the page says how it ended.
func TestLivePageInABrowser(t *testing.T) {
	run := goes(t, "14s", "127.0.0.1:0")
	tab := chromium.Start(t).Open(run.url, 1200, 900)
	tab.Until(`+document.documentElement.dataset.second >= 3`)
	for _, id := range []string{"status0", "rate", "latency", "percentiles", "heat0"} {
		if !strings.Contains(" "+tab.Text(`document.documentElement.dataset.drawn`)+" ", " "+id+" ") {
			t.Errorf("after three seconds chart %s is not drawn", id)
		}
	}
	shown := tab.Text(`document.querySelector("#c-rate").dataset.shown`)
	tab.Drag("#c-rate .u-over", .05, .15)
	near := tab.Text(`document.querySelector("#c-status0").dataset.shown`)
	if near == shown {
		t.Error("the mouse does not zoom")
	}
	tab.Until(`+document.documentElement.dataset.second >= 7`)
	if still := tab.Text(`document.querySelector("#c-status0").dataset.shown`); still != near {
		t.Errorf("somebody looked at %s, and it became %s", near, still)
	}
	tab.Press("Escape")
	if back := tab.Text(`document.querySelector("#c-status0").dataset.shown`); back != tab.Text(`document.querySelector("#c-rate").dataset.shown`) || back == near {
		t.Errorf("after Esc the charts show %s", back)
	}
	tab.Until(`document.documentElement.dataset.ended`)
	if word := tab.Text(`document.querySelector("#word").textContent`); word != "PASS" && word != "INVALID" { // A busy machine makes it invalid.
		t.Errorf("the run ended with %s", word)
	}
	if said := tab.Said(); len(said) > 0 {
		t.Errorf("the console heard %q", said)
	}
	for _, asked := range tab.Asked() {
		if !strings.HasPrefix(asked, run.url) {
			t.Errorf("the page asked for %s", asked)
		}
	}
	var drawn, inked string
	tab.Eval(`document.dispatchEvent(new Event("inspect"))`, nil)
	if drawn, inked = tab.Text(`document.documentElement.dataset.drawn.split(" ").sort().join(" ")`), tab.Text(`document.documentElement.dataset.inked.split(" ").sort().join(" ")`); drawn != inked || !strings.Contains(drawn, "recovery") {
		t.Errorf("drawn are %s, with ink %s", drawn, inked)
	}
	if err := run.cmd.Wait(); err != nil && run.cmd.ProcessState.ExitCode() != int(exitInvalid) {
		t.Error(err)
	}
}

// Ctrl-C with a page open ends the run and tells the page; a page whose run is gone says
// so, and goes on with the next one.
func TestLivePageThatIsLeft(t *testing.T) {
	run := goes(t, "10m", "127.0.0.1:0")
	tab := chromium.Start(t).Open(run.url, 1200, 900)
	tab.Until(`+document.documentElement.dataset.second >= 1`)
	if err := run.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	tab.Until(`document.documentElement.dataset.ended`)
	if said := tab.Text(`document.querySelector("#said").textContent`); !strings.Contains(said, "ended early") {
		t.Errorf("the page says %q", said)
	}
	_ = run.cmd.Wait()
	if code := run.cmd.ProcessState.ExitCode(); code != int(exitInterrupted) {
		t.Errorf("the run ended with %d", code)
	}
	killed := goes(t, "10m", strings.Trim(strings.TrimPrefix(run.url, "http://"), "/"))
	tab.Load(killed.url)
	tab.Until(`+document.documentElement.dataset.second >= 1`)
	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	tab.Until(`!document.querySelector("#lost").hidden`)
	if said := tab.Text(`document.querySelector("#lost").textContent`); !strings.Contains(said, "No word from the run") {
		t.Errorf("of a run that was killed the page says %q", said)
	}
	_ = killed.cmd.Wait()
	next := goes(t, "10m", strings.Trim(strings.TrimPrefix(run.url, "http://"), "/"))
	tab.Until(`document.querySelector("#lost").hidden && +document.documentElement.dataset.second >= 1`)
	if err := next.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	tab.Until(`document.documentElement.dataset.ended`)
}
