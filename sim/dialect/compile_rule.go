package dialect

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// where a rule stands decides what it can ask and mean.
type where uint8

const (
	inMessage where = iota
	inClose
	inAnswer
)

// rules compiles a list of rules.
func (c *compiler) rules(path string, rules []rule, at where) []told {
	var all []told
	for i := range rules {
		all = append(all, c.rule(path+"["+strconv.Itoa(i)+"]", &rules[i], at))
	}
	return all
}

func (c *compiler) rule(path string, r *rule, at where) told {
	t := told{say: -1, to: c.goTo(path+".goto", r.Goto), place: c.place(path)}
	for _, field := range sorted(r.When) {
		t.when = append(t.when, c.test(path+".when."+field, field, r.When[field], at)...)
		wants := plainly(r.When[field].value)
		for _, name := range c.settings {
			wants = strings.ReplaceAll(wants, "${"+name+"}", c.d.Settings[name])
		}
		t.says = append(t.says, field+" "+wants)
	}
	for i := range t.when {
		m := &t.when[i]
		m.plain = m.from.kind == fromSlot && m.op == isEqual
		if m.from.kind == fromNoted {
			for _, w := range append(slices.Clone(m.words), m.word) {
				if n := slices.Index(c.notes, w); n >= 0 {
					m.note |= 1 << n
				}
			}
		}
	}
	for _, name := range sorted(r.Capture) {
		t.keep = append(t.keep, c.keep(path+".capture."+name, name, r.Capture[name], at))
	}
	if r.Note != "" {
		t.note = 1 << max(0, slices.Index(c.notes, r.Note))
	}
	if r.Say != nil {
		t.say = c.say(path+".say", r.Say)
	}
	if r.Means != nil {
		t.act = c.meaning(path+".means", *r.Means, at)
	}
	switch {
	case r.ReplyTo == "":
	case c.d.Serial == "":
		c.fault(path+".replyTo", "the description does not say where an answer repeats its serial", "write serial: FIELD at the top")
	default:
		t.replyTo = map[string]uint8{"login": replyToLogin, "kickOther": replyToKick}[r.ReplyTo]
	}
	if at == inClose && (r.Say != nil || r.Goto != "" || len(r.Capture) > 0) {
		c.fault(path, "nothing is said, kept or awaited when a link has ended", "leave say, goto and capture out")
	}
	if at == inClose && r.Means == nil {
		c.fault(path, "the rule does not say what the end means", "write means: dropped, {kicked: login}, {refused: 302} ...")
	}
	return t
}

// plainly writes a condition for people.
func plainly(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, _ := json.Marshal(v)
	return string(data)
}

// source compiles where a value comes from.
func (c *compiler) source(path, name string, at where) source {
	special := map[string]sourceKind{"$text": fromText, "$prefix": fromPrefix, "$state": fromState, "$noted": fromNoted}
	if at == inClose {
		special = map[string]sourceKind{"$code": fromCode, "$text": fromText, "$state": fromState, "$noted": fromNoted}
	}
	if kind, ok := special[name]; ok {
		if kind == fromPrefix && c.g.content != contentPrefixed {
			c.fault(path, "$prefix is of prefixedJson alone", "write frames: {content: prefixedJson}")
		}
		return source{kind: kind}
	}
	if at == inClose || strings.HasPrefix(name, "$") && c.g.content != contentXML {
		c.fault(path, "unknown field `"+name+"`", hint(name, sorted(special)))
		return source{kind: fromText}
	}
	return source{kind: fromSlot, slot: c.slot(path, name)}
}

// test compiles what a field must be.
func (c *compiler) test(path, field string, t test, at where) []matcher {
	src := c.source(path, field, at)
	m := matcher{from: src}
	switch v := t.value.(type) {
	case map[string]any:
		return c.conditions(path, src, v)
	case []any:
		m.op = isOneOf
		for i, item := range v {
			m.words = append(m.words, c.scalar(fmt.Sprintf("%s[%d]", path, i), src, item))
		}
		if len(m.words) == 0 {
			c.fault(path, "nothing is in this list", "")
		}
	default:
		m.op, m.word = isEqual, c.scalar(path, src, v)
	}
	return []matcher{m}
}

// scalar writes a value as units hold it.
func (c *compiler) scalar(path string, src source, v any) string {
	word := ""
	switch v := v.(type) {
	case string:
		word = c.settled(path, v)
	case json.Number:
		word = v.String()
	case bool:
		word = strconv.FormatBool(v)
	case nil:
		word = "null"
	default:
		c.fault(path, "this is no value that a field can have", "write a text, a number, true or false")
	}
	known := map[sourceKind][]string{fromState: c.states, fromNoted: c.notes}[src.kind]
	if known != nil || src.kind == fromNoted {
		if !slices.Contains(known, word) {
			c.fault(path, "there is no `"+word+"` to ask for", hint(word, known))
		}
	}
	return word
}

// settled fills settings into a word that is compared with.
func (c *compiler) settled(path, word string) string {
	if !strings.Contains(word, "${") {
		return word
	}
	fixed, ok := c.template(path, word, asIs).settled()
	if !ok {
		c.fault(path, "only settings can be named in what a field is compared with", "write the value")
	}
	return fixed
}

// conditions compiles {exists, matches, includes, min, max, not}.
func (c *compiler) conditions(path string, src source, conditions map[string]any) (all []matcher) {
	for _, name := range sorted(conditions) {
		at, v := path+"."+name, conditions[name]
		m := matcher{from: src}
		switch name {
		case "exists":
			there, ok := v.(bool)
			if !ok {
				c.fault(at, "exists is true or false", "")
			}
			m.op = isThere
			if !there {
				m.op = isAbsent
			}
		case "matches":
			m.op, m.re = isLike, c.regexp(at, v, -1)
		case "includes":
			m.op, m.word = isIncluded, c.scalar(at, src, v)
		case "not":
			m.op, m.word = isOther, c.scalar(at, src, v)
		case "min", "max":
			n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
			if err != nil {
				c.fault(at, name+" is a number", "")
			}
			m.op, m.bound = isLeast, n
			if name == "max" {
				m.op = isMost
			}
		default:
			c.fault(at, "unknown condition `"+name+"`", hint(name, []string{"exists", "includes", "matches", "max", "min", "not"}))
			continue
		}
		all = append(all, m)
	}
	if len(conditions) == 0 {
		c.fault(path, "no condition stands here", "write a value, or {exists: true}")
	}
	return all
}

// regexp compiles a regular expression; groups -1 = any number.
func (c *compiler) regexp(path string, v any, groups int) *regexp.Regexp {
	word, ok := v.(string)
	re, err := regexp.Compile(word)
	if !ok || err != nil {
		message := "a regular expression is a text"
		if err != nil {
			message = "not a regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		}
		c.fault(path, message, "see https://pkg.go.dev/regexp/syntax")
		return regexp.MustCompile("$^")
	}
	if groups >= 0 && re.NumSubexp() != groups {
		c.fault(path, fmt.Sprintf("it has %d groups, not %d", re.NumSubexp(), groups), "put ( ) around the part that is meant; (?: ) is no group")
	}
	return re
}

// captureForm reads {from, matches, as}.
func (c *compiler) captureForm(path string, v capture) (from, as string) {
	switch v := v.value.(type) {
	case string:
		return v, ""
	case map[string]any:
		for _, key := range sorted(v) {
			if !slices.Contains([]string{"from", "matches", "as"}, key) {
				c.fault(path+"."+key, "unknown key `"+key+"`", hint(key, []string{"as", "from", "matches"}))
			}
		}
		from, _ = v["from"].(string)
		if from == "" {
			c.fault(path, "it does not say from which field", "write from: FIELD, or $text")
		}
		as, _ = v["as"].(string)
		if v["as"] != nil && !slices.Contains([]string{"s", "ms", "base64", "saslFinal"}, as) {
			c.fault(path+".as", "as is s, ms, base64 or saslFinal", "")
		}
	}
	return from, as
}

func (c *compiler) keep(path, name string, v capture, at where) kept {
	from, as := c.captureForm(path, v)
	k := kept{from: c.source(path, from, at), decode: as == "base64" || as == "saslFinal", verify: as == "saslFinal",
		index: slices.IndexFunc(c.captures, func(k captured) bool { return k.name == name })}
	if m, ok := v.value.(map[string]any); ok && m["matches"] != nil {
		k.re = c.regexp(path+".matches", m["matches"], 1)
	}
	return k
}
