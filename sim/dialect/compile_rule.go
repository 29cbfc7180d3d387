package dialect

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"loginstorm/sim/wire"
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
		if v["as"] != nil && !slices.Contains([]string{"s", "ms", "base64"}, as) {
			c.fault(path+".as", "as is s, ms or base64", "")
		}
	}
	return from, as
}

func (c *compiler) keep(path, name string, v capture, at where) kept {
	from, as := c.captureForm(path, v)
	k := kept{from: c.source(path, from, at), decode: as == "base64",
		index: slices.IndexFunc(c.captures, func(k captured) bool { return k.name == name })}
	if m, ok := v.value.(map[string]any); ok && m["matches"] != nil {
		k.re = c.regexp(path+".matches", m["matches"], 1)
	}
	return k
}

// meaning compiles what something means.
func (c *compiler) meaning(path string, m meanings, at where) action {
	words := map[string]meaning{"opened": meansOpened, "loggedIn": meansLoggedIn, "alive": meansAlive, "draining": meansDraining, "shutdown": meansShutdown,
		"banned": meansBanned, "dropped": meansDropped, "malformed": meansMalformed, "ignored": meansIgnored, "syncBegan": meansSyncBegan,
		"syncEnded": meansSyncEnded, "limited": meansLimited, "failed": meansFailed, "refused": meansRefused, "kicked": meansKicked,
		"kickReply": meansKickReply, "online": meansOnline}
	word, more := "", any(nil)
	switch v := m.value.(type) {
	case string:
		word = v
	case map[string]any:
		for _, key := range sorted(v) {
			word, more = key, v[key]
		}
		if len(v) != 1 {
			c.fault(path, "it means more than one thing, or none", "write one of them; what else happens belongs to capture, say and goto")
			return action{}
		}
	}
	a := action{means: words[word]}
	if a.means == meansNothing {
		c.fault(path, "unknown meaning `"+word+"`", hint(word, sorted(words)))
		return a
	}
	allowed := map[where][]meaning{
		inClose:  {meansKicked, meansRefused, meansLimited, meansBanned, meansDropped, meansShutdown, meansFailed},
		inAnswer: {meansRefused, meansLimited, meansBanned, meansFailed, meansDropped},
	}[at]
	if allowed != nil && !slices.Contains(allowed, a.means) {
		c.fault(path, "`"+word+"` cannot be meant here", "")
		return a
	}
	c.about(path+"."+word, word, more, at, &a)
	return a
}

// about compiles what a meaning says more.
func (c *compiler) about(path, word string, more any, at where, a *action) {
	switch a.means {
	case meansBanned:
		a.code.fixed = wire.AccountDisabled
	case meansLimited:
		a.code.fixed = wire.TooOften
		if more != nil {
			a.after = c.after(path, more, at)
		}
	case meansRefused, meansKickReply:
		c.refused(path, more, at, a)
	case meansKicked:
		c.kicked(path, more, at, a)
	case meansOnline:
		c.online(path, more, a)
	case meansDropped:
		if m, ok := more.(map[string]any); ok && len(m) == 1 && m["maybe"] == "kicked" {
			a.unsure = true
			c.caveats = append(c.caveats, "some ends of a link may be kicks and count as drops")
		} else if more != nil {
			c.fault(path, "this says nothing about a dropped link", "write dropped, or {dropped: {maybe: kicked}}")
		}
	default:
		if more != nil {
			c.fault(path, "nothing more is said about "+word, "write means: "+word)
		}
	}
}

// refused compiles a code: a number, a field, or {code, from, map, else, after}.
func (c *compiler) refused(path string, more any, at where, a *action) {
	m, ok := more.(map[string]any)
	switch {
	case ok:
	case more == nil && a.means == meansKickReply:
		a.code.fixed = wire.Success
		return
	case more == nil:
		a.code.fixed = wire.Mismatch
		return
	default:
		a.code = c.code(path, more, at, a.means)
		return
	}
	for _, key := range sorted(m) {
		below := path + "." + key
		switch key {
		case "code":
			a.code = c.code(below, m[key], at, a.means)
		case "map":
			table, ok := m[key].(map[string]any)
			if !ok {
				c.fault(below, "map is a mapping of the gateway's codes to ours", "write map: {4004: 302}")
			}
			for _, theirs := range sorted(table) {
				ours := c.code(below+"."+theirs, table[theirs], inAnswer, a.means)
				a.table = append(a.table, translation{decimal(theirs), ours.fixed})
			}
		case "else":
			a.other = c.code(below, m[key], inAnswer, a.means).fixed
		case "after":
			a.after = c.after(below, m[key], at)
		default:
			c.fault(below, "unknown key `"+key+"`", hint(key, []string{"after", "code", "else", "map"}))
		}
	}
	if m["code"] == nil {
		c.fault(path, "it does not say by which code", "write code: 302, or code: FIELD with map:")
	}
	if len(a.table) > 0 && a.other == 0 {
		a.other = wire.ServerError
	}
}

// decimal writes a number as units hold it: a key such as 0x8e is a text to YAML.
func decimal(word string) string {
	if n, err := strconv.ParseUint(word, 0, 64); err == nil && strings.HasPrefix(word, "0x") {
		return strconv.FormatUint(n, 10)
	}
	return word
}

// code compiles a code: a number of the spec or an own one, or a field that holds it.
func (c *compiler) code(path string, v any, at where, means meaning) coded {
	word := fmt.Sprint(v)
	if n, err := strconv.ParseUint(word, 10, 32); err == nil {
		if n == 0 || n == uint64(wire.Success) && means == meansRefused {
			c.fault(path, word+" cannot be the code of a refusal", "302 is wrong credentials, 416 too often, 503 busy")
		}
		return coded{fixed: wire.Code(n)}
	}
	if _, ok := v.(string); !ok || at == inAnswer {
		c.fault(path, word+" is no code", "302 is wrong credentials, 416 too often, 503 busy")
		return coded{}
	}
	return coded{from: c.source(path, word, at)} // Not fixed: it stands in a field.
}

// after compiles a hint: a span's field in seconds, or {from, as, matches}.
func (c *compiler) after(path string, v any, at where) *hinted {
	h := &hinted{unit: second}
	name, _ := v.(string)
	if m, ok := v.(map[string]any); ok {
		for _, key := range sorted(m) {
			below, word := path+"."+key, fmt.Sprint(m[key])
			switch key {
			case "from":
				name = word
			case "matches":
				h.re = c.regexp(below, m[key], 1)
			case "as":
				h.unit, h.form = map[string]Time{"s": second, "ms": millisecond}[word], word
				if h.unit == 0 && word != "rfc3339" && word != "unix" && word != "unixMs" {
					c.fault(below, "as is s, ms, unix, unixMs or rfc3339", "")
				}
			case "fixed":
				d, err := parseSpan(word)
				if err != nil {
					c.fault(below, word+" is no span", "write 10s")
				}
				h.fixed = d
			default:
				c.fault(below, "unknown key `"+key+"`", hint(key, []string{"as", "fixed", "from", "matches"}))
			}
		}
	}
	switch {
	case name != "":
		h.from, h.given = c.source(path, name, at), true
	case h.fixed == 0:
		c.fault(path, "it does not say from which field", "write after: FIELD, {from: FIELD, as: ms}, or {fixed: 10s}")
	}
	return h
}

// kicked compiles a reason: a word, or {reason, clientType, customClientType}.
func (c *compiler) kicked(path string, more any, at where, a *action) {
	reasons := map[string]wire.Reason{"login": wire.ByLogin, "server": wire.ByServer, "otherClient": wire.ByOtherClient, "sameDevice": wire.BySameDevice}
	m, ok := more.(map[string]any)
	if !ok {
		word, _ := more.(string)
		if a.reason = reasons[word]; more == nil {
			a.reason = wire.ByLogin
		} else if a.reason == 0 {
			c.fault(path, fmt.Sprintf("%v is no reason of a kick", more), hint(word, sorted(reasons)))
		}
		return
	}
	for _, key := range sorted(m) {
		below, word := path+"."+key, fmt.Sprint(m[key])
		switch key {
		case "reason":
			if a.reason = reasons[word]; a.reason == 0 {
				a.parts[partReason] = c.part(below, word, at)
			}
		case "clientType":
			a.parts[partClientType] = c.part(below, word, at)
		case "customClientType":
			a.parts[partCustomType] = c.part(below, word, at)
		case "map":
			table, _ := m[key].(map[string]any)
			for _, theirs := range sorted(table) {
				ours := reasons[fmt.Sprint(table[theirs])]
				if ours == 0 {
					c.fault(below+"."+theirs, "this is no reason of a kick", "write login, server, otherClient or sameDevice")
				}
				a.table = append(a.table, translation{decimal(theirs), wire.Code(ours)})
			}
		default:
			c.fault(below, "unknown key `"+key+"`", hint(key, []string{"clientType", "customClientType", "map", "reason"}))
		}
	}
}

func (c *compiler) part(path, name string, at where) *source {
	s := c.source(path, name, at)
	return &s
}

// online compiles where the list of the account's other devices is.
func (c *compiler) online(path string, more any, a *action) {
	m, ok := more.(map[string]any)
	if !ok || c.g.content != contentJSON {
		c.fault(path, "it does not say where the list is", "write {online: {list: FIELD, device: FIELD, clientType: FIELD}}; lists are of JSON alone")
		return
	}
	o := &onlineList{root: jsonPath{slot: -1, index: -1}}
	for _, key := range sorted(m) {
		below, word := path+"."+key, fmt.Sprint(m[key])
		if key == "list" {
			o.list = c.source(below, word, inMessage)
			continue
		}
		i := slices.Index(onlineFields(), key)
		if i < 0 {
			c.fault(below, "unknown key `"+key+"`", hint(key, append([]string{"list"}, onlineFields()...)))
			continue
		}
		o.root.add(jsonSteps(word), i)
	}
	if m["list"] == nil || m["device"] == nil {
		c.fault(path, "list and device belong together", "")
	}
	a.online = o
}
