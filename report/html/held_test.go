package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// outline is what a second reader makes of a page: its elements in their order, each
// with the names of its attributes, and what it refers to.
type outline struct {
	tags    []string
	ids     map[string]bool
	refs    []string // Values of attributes that fetch or lead somewhere.
	within  []string // Fragments that are linked to.
	policy  string
	scripts []string // Texts of script elements; styles likewise.
	styles  []string
	data    []byte
}

var raw = regexp.MustCompile(`(?s)<(script|style)([^>]*)>(.*?)</(script|style)>`)

// read takes a page apart without the package that made it.
func read(text []byte) (*outline, error) {
	o := &outline{ids: map[string]bool{}}
	rest := raw.ReplaceAllFunc(text, func(whole []byte) []byte {
		m := raw.FindSubmatch(whole)
		switch {
		case string(m[1]) == "style":
			o.styles = append(o.styles, string(m[3]))
		case bytes.Contains(m[2], []byte("application/json")):
			o.data = m[3]
		default:
			o.scripts = append(o.scripts, string(m[3]))
		}
		return fmt.Appendf(nil, "<%s%s></%s>", m[1], m[2], m[1])
	})
	rest = bytes.ReplaceAll(rest, []byte("<!DOCTYPE html>"), nil)
	d := xml.NewDecoder(bytes.NewReader(rest))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return o, nil
		}
		if err != nil {
			return nil, err
		}
		if e, ok := token.(xml.StartElement); ok {
			o.element(e)
		}
	}
}

func (o *outline) element(e xml.StartElement) {
	var names []string
	values := map[string]string{}
	for _, a := range e.Attr {
		name := strings.ToLower(a.Name.Local)
		names, values[name] = append(names, name), a.Value
		switch name {
		case "id":
			o.ids[a.Value] = true
		case "href":
			if strings.HasPrefix(a.Value, "#") {
				o.within = append(o.within, a.Value[1:])
				continue
			}
			fallthrough
		case "src", "srcset", "data", "action", "poster", "formaction", "style", "background":
			o.refs = append(o.refs, name+"="+a.Value)
		}
		if strings.HasPrefix(name, "on") {
			o.refs = append(o.refs, name+"="+a.Value)
		}
	}
	if values["http-equiv"] == "Content-Security-Policy" {
		o.policy = values["content"]
	}
	o.tags = append(o.tags, e.Name.Local+" "+strings.Join(names, " "))
}

// sum is the hash of a text as a policy names it, counted here a second time.
func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(s[:]) + "'"
}

// drawn is what page.js reads.
type drawn struct {
	Time   struct{ Xs []*float64 }
	Charts []struct {
		ID, Kind, Along string
		Xs              []*float64
		Series          []struct {
			Name   string
			Values []*float64
		}
		Heat *struct{ Cells map[string][]int64 }
	}
}

// wrongs says, a sentence each, what a page must not be.
func wrongs(text []byte) (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	o, err := read(text)
	if err != nil {
		return []string{"cannot be read: " + err.Error()}
	}
	for _, ref := range o.refs {
		say("refers to something: %s", ref)
	}
	for _, id := range o.within {
		if !o.ids[id] {
			say("leads nowhere: #%s", id)
		}
	}
	for _, part := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(o.policy, part) {
			say("the policy lacks %s", part)
		}
	}
	if strings.Contains(o.policy, "unsafe") || strings.Contains(o.policy, "http") || strings.Contains(o.policy, "*") {
		say("the policy allows too much: %s", o.policy)
	}
	for _, part := range slices.Concat(o.scripts, o.styles) {
		if !strings.Contains(o.policy, sum(part)) {
			say("the policy does not name: %.40q", part)
		}
	}
	if len(o.scripts) != 2 || len(o.styles) != 1 {
		say("%d scripts and %d styles", len(o.scripts), len(o.styles))
	}
	for _, style := range o.styles {
		if strings.Contains(style, "@import") || strings.Contains(style, "url(") {
			say("a style fetches something")
		}
	}
	for _, script := range o.scripts {
		for _, word := range []string{"fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "innerHTML", "eval("} {
			if strings.Contains(script, word) {
				say("a script speaks of %s", word)
			}
		}
	}
	if len(text) > sizeLimit {
		say("%d bytes", len(text))
	}
	if part := regexp.MustCompile(` d="[^"]*(NaN|Inf|undefined)[^"]*"`).FindString(string(text)); part != "" {
		say("a picture with %.40q", part)
	}
	return append(all, wrongCharts(text, o)...)
}

// sizeLimit is what a page may have that somebody sends by mail.
const sizeLimit = 1 << 20

// wrongCharts holds what the script draws against what stands in the page.
func wrongCharts(text []byte, o *outline) (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if bytes.ContainsAny(o.data, "<>&\u2028\u2029") {
		say("the data could end its element")
	}
	var d drawn
	if err := json.Unmarshal(o.data, &d); err != nil {
		return append(all, "the data: "+err.Error())
	}
	for _, c := range d.Charts {
		_, figure, found := strings.Cut(string(text), `id="c-`+c.ID+`"`)
		figure, _, ended := strings.Cut(figure, "</figure>")
		if !found || !ended {
			say("chart %s has no place", c.ID)
			continue
		}
		if n, rows := strings.Count(figure, "<table"), strings.Count(figure, "<tr>"); n != 1 || rows < 2 {
			say("chart %s has %d tables of %d rows", c.ID, n, rows)
		}
		if !strings.Contains(figure, `<div class="still"><svg`) || !strings.Contains(figure, `<path class="`) || !regexp.MustCompile(` d="M[0-9]`).MatchString(figure) {
			say("chart %s has no picture", c.ID)
		}
		xs := c.Xs
		if c.Along == "time" {
			xs = d.Time.Xs
		}
		if len(xs) == 0 || c.Heat == nil && len(c.Series) == 0 || c.Heat != nil && len(c.Heat.Cells) == 0 {
			say("chart %s is empty", c.ID)
		}
		for _, s := range c.Series {
			if len(s.Values) != len(xs) {
				say("chart %s, %s: %d values at %d instants", c.ID, s.Name, len(s.Values), len(xs))
			}
		}
	}
	if places := strings.Count(string(text), `aria-roledescription="chart"`); places != len(d.Charts) {
		say("%d places for %d charts", places, len(d.Charts))
	}
	return all
}

// hold fails a test for everything that is wrong with a page.
func hold(t *testing.T, text []byte) *outline {
	t.Helper()
	for _, w := range wrongs(text) {
		t.Errorf("the page: %s", w)
	}
	o, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
