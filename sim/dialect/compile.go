package dialect

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// Bounds of what a description makes a session keep.
const (
	maxStates   = 60
	maxCaptures = 32
	maxNotes    = 32
	maxSlots    = 200
	// MaxCapture is the longest value in bytes that a session keeps.
	MaxCapture = 4 << 10
)

// Parse compiles a description. The name is for messages; it is not opened. The
// error is scenario.Faults when the description is at fault: all faults at once.
//
// settings replace those of the description; one that it does not have is a fault.
func Parse(name string, data []byte, settings map[string]string) (*Dialogue, error) {
	c := &compiler{g: &described{}}
	page, err := language().Read(name, data, &c.d)
	if err != nil {
		return nil, err
	}
	c.page = page
	c.compile(settings)
	if len(c.faults) > 0 {
		return nil, c.faults.Sort()
	}
	return c.dialogue(), nil
}

// compiler turns a description into a grammar.
type compiler struct {
	d      description
	g      *described
	page   *scenario.Page
	faults scenario.Faults

	captures []captured // What rules keep, by name.
	columns  []string
	settings []string // Their names, sorted.
	states   []string // connect, login and online first.
	notes    []string
	caveats  []string
}

// captured is something that is kept by a session.
type captured struct{ name, as string }

func (c *compiler) fault(path, message, remedy string) {
	c.faults = append(c.faults, c.page.Fault(path, message, remedy))
}

// place names a rule for people: its path, and its line.
func (c *compiler) place(path string) string {
	return fmt.Sprintf("line %d, %s", c.page.At(path).Line, path)
}

func nearest(word string, known []string) string { return scenario.Nearest(word, known) }

func (c *compiler) compile(settings map[string]string) {
	c.set(settings)
	c.frames()
	c.stateNames()
	c.names()
	g := c.g
	g.serial = -1
	if c.d.Serial != "" {
		g.serial = c.slot("serial", c.d.Serial)
	}
	for i, name := range c.states {
		g.states = append(g.states, c.state(i, name))
	}
	g.always = c.rules("always", c.d.Always, inMessage)
	g.closes = c.rules("closes", c.d.Closes, inClose)
	g.ping, g.logout, g.kickOther = c.want("ping", c.d.Ping), c.want("logout", c.d.Logout), c.want("kickOther", c.d.KickOther)
	c.upgrade()
	c.judge()
}

// set fills in the settings that a scenario gives.
func (c *compiler) set(settings map[string]string) {
	for _, name := range sorted(settings) {
		if _, ok := c.d.Settings[name]; !ok {
			c.fault("settings", "the description has no setting `"+name+"`", hint(name, sorted(c.d.Settings)))
			continue
		}
		c.d.Settings[name] = settings[name]
	}
}

// hint names what somebody may have meant.
func hint(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// names collects everything that templates can name, before any is compiled.
func (c *compiler) names() {
	c.settings, c.columns = sorted(c.d.Settings), c.d.Columns
	taken := map[string]string{}
	for _, s := range c.settings {
		c.take(taken, "settings."+s, s, "a setting")
	}
	for i, s := range c.columns {
		c.take(taken, fmt.Sprintf("columns[%d]", i), s, "a column")
	}
	c.eachRule(func(path string, r *rule) {
		for _, name := range sorted(r.Capture) {
			at := path + ".capture." + name
			from, as := c.captureForm(at, r.Capture[name])
			_ = from
			if i := slices.IndexFunc(c.captures, func(k captured) bool { return k.name == name }); i >= 0 {
				if c.captures[i].as != as {
					c.fault(at, "`"+name+"` is captured in two units", "write the same `as` in both places")
				}
				continue
			}
			c.take(taken, at, name, "a capture")
			c.captures = append(c.captures, captured{name, as})
		}
		if r.Note != "" && !slices.Contains(c.notes, r.Note) {
			c.notes = append(c.notes, r.Note)
		}
	})
	if len(c.captures) > maxCaptures {
		c.fault("states", fmt.Sprintf("%d values are captured, more than %d", len(c.captures), maxCaptures), "")
	}
	if len(c.notes) > maxNotes {
		c.fault("states", fmt.Sprintf("%d things are noted, more than %d", len(c.notes), maxNotes), "")
	}
	c.g.captures = len(c.captures)
}

func (c *compiler) take(taken map[string]string, path, name, what string) {
	if _, builtin := nameOf(name); builtin {
		c.fault(path, "`"+name+"` is "+what+" and the account's own", "call it something else")
	} else if other := taken[name]; other != "" && other != what {
		c.fault(path, "`"+name+"` is "+what+" and "+other, "call one of them something else")
	}
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r > 127 || !isWord(byte(r)) && r != '.' }) {
		c.fault(path, fmt.Sprintf("%q cannot be a name", name), "a name has letters, digits, _ and .")
	}
	taken[name] = what
}

// eachRule visits every rule in a fixed order.
func (c *compiler) eachRule(visit func(path string, r *rule)) {
	each := func(path string, rules []rule) {
		for i := range rules {
			visit(path+"["+strconv.Itoa(i)+"]", &rules[i])
		}
	}
	for _, name := range c.states {
		each("states."+name+".on", c.d.States[name].On)
	}
	each("always", c.d.Always)
	each("closes", c.d.Closes)
}

// The states that every description has, whether it speaks of them or not.
const (
	stateConnect = iota
	stateLogin
	stateOnline
)

func (c *compiler) stateNames() {
	c.states = []string{"connect", "login", "online"}
	for _, name := range sorted(c.d.States) {
		if !slices.Contains(c.states, name) {
			c.states = append(c.states, name)
		}
	}
	if len(c.states) > maxStates {
		c.fault("states", fmt.Sprintf("there are %d states, more than %d", len(c.states), maxStates), "")
		c.states = c.states[:maxStates]
	}
}

// state compiles a state.
func (c *compiler) state(index int, name string) awaited {
	d, path := c.d.States[name], "states."+name
	a := awaited{name: name, say: -1, phase: d.Phase}
	if d.Say != nil {
		a.say = c.say(path+".say", d.Say)
	}
	if d.Within != nil {
		a.within = c.within(path+".within", d.Within)
	}
	if d.Phase != "" && index <= stateOnline {
		c.fault(path+".phase", "`"+name+"` has no phase of its own", "give a state behind the login one, and go there by goto")
	}
	a.rules = c.rules(path+".on", d.On, inMessage)
	a.otherwise = c.otherwise(d.Otherwise)
	return a
}

// otherwise returns what a message means that no rule takes; nothing = by stage.
func (c *compiler) otherwise(word string) meaning {
	if word == "" {
		word = c.d.Otherwise
	}
	return map[string]meaning{"alive": meansAlive, "malformed": meansMalformed, "ignored": meansIgnored}[word]
}

// within compiles how long something may last.
func (c *compiler) within(path string, w *spans) (p patience) {
	one := func(path string, v any) {
		word, _ := v.(string)
		if i := slices.IndexFunc(c.captures, func(k captured) bool { return k.name == word }); i >= 0 {
			unit := wire.MaxRetryAfter * 0
			switch c.captures[i].as {
			case "s":
				unit = second
			case "ms":
				unit = millisecond
			default:
				c.fault(path, "`"+word+"` is captured without a unit", "capture it with as: s or as: ms")
			}
			p.parts = append(p.parts, waited{i, unit})
			return
		}
		d, err := scenario.ParseSpan(word)
		if err != nil {
			c.fault(path, fmt.Sprintf("%q is neither a span nor a capture", word), "write 10s, 500ms, or the name of a capture")
		}
		p.fixed += Time(d)
	}
	if list, ok := w.value.([]any); ok {
		for i, v := range list {
			one(path+"["+strconv.Itoa(i)+"]", v)
		}
		return p
	}
	one(path, w.value)
	return p
}

// want compiles what a client says of its own accord.
func (c *compiler) want(path string, w *words) int {
	if w == nil {
		return -1
	}
	return c.say(path, w)
}

// goTo returns the number of a state, -1 = none is named.
func (c *compiler) goTo(path, name string) int {
	if name == "" {
		return -1
	}
	i := slices.Index(c.states, name)
	if i < 0 {
		c.fault(path, "there is no state `"+name+"`", hint(name, c.states))
	}
	return i
}

// judge holds what a description as a whole must be able to tell.
func (c *compiler) judge() {
	can := map[meaning]bool{}
	for i := range c.g.states {
		for _, r := range c.g.states[i].rules {
			can[r.act.means] = true
		}
	}
	for _, r := range slices.Concat(c.g.always, c.g.closes) {
		can[r.act.means] = true
	}
	if !can[meansLoggedIn] && len(c.faults) == 0 { // A rule at fault may have been the one.
		c.fault("states", "no rule means loggedIn", "say which message answers a login that succeeded: means: loggedIn")
	}
	if !can[meansRefused] && len(c.g.answers) == 0 {
		c.caveats = append(c.caveats, "a refused login looks like a link that was lost")
	}
	if !can[meansKicked] {
		c.caveats = append(c.caveats, "a kick looks like a link that was lost")
	}
	connect := &c.g.states[stateConnect]
	c.g.greets = len(connect.rules) > 0
	reached := map[int]bool{stateConnect: true, stateLogin: true, stateOnline: true}
	each := func(rules []told) {
		for i := range rules {
			reached[rules[i].to] = true
		}
	}
	for i := range c.g.states {
		each(c.g.states[i].rules)
	}
	each(c.g.always)
	for i, name := range c.states {
		if !reached[i] {
			c.fault("states."+name, "no rule goes to the state `"+name+"`", "write goto: "+name+" somewhere, or leave the state out")
		}
	}
}

// dialogue is what was compiled.
func (c *compiler) dialogue() *Dialogue {
	path, _ := c.g.path.constant()
	return &Dialogue{name: c.d.Name, path: path, subprotocol: c.d.Upgrade.Subprotocol, maxFrame: wire.MaxFrame,
		columns: c.columns, caveats: append(slices.Clone(c.d.Cannot), c.caveats...), steps: c.steps(), grammar: c.g}
}

// steps numbers the phases behind the login in the order in which rules lead to them.
func (c *compiler) steps() (names []string) {
	states := c.g.states
	seen, queue := make([]bool, len(states)), []int{stateConnect, stateLogin, stateOnline}
	reach := func(rules []told) {
		for i := range rules {
			queue = append(queue, rules[i].to)
		}
	}
	for at := 0; at < len(queue); at++ {
		i := queue[at]
		if i < 0 || seen[i] {
			continue
		}
		seen[i] = true
		if a := &states[i]; a.phase != "" {
			if !slices.Contains(names, a.phase) {
				names = append(names, a.phase)
			}
			a.step = uint8(slices.Index(names, a.phase) + 1)
		}
		reach(states[i].rules)
		if at == stateOnline {
			reach(c.g.always)
		}
	}
	return names
}

// Describes reports whether an error is about the text of a description.
func Describes(err error) (scenario.Faults, bool) {
	var f scenario.Faults
	ok := errors.As(err, &f)
	return f, ok
}
