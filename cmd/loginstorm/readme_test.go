package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// The page that everybody reads first cannot rot: what it shows is compiled, and
// what it names exists.

// fence is a fenced block of the page.
type fence struct {
	language, text string
	line           int // Of its first line, from 1.
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func fences(page string) []fence {
	var all []fence
	var open *fence
	number := 0
	for line := range strings.Lines(page) {
		number++
		language, mark := strings.CutPrefix(line, "```")
		switch {
		case mark && open == nil:
			open = &fence{language: strings.TrimSpace(language), line: number + 1}
		case mark:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	return all
}

func TestReadmeScenariosCompile(t *testing.T) {
	found, page := 0, readme(t)
	for _, f := range fences(page) {
		if f.language != "yaml" || !strings.Contains(f.text, "populations:") {
			continue
		}
		found++
		name := fmt.Sprintf("README.md:%d", f.line)
		if err := compiles(name, f.text, logs(page)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found == 0 {
		t.Error("README.md shows no scenario")
	}
}

// logs are the recorded logs that the page shows, by the name in their first line.
func logs(page string) map[string][]byte {
	files := map[string][]byte{}
	for _, f := range fences(page) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(f.text, "# "), ":"); ok && f.language == "csv" {
			files[name] = []byte(f.text)
		}
	}
	return files
}

func compiles(name, text string, files map[string][]byte) error {
	file, err := scenario.Parse(name, []byte(text))
	if err != nil {
		return err
	}
	p, err := plan.Compile(file, plan.Options{Name: "readme", Files: files, Dialects: shippedDialects()})
	if err != nil {
		return err
	}
	for _, w := range p.Warnings {
		if !strings.HasPrefix(w, "dialect ") { // What cannot be told with a gateway is no fault of the page.
			return fmt.Errorf("it is warned of: %s", w)
		}
	}
	return nil
}

// TestReadmeShowsWhatSimulateSays repeats the simulations that the page shows parts of.
func TestReadmeShowsWhatSimulateSays(t *testing.T) {
	found := 0
	for _, f := range fences(readme(t)) {
		command, shown, _ := strings.Cut(f.text, "\n")
		words := commandLine(strings.TrimPrefix(command, "$ "))
		if f.language != "text" || len(words) != 2 || words[0] != "simulate" {
			continue
		}
		found++
		var said strings.Builder
		path := filepath.Join("..", "..", words[1])
		execute([]string{"simulate", "--out", filepath.Join(t.TempDir(), "run"), path}, streams{in: strings.NewReader(""), out: &said, err: io.Discard})
		if line := unsaid(shown, said.String()); line != "" {
			t.Errorf("README.md:%d: %s does not say %q", f.line, command, line)
		}
		if unsaid(shown+"\n  a storm in a teacup\n", said.String()) == "" {
			t.Errorf("README.md:%d: a line that was not said is let through", f.line)
		}
	}
	if found == 0 {
		t.Error("README.md shows no simulation")
	}
}

// unsaid returns the first of the lines shown that is not one of those said, in their
// order; "" = there is none. Dots stand for lines that were left out.
func unsaid(shown, said string) string {
	lines := strings.Split(said, "\n")
	for line := range strings.Lines(shown) {
		line = strings.TrimRight(line, "\n")
		if strings.TrimSpace(line) == "..." || line == "" {
			continue
		}
		i := slices.Index(lines, line)
		if i < 0 {
			return line
		}
		lines = lines[i+1:]
	}
	return ""
}

func TestReadmeCommandsExist(t *testing.T) {
	found := 0
	for _, f := range fences(readme(t)) {
		if f.language != "sh" {
			continue
		}
		for line := range strings.Lines(f.text) {
			if commandLine(line) == nil {
				continue
			}
			found++
			if err := understood(line); err != nil {
				t.Errorf("README.md:%d: %v", f.line, err)
			}
		}
	}
	if found == 0 {
		t.Error("README.md shows no command")
	}
}

// commandLine returns the words behind loginstorm of a shell line that calls it,
// up to where the shell takes over; nil for other lines.
func commandLine(line string) []string {
	words := strings.Fields(line)
	at := slices.IndexFunc(words, func(w string) bool {
		return w == "loginstorm" || w == "./loginstorm" || w == "./cmd/loginstorm"
	})
	if at < 0 || at > 0 && (words[0] != "go" || words[1] != "run") {
		return nil
	}
	words = words[at+1:]
	if end := slices.IndexFunc(words, func(w string) bool { return strings.ContainsAny(w[:1], "#|<>&;") }); end >= 0 {
		words = words[:end]
	}
	return words
}

// understood checks that a command line names a command that exists, with flags
// and a number of arguments that it takes.
func understood(line string) error {
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	cmd, rest, err := root.Find(commandLine(line))
	if err != nil {
		return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
	}
	if cmd == root {
		return fmt.Errorf("%s: it names no command", strings.TrimSpace(line))
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
	}
	for _, path := range cmd.Flags().Args() {
		if err := changed(cmd, path); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
	}
	return nil
}

// changed compiles a scenario of ours with the changes that a command line makes to
// it. Other names stand for files of the reader's.
func changed(cmd *cobra.Command, path string) error {
	if !strings.HasPrefix(path, "scenarios/") {
		return nil
	}
	var opts stormOptions
	if f := cmd.Flags().Lookup("set"); f != nil {
		opts.sets, _ = cmd.Flags().GetStringArray("set") // The page quotes as a shell does.
		for i := range opts.sets {
			opts.sets[i] = strings.Trim(opts.sets[i], "'")
		}
		opts.scale = cmd.Flags().Lookup("scale").Value.String()
	}
	_, err := load(streams{}, filepath.Join("..", "..", path), opts, plan.Options{Virtual: true})
	return err
}

// TestReadmeFlagsExist looks at the flags that sentences name: those that this page
// writes as code belong to one of the commands.
func TestReadmeFlagsExist(t *testing.T) {
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	var known []string
	for _, c := range root.Commands() {
		known = append(known, flagsOf(c)...)
	}
	for _, m := range regexp.MustCompile("`(--[a-z-]+)").FindAllStringSubmatch(readme(t), -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("README.md names %s, which no command has", m[1])
		}
	}
}

func flagsOf(c *cobra.Command) []string {
	return regexp.MustCompile(`--[a-z-]+`).FindAllString(c.Flags().FlagUsages(), -1)
}

func TestReadmeListsTheCatalogue(t *testing.T) {
	page := readme(t)
	var want []string
	for _, info := range slices.Concat(record.Catalogue(), record.GatewaySide(), record.GateSide(), record.DirectorySide()) {
		want = append(want, metricRow(info))
	}
	for _, fault := range metricFaults(page, want) {
		t.Error(fault)
	}
}

// metricRow is how the page writes the line of a metric.
func metricRow(i record.Info) string {
	cells := []string{"`" + i.Prometheus + "`", "", strings.Join(i.Labels, ", "), i.Help}
	if i.Threshold {
		cells[1] = "`" + i.Name + "`"
	}
	return strings.Join(cells, "|")
}

// metricFaults compares the page's table with the rows that it should have, and
// finds metrics that are named elsewhere and do not exist.
func metricFaults(page string, want []string) []string {
	var faults, got []string
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "| `loginstorm_") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 {
			faults = append(faults, fmt.Sprintf("README.md: %d cells, want 4: %s", len(cells), line))
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		got = append(got, strings.Join(cells, "|"))
	}
	for _, row := range want {
		if !slices.Contains(got, row) {
			faults = append(faults, "README.md lacks the metric "+row)
		}
	}
	for _, row := range got {
		if !slices.Contains(want, row) {
			faults = append(faults, "README.md lists a metric that is not in the catalogue: "+row)
		}
	}
	for _, name := range regexp.MustCompile(`loginstorm_[a-z_]+`).FindAllString(page, -1) {
		plain := strings.TrimSuffix(name, "_bucket")
		if !slices.ContainsFunc(want, func(row string) bool { return strings.HasPrefix(row, "`"+plain+"`") }) {
			faults = append(faults, "README.md names a metric that does not exist: "+name)
		}
	}
	return faults
}

// TestReadmeChecksCatch plants a fault of each kind.
func TestReadmeChecksCatch(t *testing.T) {
	if compiles("planted", "duration: 1m\npopulations: {a: {accounts: 1, clientType: web, login: auto}}\n", nil) == nil {
		t.Error("a web client with automatic login is let through")
	}
	for _, line := range []string{
		"loginstorm rum scenario.yaml", "loginstorm run --no-such-flag scenario.yaml", "loginstorm target --max-rate 5/s",
		"go run ./cmd/loginstorm run", "./loginstorm simulate a.yaml b.yaml > out", "loginstorm # nothing",
		"loginstorm run scenarios/no-such.yaml", "loginstorm simulate --set populations.crowd.size=3 scenarios/kick-race.yaml",
		"loginstorm simulate --scale none scenarios/kick-race.yaml",
	} {
		if understood(line) == nil {
			t.Errorf("%s: it is let through", line)
		}
	}
	if err := understood("go run ./cmd/loginstorm run --quiet x.yaml > out # as it is typed"); err != nil {
		t.Error(err)
	}
	want := []string{"`loginstorm_a_total`|`a`||A.", "`loginstorm_b_seconds`||population|B."}
	good := "| `loginstorm_a_total` | `a` | | A. |\n| `loginstorm_b_seconds` | | population | B. |\nloginstorm_b_seconds_bucket\n"
	if faults := metricFaults(good, want); len(faults) > 0 {
		t.Errorf("a page without a fault: %v", faults)
	}
	for _, page := range []string{
		"| `loginstorm_a_total` | `a` | | A. |\n", strings.Replace(good, "| population |", "| |", 1), good + "loginstorm_c_total",
		strings.Replace(good, "| `a` |", "| |", 1), strings.Replace(good, "A.", "B.", 1), good + "| `loginstorm_c_total` | | | C. |\n",
	} {
		if len(metricFaults(page, want)) == 0 {
			t.Errorf("a page with a fault is let through:\n%s", page)
		}
	}
}
