package html

import (
	"encoding/json"
	"html"
	"slices"
	"strings"
	"testing"

	"loginstorm/report"
)

// hostile is what a name must not be able to do. It has no semicolon before a space,
// which is where sentences are parted.
const hostile = "<script>evil()</script><img src=x onerror=evil()>\"'`--><!--</style></title></pre>{{.Data}}&lt;\\u003c\u2028\u2029\x00 javascript:evil()"

// A page with hostile names in every field has the same elements as one with good names.
func TestHostileNames(t *testing.T) {
	spoil := func(text string) string { return text + hostile }
	for _, killed := range []bool{false, true} {
		good, run := hold(t, pageOf(t, simulated(t, 42, plainly, killed))), simulated(t, 42, spoil, killed)
		text := pageOf(t, run)
		bad := hold(t, text)
		if !slices.Equal(good.tags, bad.tags) {
			at := 0
			for at < min(len(good.tags), len(bad.tags)) && good.tags[at] == bad.tags[at] {
				at++
			}
			t.Errorf("killed %v: the pages differ in element %d of %d and %d: %q, %q", killed, at, len(good.tags), len(bad.tags), good.tags[at:min(at+3, len(good.tags))], bad.tags[at:min(at+3, len(bad.tags))])
		}
		if good.policy != bad.policy {
			t.Error("a name changes the policy")
		}
		harmless(t, text, bad)
	}
}

// Every text of a summary, whatever it is, is text in the page.
func TestHostileSummary(t *testing.T) {
	run := simulated(t, 42, plainly, false)
	var sum report.Summary
	if err := json.Unmarshal(run.Manifest.Summary, &sum); err != nil {
		t.Fatal(err)
	}
	good := hold(t, pageOf(t, run))
	var value any
	if err := json.Unmarshal(run.Manifest.Summary, &value); err != nil {
		t.Fatal(err)
	}
	changed := 0
	value = spoiled(value, func(key, text string) string {
		try, err := json.Marshal(map[string]string{key: text})
		if err != nil {
			t.Fatal(err)
		}
		if key == "verdict" || key == "class" || text == "" || json.Unmarshal(try, new(report.Summary)) != nil {
			return text
		}
		changed++
		return text + hostile
	})
	var err error
	if run.Manifest.Summary, err = json.Marshal(value); err != nil {
		t.Fatal(err)
	}
	run.Missing = append(run.Missing, hostile)
	text := pageOf(t, run)
	bad := hold(t, text)
	harmless(t, text, bad)
	if changed < 50 || len(bad.tags) < len(good.tags)/2 {
		t.Errorf("%d texts changed; %d elements, %d before", changed, len(bad.tags), len(good.tags))
	}
}

// spoiled changes every string of a JSON value.
func spoiled(value any, change func(key, text string) string) any {
	switch v := value.(type) {
	case map[string]any:
		for key, one := range v {
			if text, ok := one.(string); ok {
				v[key] = change(key, text)
				continue
			}
			v[key] = spoiled(one, change)
		}
	case []any:
		for i, one := range v {
			if text, ok := one.(string); ok {
				v[i] = change("", text)
				continue
			}
			v[i] = spoiled(one, change)
		}
	}
	return value
}

// harmless demands that the hostile text stands in the page as text alone.
func harmless(t *testing.T, text []byte, o *outline) {
	t.Helper()
	page := string(text)
	for _, word := range []string{"<script>evil", "<img", "-->"} {
		if strings.Contains(page, word) {
			t.Errorf("the page has %q as markup", word)
		}
	}
	if !strings.Contains(html.UnescapeString(page), "<script>evil()</script>") {
		t.Error("the page does not show the names at all")
	}
	var d drawn
	if err := json.Unmarshal(o.data, &d); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(string(o.data), "<>\u2028\u2029") {
		t.Error("the data has characters that end a script")
	}
	if slices.ContainsFunc(o.tags, func(tag string) bool { return strings.Contains(tag, " on") }) {
		t.Error("an element listens")
	}
}
