package dialect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"loginstorm/sim/wire"
)

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
