package plan

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Selector picks series of a page in Prometheus' format, as PromQL writes it:
// errors_total{code=~'5..', node!="2"}. The zero Selector picks nothing.
type Selector struct {
	name     string
	matchers []matcher
}

// matcher is a condition on one label.
type matcher struct {
	label, value string
	not          bool
	pattern      *regexp.Regexp // nil = the value itself.
}

// ParseSelector reads a selector. Patterns have to match a value as a whole.
func ParseSelector(text string) (Selector, error) {
	text = strings.TrimSpace(text)
	name, rest, labelled := strings.Cut(text, "{")
	s := Selector{name: strings.TrimSpace(name)}
	if !word(s.name, ":") {
		return Selector{}, fmt.Errorf("%q is no name of a series", s.name)
	}
	if !labelled {
		return s, nil
	}
	for rest = strings.TrimLeft(rest, " "); rest != "}"; {
		m, after, err := parseMatcher(rest)
		if err != nil {
			return Selector{}, err
		}
		s.matchers = append(s.matchers, m)
		switch rest = strings.TrimLeft(after, " "); {
		case strings.HasPrefix(rest, ","):
			rest = strings.TrimLeft(rest[1:], " ")
		case rest != "}":
			return Selector{}, errors.New("after a label comes a comma or the closing brace")
		}
	}
	return s, nil
}

// parseMatcher reads label='value' off the front of a text.
func parseMatcher(text string) (m matcher, rest string, err error) {
	at := strings.IndexAny(text, "=!")
	if at < 0 {
		return m, "", errors.New("a label is written name='value', and the braces are closed")
	}
	m.label, rest = strings.TrimSpace(text[:at]), text[at:]
	if !word(m.label, "") {
		return m, "", fmt.Errorf("%q is no name of a label", m.label)
	}
	pattern := false
	for _, op := range []struct {
		text         string
		not, pattern bool
	}{{"=~", false, true}, {"!~", true, true}, {"!=", true, false}, {"=", false, false}} {
		if after, ok := strings.CutPrefix(rest, op.text); ok {
			m.not, pattern, rest = op.not, op.pattern, strings.TrimLeft(after, " ")
			break
		}
	}
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return m, "", fmt.Errorf("the value of label %s stands in quotes", m.label)
	}
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 || strings.Contains(rest[1:1+end], `\`) && !pattern {
		return m, "", fmt.Errorf("the value of label %s has no end, or an escape", m.label)
	}
	m.value, rest = rest[1:1+end], rest[end+2:]
	if pattern {
		if m.pattern, err = regexp.Compile("^(?s:" + m.value + ")$"); err != nil {
			return m, "", fmt.Errorf("the pattern of label %s cannot be read: %q", m.label, m.value)
		}
	}
	return m, rest, nil
}

// word reports whether a text is a name of letters, digits and underscores, or of what
// else it may hold.
func word(text, also string) bool {
	for i, r := range text {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(also, r)
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return text != ""
}

// Name is the name of the series that it picks from.
func (s *Selector) Name() string { return s.name }

// Picks reports whether a series of that name is one of them; label returns the value
// of a label, "" for one that it does not have.
func (s *Selector) Picks(name string, label func(string) string) bool {
	if name != s.name || name == "" {
		return false
	}
	for _, m := range s.matchers {
		hit := label(m.label) == m.value
		if m.pattern != nil {
			hit = m.pattern.MatchString(label(m.label))
		}
		if hit == m.not {
			return false
		}
	}
	return true
}
