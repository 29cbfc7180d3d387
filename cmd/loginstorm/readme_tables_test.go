package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"loginstorm/sim/scenario"
)

// What lies in the box is in the tables of the page: every scenario with its question,
// every verb with its keys.

// row is a line of a table, by its cells.
type row []string

// rows are the lines of the tables below a header, without the header.
func rows(page, header string) []row {
	var all []row
	inside := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		switch {
		case line == header:
			inside = true
		case !strings.HasPrefix(line, "|"):
			inside = false
		case inside && !strings.HasPrefix(line, "|--"):
			cells := strings.Split(strings.Trim(line, "|"), " |")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			all = append(all, cells)
		}
	}
	return all
}

// opening is what a scenario file says before its first key: its question, and where
// it happened, "" when it does not say so.
func opening(text string) (question, where string) {
	var paragraphs []string
	fresh := true
	for line := range strings.Lines(text) {
		words, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok {
			break
		}
		switch words = strings.TrimSpace(words); {
		case words == "":
			fresh = true
		case fresh:
			paragraphs, fresh = append(paragraphs, words), false
		default:
			paragraphs[len(paragraphs)-1] += " " + words
		}
	}
	for _, p := range paragraphs {
		if said, ok := strings.CutPrefix(p, "Where it happened: "); ok {
			where = said
		}
	}
	if len(paragraphs) > 0 {
		question = paragraphs[0]
	}
	return question, where
}

func scenarios(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "scenarios", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[nameOf(path)] = string(text)
	}
	return all
}

const scenarioHeader = "| scenario | question | where it happened |"

// scenarioFaults compares the table with the files, in both directions.
func scenarioFaults(page string, files map[string]string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, "README.md: "+fmt.Sprintf(format, args...)) }
	named := regexp.MustCompile("^\\[`([^`]+)`\\]\\(scenarios/([^)]+)\\.yaml\\)$")
	var seen []string
	for _, r := range rows(page, scenarioHeader) {
		if strings.HasPrefix(r[0], "**") {
			continue // A theme.
		}
		m := named.FindStringSubmatch(r[0])
		if m == nil || m[1] != m[2] || len(r) != 3 {
			fault("no line of a scenario: %q", r)
			continue
		}
		text, ok := files[m[1]]
		if !ok || slices.Contains(seen, m[1]) {
			fault("scenario %s is listed twice, or is not there", m[1])
			continue
		}
		seen = append(seen, m[1])
		question, where := opening(text)
		if r[1] != question {
			fault("scenario %s asks %q, and not %q", m[1], question, r[1])
		}
		if where == "" {
			fault("scenario %s does not say where it happened", m[1])
		}
		if nowhere := where == "" || strings.HasPrefix(where, "nowhere"); nowhere != (r[2] == "") || !strings.Contains(where, r[2]) {
			fault("scenario %s happened %q, and not %q", m[1], where, r[2])
		}
	}
	for name := range files {
		if !slices.Contains(seen, name) {
			fault("scenario %s is not listed", name)
		}
	}
	return faults
}

func TestReadmeListsTheScenarios(t *testing.T) {
	page, files := readme(t), scenarios(t)
	for _, fault := range scenarioFaults(page, files) {
		t.Error(fault)
	}
	for name, text := range files {
		question, _ := opening(text)
		for _, planted := range []string{
			strings.Replace(page, "[`"+name+"`]", "[`another`]", 1),
			strings.ReplaceAll(page, question, "Does it rain?"),
		} {
			if len(scenarioFaults(planted, files)) == 0 {
				t.Errorf("a page that says nothing of %s, or something else, is let through", name)
			}
		}
	}
}

// verb is what an entry of the timeline takes.
type verb struct {
	name       string
	who, while bool
	keys       []string
	values     []string // Of its enumerations.
}

// verbs are those of the scenario language.
func verbs() (all []verb) {
	t := reflect.TypeFor[scenario.Verbs]()
	for i := range t.NumField() {
		v := verb{}
		v.name, _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
		v.take(t.Field(i).Type.Elem())
		all = append(all, v)
	}
	return all
}

// take adds the fields of a verb's struct, those it embeds among them.
func (v *verb) take(t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch key, _, _ := strings.Cut(f.Tag.Get("json"), ","); {
		case f.Type == reflect.TypeFor[scenario.Who]():
			v.who = true
		case f.Type == reflect.TypeFor[scenario.While]():
			v.while = true
		case f.Anonymous:
			v.take(f.Type)
		case key != "-":
			v.keys = append(v.keys, key)
		default: // multiDevice: its policies are words and no keys.
			v.values = append(v.values, "one", "class", "all")
		}
		for _, rule := range strings.Split(f.Tag.Get("jsonschema"), ",") {
			if value, ok := strings.CutPrefix(rule, "enum="); ok {
				v.values = append(v.values, value)
			}
		}
	}
}

const verbHeader = "| verb | keys | the client sees | the gateway sees |"

// spans are the words in code of a cell, of a mapping its key.
func spans(cell string) (all []string) {
	for i, span := range strings.Split(cell, "`") {
		if i%2 == 1 {
			key, _, _ := strings.Cut(span, ":")
			all = append(all, strings.Trim(key, "{}"))
		}
	}
	return all
}

// between reports what stands between words.
func between(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// verbFaults compares the tables of verbs with the language, in both directions.
func verbFaults(page string, all []verb) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, "README.md: "+fmt.Sprintf(format, args...)) }
	var listed []string
	for _, r := range rows(page, verbHeader) {
		if len(r) != 4 || r[2] == "" || r[3] == "" {
			fault("no line of a verb: %q", r)
			continue
		}
		var known []string
		names, written := spans(r[0]), strings.FieldsFunc(r[1], between)
		for _, name := range names {
			i := slices.IndexFunc(all, func(v verb) bool { return v.name == name })
			if i < 0 || slices.Contains(listed, name) {
				fault("verb %s is listed twice, or is none", name)
				continue
			}
			listed = append(listed, name)
			v := all[i]
			known = append(append(known, v.keys...), v.values...)
			for _, word := range append(slices.Clone(v.keys), v.values...) {
				if !slices.Contains(written, word) {
					fault("verb %s: %s is not named", name, word)
				}
			}
			if who := slices.Contains(written, "who"); v.who && !who || who && !v.who && len(names) == 1 {
				fault("verb %s: whether it chooses somebody is wrong", name)
			}
			if slices.Contains(written, "while") != v.while {
				fault("verb %s: whether it lasts is wrong", name)
			}
		}
		for _, word := range spans(r[1]) {
			if !slices.Contains(known, word) {
				fault("verbs %v have no %s", names, word)
			}
		}
	}
	for _, v := range all {
		if !slices.Contains(listed, v.name) {
			fault("verb %s is not listed", v.name)
		}
	}
	return faults
}

func TestReadmeListsTheVerbs(t *testing.T) {
	page, all := readme(t), verbs()
	for _, fault := range verbFaults(page, all) {
		t.Error(fault)
	}
	if surplus := strings.Replace(page, "| `cut` | who,", "| `cut` | who, `invented`,", 1); len(verbFaults(surplus, all)) == 0 {
		t.Error("a key that there is not is let through")
	}
	for i, v := range all {
		more := slices.Clone(all)
		more[i].keys = append(slices.Clone(v.keys), "invented")
		renamed := regexp.MustCompile("(?m)^(\\| `[^|]*)\\b"+v.name+"`").ReplaceAllString(page, "${1}another`")
		if len(verbFaults(renamed, all)) == 0 || len(verbFaults(page, more)) == 0 {
			t.Errorf("a page without %s, or without a key of it, is let through", v.name)
		}
	}
}
