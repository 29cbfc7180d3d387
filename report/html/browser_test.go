//go:build browser

package html

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"loginstorm/report/chromium"
	"loginstorm/report/rundir"
)

// patience bounds one visit of a browser: a stuck one fails with what it said.
const patience = 90 * time.Second

// visited is what a browser made of a page: its document, and what it had to say.
func visited(t *testing.T, text []byte) (dom, said string) {
	t.Helper()
	page := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(page, text, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// The time that is waited for is the page's own: frames and timers, not seconds.
	cmd := exec.CommandContext(ctx, chromium.Path(t), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=5000", "--enable-logging=stderr", "--dump-dom", "file://"+page)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, stderr.String())
	}
	return out.String(), stderr.String()
}

var (
	rootElement = regexp.MustCompile(`<html[^>]*>`)
	attribute   = regexp.MustCompile(`data-([a-z]+)="([^"]*)"`)
)

// faults says what a browser finds wrong with a page.
func faults(t *testing.T, text []byte) (all []string) {
	t.Helper()
	dom, said := visited(t, text)
	root := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(rootElement.FindString(dom), -1) {
		root[m[1]] = m[2]
	}
	want := strings.Join(charts(text), " ")
	for _, one := range [][2]string{{"errors", "0"}, {"requests", "0"}, {"expected", want}, {"drawn", want}, {"inked", want}} {
		if got, ok := root[one[0]]; !ok || got != one[1] {
			all = append(all, "data-"+one[0]+" is "+got+", want "+one[1]+" "+root["error"])
		}
	}
	for line := range strings.Lines(said) {
		if strings.Contains(line, ":CONSOLE") {
			all = append(all, "the console: "+line)
		}
	}
	return all
}

// Every chart is drawn, without an error, a request or a word on the console.
func TestInABrowser(t *testing.T) {
	a, b := simulated(t, 42, plainly, false), simulated(t, 43, plainly, false)
	spoil := func(text string) string { return text + hostile }
	for _, page := range []struct {
		name string
		runs []*rundir.Run
	}{
		{"restart", []*rundir.Run{a}},
		{"two", []*rundir.Run{a, b}},
		{"hour", []*rundir.Run{hour(t, 3600)}},
		{"nothing", []*rundir.Run{hour(t, 0)}},
		{"killed", []*rundir.Run{simulated(t, 42, plainly, true)}},
		{"hostile", []*rundir.Run{simulated(t, 42, spoil, false)}},
	} {
		t.Run(page.name, func(t *testing.T) {
			for _, fault := range faults(t, pageOf(t, page.runs...)) {
				t.Error(fault)
			}
		})
	}
}

// The browser finds what it is asked to look for.
func TestBrowserFindsPlantedFaults(t *testing.T) {
	text := string(pageOf(t, hour(t, 30)))
	for _, planted := range []struct{ from, to, want string }{
		{"<main>", "<main><script>document.title = 1</script>", "the console: "}, // The policy forbids it.
		{"</body>", "<script>document.title = 1</script></body>", "data-errors is 1"},
		{"<main>", `<main><img src="missing.png">`, "the console"},
		{`id="c-rate"`, `id="c-rat"`, "data-drawn"},
	} {
		bad := strings.Replace(text, planted.from, planted.to, 1)
		if found := strings.Join(faults(t, []byte(bad)), "\n"); !strings.Contains(found, planted.want) {
			t.Errorf("%s: %q is not in %q", planted.to, planted.want, found)
		}
	}
}
