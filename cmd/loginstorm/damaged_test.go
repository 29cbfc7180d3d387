package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// small is a run that has something of everything.
const small = `# Do they all come back?
name: small
duration: 6s
gateway: {auth: {workers: 8, serviceTime: 20ms}}
populations:
  phones: {accounts: 20, clientType: android, reconnect: {delays: [500ms]}, login: auto}
  desks: {accounts: 5, clientType: windows, reconnect: {delays: [500ms]}}
timeline:
  - {name: deploy, at: 2s, restart: {downtime: 1s}}
thresholds: ["count(status: loggedIn) == 25", "p99(connect_to_logged_in) < 1ms"]
`

// injury is what happened to a run directory, and the word about it; "" = nothing is
// missing. refused: there is nothing to show.
type injury struct {
	name    string
	hurt    func(dir string) error
	missing string
	refused bool
}

// edit replaces the content of a file.
func edit(name string, change func([]byte) []byte) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, change(b), 0o644)
	}
}

func remove(names ...string) func(string) error {
	return func(dir string) error {
		var faults []error
		for _, name := range names {
			faults = append(faults, os.Remove(filepath.Join(dir, name)))
		}
		return errors.Join(faults...)
	}
}

func swap(from, to string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
}

func half(b []byte) []byte { return b[:len(b)/2] }

func nothing([]byte) []byte { return nil }

// unreadable puts a directory in a file's place: nobody reads it, whoever they are.
func unreadable(name string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o755))
	}
}

// everything of a directory.
func everything(change func(dir string, name string) error) func(string) error {
	return func(dir string) error {
		files, err := os.ReadDir(dir)
		for _, f := range files {
			err = errors.Join(err, change(dir, f.Name()))
		}
		return err
	}
}

func injuries() []injury {
	const running = `"verdict": "running"`
	return []injury{
		{"whole", func(string) error { return nil }, "", false},
		{"no run.json", remove(rundir.RunFile), "run.json: no such file or directory: verdict, seed, thresholds and timeline are not known", false},
		{"run.json cut off", edit(rundir.RunFile, half), "run.json: unexpected end of JSON input", false},
		{"run.json empty", edit(rundir.RunFile, nothing), "run.json: unexpected end of JSON input", false},
		{"run.json unreadable", unreadable(rundir.RunFile), "run.json: is a directory", false},
		{"run.json of somebody else", edit(rundir.RunFile, func([]byte) []byte { return []byte(`{"scripts":{}}`) }), "run.json: its format is 0", false},
		{"a verdict of the future", edit(rundir.RunFile, swap(`"verdict": "failed"`, `"verdict": "splendid"`)), `run.json: read verdict: unknown word "splendid"`, false},
		{"a newer format", edit(rundir.RunFile, swap(`"format": 1`, `"format": 7`)), "wrote it: its format is 7, this version reads 1", true},
		{"a newer format that cannot be read", edit(rundir.RunFile, func([]byte) []byte { return []byte(`{"format":7,"name":["a","b"],"environment":{"version":"9.1"}}`) }),
			"a newer loginstorm 9.1 wrote it", true},
		{"killed", edit(rundir.RunFile, swap(`"verdict": "failed"`, running)), "the run did not end by itself", false},
		{"killed early", func(dir string) error {
			err := edit(rundir.RunFile, swap(`"verdict": "failed"`, running))(dir)
			return errors.Join(err, edit(rundir.SeriesFile, nothing)(dir))
		}, "series.ndjson: empty: no second was recorded", false},
		{"no summary", edit(rundir.RunFile, func(b []byte) []byte {
			var m map[string]json.RawMessage
			_ = json.Unmarshal(b, &m)
			delete(m, "summary")
			b, _ = json.Marshal(m)
			return b
		}), "run.json: the run ended, and it has no summary", false},
		{"series cut off", edit(rundir.SeriesFile, func(b []byte) []byte { return b[:len(b)-40] }), "series.ndjson: the last line is cut off; 5 lines before it were read", false},
		{"series too short", edit(rundir.SeriesFile, func(b []byte) []byte { return bytes.Join(bytes.SplitAfter(b, []byte("\n"))[:3], nil) }), "series.ndjson: it ends at 3s of 6s", false},
		{"a second lost", edit(rundir.SeriesFile, func(b []byte) []byte { return slices.Concat(slices.Delete(bytes.SplitAfter(b, []byte("\n")), 2, 4)...) }),
			"series.ndjson: 2 of 6 seconds are not in it, the first is second 2", false},
		{"a code of the future", edit(rundir.SeriesFile, swap(`"codes":{"200"`, `"codes":{"2222"`)), "damaged lines were left out, the first is line 1: read counts: 1 unknown names", false},
		{"no series", remove(rundir.SeriesFile), "series.ndjson: no such file or directory", false},
		{"no events", remove(rundir.EventsFile), "events.ndjson: no such file or directory", false},
		{"no scenario", remove(rundir.ScenarioFile), "scenario.yaml: no such file or directory", false},
		{"half a log", edit("connect_to_logged_in.hlog", half), "connect_to_logged_in.hlog: the last line is cut off", false},
		{"half a histogram", edit("connect_to_logged_in.hlog", func(b []byte) []byte {
			lines := bytes.SplitAfter(b, []byte("\n"))
			lines[6] = append(half(lines[6]), '\n')
			return slices.Concat(lines...)
		}), "connect_to_logged_in.hlog: 1 damaged lines were left out, the first is line 7", false},
		{"an empty log", edit("connect_to_logged_in.hlog", nothing), "connect_to_logged_in.hlog: it holds 0 of 50 values", false},
		{"no log", remove("connect_to_logged_in.hlog"), "connect_to_logged_in.hlog: it holds 0 of 50 values", false},
		{"only the series", everything(func(dir, name string) error {
			if name == rundir.SeriesFile {
				return nil
			}
			return os.Remove(filepath.Join(dir, name))
		}), "run.json: no such file or directory", false},
		{"only the logs", remove(rundir.RunFile, rundir.SeriesFile, rundir.EventsFile, rundir.ScenarioFile), "series.ndjson: no such file or directory", false},
		{"everything empty", everything(func(dir, name string) error { return edit(name, nothing)(dir) }), "nothing of it can be read: run.json: unexpected end of JSON input", true},
		{"nothing there", everything(func(dir, name string) error { return os.Remove(filepath.Join(dir, name)) }), "no run directory: run.json: no such file or directory", true},
		{"no directory", os.RemoveAll, "no such file or directory", true},
		{"a file", func(dir string) error { return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, []byte("x"), 0o644)) }, "it is a file", true},
	}
}

// TestDamagedDirectoriesAreShown: every format shows what can be shown of every damaged
// directory, in its own form without a fault, and says what is missing.
func TestDamagedDirectoriesAreShown(t *testing.T) {
	scenario, whole := filepath.Join(t.TempDir(), "small.yaml"), filepath.Join(t.TempDir(), "whole")
	if err := os.WriteFile(scenario, []byte(small), 0o644); err != nil {
		t.Fatal(err)
	}
	quiet := streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
	if code := execute([]string{"simulate", "--quiet", "--out", whole, scenario}, quiet); code != exitFailed {
		t.Fatalf("simulate: exit code %d", code)
	}
	older := filepath.Join("..", "..", "report", "rundir", "testdata", "older")
	all := append(injuries(), injury{"older", func(dir string) error {
		return errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(older)))
	}, "run.json: version 0.1.0 wrote it, whose summary has no storms", false})
	for _, one := range all {
		t.Run(strings.ReplaceAll(one.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "run")
			if err := errors.Join(os.CopyFS(dir, os.DirFS(whole)), one.hurt(dir)); err != nil {
				t.Fatal(err)
			}
			for format := range reportFormats() {
				var out, words bytes.Buffer
				code := execute([]string{"report", "--format", format, dir}, streams{in: strings.NewReader(""), out: &out, err: &words})
				switch {
				case one.refused && (code != exitError || out.Len() > 0 || !strings.Contains(words.String(), one.missing)):
					t.Errorf("%s: exit code %d, %q, %q", format, code, out.String(), words.String())
				case !one.refused && code != exitPass:
					t.Errorf("%s: exit code %d: %s", format, code, words.String())
				case !one.refused:
					if err := shows(format, out.String(), one.missing); err != nil {
						t.Errorf("%s: %v\n%s", format, err, out.String())
					}
				}
			}
		})
	}
}

// shows reports what a document of a format lacks: its own form, or the word about what
// is missing in the place for it.
func shows(format, text, missing string) error {
	var found bool
	switch format {
	case "text":
		plain := strings.Join(strings.Fields(text), " ")
		found = strings.Contains(plain, "missing: ") && strings.Contains(plain, missing)
		if missing == "" {
			found = strings.Contains(plain, "missing: ")
		}
	case "json":
		var s report.Summary
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return err
		}
		found = says(s.Missing, missing)
	case "html":
		found = missing != "" && strings.Contains(html.UnescapeString(text), missing)
	case "junit":
		d := xml.NewDecoder(strings.NewReader(text))
		for inside := false; ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			switch token := token.(type) {
			case xml.StartElement:
				inside = inside || slices.ContainsFunc(token.Attr, func(a xml.Attr) bool { return a.Value == "run directory" })
			case xml.CharData:
				found = found || inside && len(bytes.TrimSpace(token)) > 0 && strings.Contains(string(token), missing)
			}
		}
	case "openmetrics":
		if !strings.HasSuffix(text, "# EOF\n") || !strings.Contains(text, "loginstorm_run_info{") {
			return errors.New("no exposition")
		}
		for line := range strings.Lines(text) {
			if what, ok := strings.CutPrefix(line, `loginstorm_run_missing{what="`); ok {
				found = found || strings.Contains(strings.ReplaceAll(what, `\"`, `"`), missing)
			}
		}
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) < 2 || !slices.Equal(rows[0], report.Columns()) {
			return fmt.Errorf("%d rows: %w", len(rows), err)
		}
		last := rows[1][len(rows[1])-1]
		found = last != "" && strings.Contains(last, missing)
		if strings.HasPrefix(missing, rundir.RunFile+": version") { // A table of seconds has no summary.
			return nil
		}
	default:
		return errors.New("nobody looks at this format")
	}
	if found != (missing != "") {
		return fmt.Errorf("whether something is missing: %v, want %q", found, missing)
	}
	return nil
}

func says(all []string, want string) bool {
	return slices.ContainsFunc(all, func(one string) bool { return want == "" || strings.Contains(one, want) })
}

// A run that is still being written is shown, and nobody says that it was killed.
func TestRunThatGoesOnIsShown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	layout := record.Layout{Populations: []string{"phones"}}
	w, err := rundir.Create(dir, rundir.Manifest{Name: "on", Driver: "run", Seed: 1, Layout: rundir.LayoutOf(layout)}, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	show := func(format string) string {
		var out bytes.Buffer
		if code := execute([]string{"report", "--format", format, dir}, streams{in: strings.NewReader(""), out: &out, err: io.Discard}); code != exitPass {
			t.Errorf("%s: exit code %d", format, code)
		}
		return out.String()
	}
	for format := range reportFormats() {
		text := show(format)
		if err := shows(format, text, "the run is still going on"); err != nil || strings.Contains(text, "was killed") {
			t.Errorf("%s: %v\n%s", format, err, text)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if text := show("text"); !strings.Contains(text, "the run was killed") || strings.Contains(text, "still going on") {
		t.Errorf("once its writer is gone:\n%s", text)
	}
}
