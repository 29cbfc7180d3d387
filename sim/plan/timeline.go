package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// timeline makes the steps of every entry and puts them into order.
func (c *compiler) timeline() {
	for i := range c.plan.Entries {
		source := c.sources[i]
		t := &turn{compiler: c, entry: &c.plan.Entries[i], number: uint16(i), path: fmt.Sprintf("timeline[%d]", source)}
		t.mark(t.entry.At)
		t.hooked()
		t.verb(&c.file.Timeline[source])
		if t.entry.Until > t.entry.At {
			if t.entry.Until > c.plan.Duration {
				c.warn("%s: goes on to %v, past the end of the run at %v", t.entry.Name, brief(t.entry.Until), c.plan.Duration)
			}
			t.mark(t.entry.Until)
		}
		if len(c.plan.Steps) > c.steps {
			c.fault(t.path, fmt.Sprintf("up to here the timeline has more than %s steps", thousands(uint64(c.steps))), "hit fewer clients, or less often")
			return
		}
	}
	c.order()
}

// order sorts the steps by instant, then entry, then the order they were made
// in, which is that of clients between two marks.
func (c *compiler) order() {
	steps := c.plan.Steps
	type place struct {
		at    Time
		entry uint16
		index uint32
	}
	places := make([]place, len(steps))
	for i := range steps {
		places[i] = place{steps[i].At, steps[i].Entry, uint32(i)}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.entry, b.entry), cmp.Compare(a.index, b.index))
	})
	ordered := make([]Step, len(steps))
	for i, p := range places {
		ordered[i] = steps[p.index]
	}
	c.plan.Steps = ordered
}

// turn is an entry in the making.
type turn struct {
	*compiler
	entry  *Entry
	number uint16
	path   string
	on     uint8 // The node that steps of hit are for; 0 = any.
}

func (t *turn) add(s Step) {
	if len(t.plan.Steps) > t.steps {
		return // The timeline is refused already.
	}
	s.Entry = t.number
	t.entry.Until = max(t.entry.Until, s.At)
	t.entry.Gradual = t.entry.Gradual || t.entry.Drops && s.At > t.entry.At && s.Strikes()
	t.plan.Steps = append(t.plan.Steps, s)
}

// hit adds a step for a client whose link goes to the node that the entry names.
func (t *turn) hit(s Step) {
	s.On = t.on
	t.add(s)
}

// mark tells the drivers that the entry begins, or ends.
func (t *turn) mark(at Time) {
	t.plan.Steps = append(t.plan.Steps, Step{At: at, Kind: Mark, Entry: t.number})
}

// offset returns when a client's turn comes.
func (t *turn) offset(client uint32, spread *scenario.Span) Time {
	return t.entry.At + offset(t.plan.Seed, t.entry.Name, client, span(spread, 0))
}

// over names a spread for people.
func over(s *scenario.Span) string {
	if span(s, 0) == 0 {
		return ""
	}
	return fmt.Sprintf(" over %v", s)
}

// nth names a node for people.
func nth(node uint8) string {
	if node == 0 {
		return "the gateway"
	}
	return fmt.Sprintf("node %d", node)
}

func origin(name string) wire.Origin {
	if name == "auto" {
		return wire.Auto
	}
	return wire.Manual
}

// whole is a duration that outlasts every run.
const whole = 10 * 365 * 24 * time.Hour
