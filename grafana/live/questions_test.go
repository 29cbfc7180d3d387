package live

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// series is one line of an answer.
type series struct {
	Metric map[string]string
	Value  [2]any
	Values [][2]any
}

// questions asks a Prometheus what dashboards and rules ask.
type questions struct {
	server
	began, ended time.Time
	fill         *strings.Replacer
}

// newQuestions finds the last scrape of the run, and what stands for its variables.
func newQuestions(t *testing.T, s server, began time.Time, r run) *questions {
	t.Helper()
	q := &questions{server: s, began: began, ended: time.Now()}
	runs := q.between(t, `loginstorm_run_info{job="loginstorm"}`)
	if len(runs) != 1 || len(runs[0].Values) < 30 {
		t.Fatalf("%d runs were scraped, want one, for 30 s or more", len(runs))
	}
	last := runs[0].Values[len(runs[0].Values)-1][0].(float64)
	at := q.ask(t, "query", url.Values{"query": {`timestamp(loginstorm_run_info{job="loginstorm"})`}, "time": {stamp(time.Unix(int64(last), 0))}})
	seconds, err := strconv.ParseFloat(at[0].Value[1].(string), 64)
	if err != nil {
		t.Fatal(err)
	}
	q.ended = time.UnixMicro(int64(seconds * 1e6))
	q.fill = strings.NewReplacer("$__rate_interval", "4s", "$__interval", "1s", "$__range", "2m",
		"${datasource}", s.name, "$run", runs[0].Metric["run"], "$scenario", r.Name)
	return q
}

func stamp(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMicro())/1e6, 'f', 6, 64) }

// ask sends one question to the API.
func (q *questions) ask(t *testing.T, what string, form url.Values) []series {
	t.Helper()
	r, err := http.PostForm(q.url+"/api/v1/"+what, form)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Status != "success" {
		t.Errorf("%s: %s", form.Get("query"), answer.Error)
		return nil
	}
	var found []series
	if err := json.Unmarshal(answer.Data.Result, &found); err != nil {
		t.Errorf("%s: %v", form.Get("query"), err)
	}
	return found
}

// between asks for every second from the begin of the run until now.
func (q *questions) between(t *testing.T, query string) []series {
	t.Helper()
	return q.ask(t, "query_range", url.Values{"query": {query}, "start": {stamp(q.began)}, "end": {stamp(time.Now())}, "step": {"1"}})
}

// holds tells whether an answer has a number, or a histogram.
func holds(found []series) bool {
	for _, s := range found {
		if len(s.Values) == 0 && s.Value[1] == nil {
			return true // A native histogram stands in a field of its own.
		}
		for _, v := range append(s.Values, s.Value) {
			text, _ := v[1].(string)
			if x, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(x) {
				return true
			}
		}
	}
	return false
}

// waitFor waits until a Prometheus has a series.
func waitFor(t *testing.T, s server, query string) {
	t.Helper()
	q := &questions{server: s, began: time.Now()}
	for range 200 {
		if holds(q.ask(t, "query", url.Values{"query": {query}})) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s: %s stays empty", s.name, query)
}

// mayBeEmpty says which queries are empty in a run in which all is well, and why.
func mayBeEmpty() map[string]string {
	return map[string]string{
		"loginstorm_phase_tls_seconds": "the embedded gateway has no TLS",
		"loginstorm_run_missing":       "nothing is missing of this run directory",
		"loginstorm_stranded_clients":  "everybody may be back at the end",
		"loginstorm_overlap_seconds":   "the gateway kept its policy",
		"loginstorm_gateway_up and on": "== 0 only while the gateway is away, between two scrapes perhaps",
	}
}

// dashboards evaluates every query of every panel.
func (q *questions) dashboards(t *testing.T, dir string) (panels, asked int) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Annotations struct{ List []struct{ Name, Expr string } }
			Panels      []struct {
				Title   string
				Targets []struct{ RefID, Expr string }
			}
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		for _, a := range d.Annotations.List {
			asked++
			q.demand(t, filepath.Base(file)+": annotation "+a.Name, a.Expr)
		}
		for _, p := range d.Panels {
			if len(p.Targets) > 0 {
				panels++
			}
			for _, target := range p.Targets {
				asked++
				q.demand(t, fmt.Sprintf("%s: %s %s", filepath.Base(file), p.Title, target.RefID), target.Expr)
			}
		}
	}
	return panels, asked
}

// demand fails when an answer is empty that should not be.
func (q *questions) demand(t *testing.T, where, expr string) {
	t.Helper()
	if holds(q.between(t, q.fill.Replace(expr))) {
		return
	}
	for part, why := range mayBeEmpty() {
		if strings.Contains(expr, part) {
			t.Logf("%s is empty: %s", where, why)
			return
		}
	}
	t.Errorf("%s is empty: %s", where, q.fill.Replace(expr))
}

// named finds the series that an alert looks at.
var named = regexp.MustCompile(`\bloginstorm[:_][a-zA-Z0-9_:]+(\{[^}]*\})?`)

// rules looks up what the recording rules made, and demands that every series an alert looks
// at was there: an alert itself is empty as long as all is well.
func (q *questions) rules(t *testing.T) (count int) {
	r, err := http.Get(q.url + "/api/v1/rules")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Query, Type, Health, LastError string }
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	for _, g := range answer.Data.Groups {
		for _, rule := range g.Rules {
			count++
			if rule.Health == "err" {
				t.Errorf("%s: %s", rule.Name, rule.LastError)
			}
			if rule.Type == "recording" {
				q.demand(t, "rule "+rule.Name, rule.Name)
				continue
			}
			for _, name := range named.FindAllString(rule.Query, -1) {
				q.demand(t, "alert "+rule.Name, name)
			}
		}
	}
	// The storm of this test is one that these two are for.
	for _, alert := range []string{"LoginstormTooOften", "LoginstormKickWar"} {
		q.demand(t, "alert "+alert, `ALERTS{alertname="`+alert+`", alertstate="firing"}`)
	}
	return count
}
