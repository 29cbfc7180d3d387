package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"loginstorm/sim/record"
)

// dashboard is what the checks read of a Grafana dashboard.
type dashboard struct {
	UID, Title  string
	Panels      []panel
	Templating  struct{ List []variable }
	Annotations struct {
		List []struct {
			Name, Expr string
			Datasource source
		}
	}
}

type source struct{ Type, UID string }

type variable struct {
	Name, Type, Definition string
	Datasource             source
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               source
	GridPos                  struct{ H, W, X, Y int }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Targets                  []struct {
		RefID, Expr, LegendFormat string
		Datasource                source
	}
}

// prometheusVariable is the data source that a reader of the dashboard chooses.
const prometheusVariable = "${datasource}"

func TestGrafanaDashboards(t *testing.T) {
	files, err := filepath.Glob("../../grafana/dashboards/*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d dashboards, want 4 or more (%v)", len(files), err)
	}
	uids := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		uid, faults := dashboardFaults(text)
		for _, fault := range faults {
			t.Errorf("%s: %s", filepath.Base(file), fault)
		}
		if other := uids[uid]; other != "" {
			t.Errorf("%s: uid %q is that of %s", file, uid, other)
		}
		uids[uid] = file
	}
}

// dashboardFaults reads a dashboard, and says what its reader would miss.
func dashboardFaults(text []byte) (uid string, faults []string) {
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		return "", []string{err.Error()}
	}
	if d.UID == "" || d.Title == "" || len(d.Panels) == 0 {
		faults = append(faults, "uid, title or panels are missing")
	}
	for _, name := range []string{"datasource", "run"} {
		if !slices.ContainsFunc(d.Templating.List, func(v variable) bool { return v.Name == name }) {
			faults = append(faults, "no variable "+name)
		}
	}
	for _, v := range d.Templating.List {
		faults = append(faults, queryFaults("variable "+v.Name, v.Definition)...)
		if v.Type == "query" && v.Datasource.UID != prometheusVariable {
			faults = append(faults, "variable "+v.Name+": not from the datasource variable")
		}
	}
	marks := false
	for _, a := range d.Annotations.List {
		faults = append(faults, queryFaults("annotation "+a.Name, a.Expr)...)
		if a.Datasource.UID != prometheusVariable {
			faults = append(faults, "annotation "+a.Name+": not from the datasource variable")
		}
		marks = marks || strings.Contains(a.Expr, "loginstorm_fault_began_timestamp_seconds")
	}
	if !marks {
		faults = append(faults, "no annotation marks the faults")
	}
	ids := map[int]bool{}
	for i, p := range d.Panels {
		faults = append(faults, panelFaults(p)...)
		if ids[p.ID] {
			faults = append(faults, fmt.Sprintf("panel %q: id %d twice", p.Title, p.ID))
		}
		ids[p.ID] = true
		for _, q := range d.Panels[:i] {
			a, b := p.GridPos, q.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				faults = append(faults, fmt.Sprintf("panel %q covers %q", p.Title, q.Title))
			}
		}
	}
	return d.UID, faults
}

// panelFaults checks one panel; a row only has a title.
func panelFaults(p panel) (faults []string) {
	add := func(what string) { faults = append(faults, fmt.Sprintf("panel %d %q: %s", p.ID, p.Title, what)) }
	if p.Title == "" {
		add("no title")
	}
	if p.Type == "row" {
		return faults
	}
	if p.Description == "" {
		add("no description")
	}
	if p.FieldConfig.Defaults.Unit == "" {
		add("no unit")
	}
	if p.Datasource.UID != prometheusVariable {
		add("not from the datasource variable")
	}
	if len(p.Targets) == 0 {
		add("no query")
	}
	for _, target := range p.Targets {
		if target.Datasource.UID != prometheusVariable {
			add("query " + target.RefID + " is not from the datasource variable")
		}
		if target.LegendFormat == "" {
			add("query " + target.RefID + " has no legend")
		}
		faults = append(faults, queryFaults(fmt.Sprintf("panel %q %s", p.Title, target.RefID), target.Expr)...)
	}
	return faults
}

// ours finds what a query calls by a name of ours, recorded series among them.
var ours = regexp.MustCompile(`\bloginstorm[:_][a-zA-Z0-9_:]+`)

// queryFaults finds names that neither the catalogue nor a recording rule has.
func queryFaults(where, expr string) (faults []string) {
	for _, name := range ours.FindAllString(expr, -1) {
		if !exported(name) && !slices.Contains(recorded(), name) {
			faults = append(faults, fmt.Sprintf("%s: nobody exports %s", where, name))
		}
	}
	return faults
}

// exported tells whether the catalogue has a series of this name.
func exported(name string) bool {
	for _, i := range slices.Concat(record.Catalogue(), record.GatewaySide(), record.GateSide(), record.DirectorySide()) {
		rest, found := strings.CutPrefix(name, i.Prometheus)
		if found && (rest == "" || i.Type == "histogram" && slices.Contains([]string{"_bucket", "_sum", "_count"}, rest)) {
			return true
		}
	}
	return false
}

type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Record, Alert, Expr string
			Labels, Annotations map[string]string
		}
	}
}

func rules(name string) (file ruleFile, err error) {
	text, err := os.ReadFile("../../grafana/rules/" + name)
	if err != nil {
		return file, err
	}
	return file, yaml.Unmarshal(text, &file)
}

// recorded names the series that the recording rules make.
func recorded() (names []string) {
	file, err := rules("recording.yml")
	if err != nil {
		return nil
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			names = append(names, r.Record)
		}
	}
	return names
}

// TestGrafanaRules demands of every alert a severity, a dashboard that exists, words for
// people and a unit test; of every recorded series a unit test and metrics that exist.
func TestGrafanaRules(t *testing.T) {
	var tests strings.Builder
	for _, name := range []string{"rules.yml", "gate.yml"} {
		text, err := os.ReadFile("../../grafana/rules/tests/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for _, name := range []string{"recording.yml", "alerts.yml"} {
		file, err := rules(name)
		if err != nil || len(file.Groups) == 0 {
			t.Fatalf("%s: %d groups (%v)", name, len(file.Groups), err)
		}
		for _, g := range file.Groups {
			for _, r := range g.Rules {
				rule := r.Record + r.Alert
				for _, fault := range queryFaults(name+" "+rule, r.Expr) {
					t.Error(fault)
				}
				if !strings.Contains(tests.String(), rule) {
					t.Errorf("%s: no unit test names %s", name, rule)
				}
				if r.Alert == "" {
					continue
				}
				if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
					t.Errorf("%s %s: severity, summary or description is missing", name, rule)
				}
				board := strings.TrimPrefix(r.Labels["dashboard"], "loginstorm-")
				if _, err := os.Stat("../../grafana/dashboards/" + board + ".json"); err != nil {
					t.Errorf("%s %s: %v", name, rule, err)
				}
			}
		}
	}
}

// TestGrafanaChecksCatch plants a fault of each kind into a dashboard without one.
func TestGrafanaChecksCatch(t *testing.T) {
	text, err := os.ReadFile("../../grafana/dashboards/generator.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, with, want string }{
		{`{`, `[`, "invalid character"},
		{`"uid": "loginstorm-generator"`, `"uid": ""`, "uid, title or panels"},
		{`"unit": "s"`, `"unit": ""`, "no unit"},
		{`"title": "Lateness"`, `"title": ""`, "no title"},
		{`"description": "How late attempts begin`, `"note": "How late attempts begin`, "no description"},
		{`"legendFormat": "p99"`, `"legendFormat": ""`, "has no legend"},
		{`"uid": "${datasource}"`, `"uid": "P1809F7CD0C75ACF3"`, "not from the datasource variable"},
		{`loginstorm_start_lateness_seconds_bucket`, `loginstorm_start_lateness_bucket`, "nobody exports loginstorm_start_lateness_bucket"},
		{`loginstorm_starts_late_total`, `loginstorm_starts_late_total_bucket`, "nobody exports loginstorm_starts_late_total_bucket"},
		{`"name": "run"`, `"name": "ran"`, "no variable run"},
		{`loginstorm_fault_began_timestamp_seconds`, `loginstorm_run_info`, "no annotation marks the faults"},
		{`"id": 3,`, `"id": 2,`, "twice"},
		{`"x": 6,`, `"x": 5,`, "covers"},
	} {
		if !strings.Contains(string(text), c.old) {
			t.Fatalf("the dashboard has no %s to plant a fault at", c.old)
		}
		_, faults := dashboardFaults([]byte(strings.Replace(string(text), c.old, c.with, 1)))
		if all := strings.Join(faults, "\n"); !strings.Contains(all, c.want) {
			t.Errorf("%s for %s: want a fault with %q, got %q", c.with, c.old, c.want, all)
		}
	}
	if faults := queryFaults("planted", "loginstorm:no:such > 1"); len(faults) == 0 {
		t.Error("a recorded series that no rule makes is let through")
	}
}
