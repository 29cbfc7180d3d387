package plan

import (
	"slices"
	"strings"

	"loginstorm/sim/dialect"
	"loginstorm/sim/scenario"
)

// dialogue compiles how the target speaks.
func (c *compiler) dialogue(s *scenario.Target) {
	d := s.Dialect
	if d == nil || c.options.Virtual && c.options.Dialects == nil {
		return // A simulated gateway is spoken to in its own words.
	}
	at := "target.dialect"
	if c.file.Has(at + ".use") {
		at += ".use"
	}
	name := d.File()
	text, ok := c.options.Files[name]
	if name == "" {
		name = d.Use
		text, ok = c.options.Dialects[name]
	}
	if !ok {
		var known []string
		for k := range c.options.Dialects {
			known = append(known, k)
		}
		slices.Sort(known)
		remedy := "shipped are " + strings.Join(known, ", ") + "; a description of your own is named by its file: ./" + name + ".yaml"
		if near := scenario.Nearest(name, known); near != "" {
			remedy = "did you mean " + near + "?"
		}
		c.fault(at, "there is no dialect `"+name+"`", remedy)
		return
	}
	if d.Use != "reference" && len(c.plan.Target.URLs) == 0 && !c.options.Virtual {
		c.fault(at, "the embedded gateway speaks the reference protocol alone", "name the target's url")
	}
	spoken, err := dialect.Parse(name, text, d.Set)
	if faults, is := dialect.Describes(err); is {
		c.rows = append(c.rows, faults...)
		return
	}
	if err != nil {
		c.fault(at, "the dialect cannot be read: "+err.Error(), "")
		return
	}
	for _, caveat := range spoken.Caveats() {
		c.warn("dialect %s: %s", spoken.Name(), caveat)
	}
	c.plan.Target.Dialogue = spoken
}
