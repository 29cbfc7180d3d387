package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// races makes the entries, and the extra populations of kick races.
func (c *compiler) races() {
	names := map[string]int{}
	for i := range c.file.Timeline {
		e := &c.file.Timeline[i]
		path := fmt.Sprintf("timeline[%d]", i)
		if first, twice := names[e.Name]; twice {
			c.fault(path+".name", fmt.Sprintf("item %d of the timeline is called %q, too", first+1, e.Name), "give each entry a name of its own")
		}
		names[e.Name] = i
		if Time(e.At) >= c.plan.Duration {
			c.fault(path+".at", fmt.Sprintf("%v is not before the end of the run at %v", e.At, c.plan.Duration), "write an earlier instant, or a longer duration")
		}
		c.plan.Entries = append(c.plan.Entries, Entry{Name: e.Name, Verb: verbOf(e), At: Time(e.At), Until: Time(e.At)})
		if e.KickRace != nil && !e.KickRace.Existing {
			c.addRace(e, path, i)
		}
	}
}

// verbOf returns the name of an entry's verb.
func verbOf(e *scenario.Entry) string {
	switch {
	case e.Cut != nil:
		return "cut"
	case e.Restart != nil:
		return "restart"
	case e.Refuse != nil:
		return "refuse"
	case e.NodeDown != nil:
		return "nodeDown"
	case e.NetworkLoss != nil:
		return "networkLoss"
	case e.RateLimit != nil:
		return "rateLimit"
	case e.KickRace != nil:
		return "kickRace"
	case e.KickOther != nil:
		return "kickOther"
	case e.KickServer != nil:
		return "kickServer"
	case e.Ban != nil:
		return "ban"
	case e.Unban != nil:
		return "unban"
	case e.Logout != nil:
		return "logout"
	case e.Login != nil:
		return "login"
	}
	return ""
}

// addRace adds the extra clients of a race, under the entry's name. They wait
// for their step: none arrives by itself.
func (c *compiler) addRace(e *scenario.Entry, path string, entry int) {
	r := e.KickRace
	if c.scenario(e.Name) != nil {
		c.fault(path+".name", fmt.Sprintf("a population is called %q, too, and the race's clients are called like their entry", e.Name), "rename one of them")
		return
	}
	types := c.types(r.Devices, path+".kickRace.devices")
	if len(types) != len(r.Devices) {
		return
	}
	if len(r.Origins) > 0 && len(r.Origins) != len(types) {
		c.fault(path+".kickRace.origins", fmt.Sprintf("%d origins for %d devices", len(r.Origins), len(types)), "write one for each device")
	}
	population := scenario.Population{Name: e.Name, Accounts: r.Accounts, DevicesPerAccount: uint32(len(types)), Login: "manual"}
	c.addGroup(&population, path+".kickRace", types, len(types), entry)
}

// timeline makes the steps of every entry and puts them into order.
func (c *compiler) timeline() {
	for i := range c.plan.Entries {
		t := &turn{compiler: c, entry: &c.plan.Entries[i], number: uint16(i), path: fmt.Sprintf("timeline[%d]", i)}
		t.mark(t.entry.At)
		t.verb(&c.file.Timeline[i])
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
}

func (t *turn) add(s Step) {
	if len(t.plan.Steps) > t.steps {
		return // The timeline is refused already.
	}
	s.Entry = t.number
	t.entry.Until = max(t.entry.Until, s.At)
	t.plan.Steps = append(t.plan.Steps, s)
}

// mark tells the drivers that the entry begins, or ends.
func (t *turn) mark(at Time) {
	t.plan.Steps = append(t.plan.Steps, Step{At: at, Kind: Mark, Entry: t.number})
}

// offset returns when a client's turn comes.
func (t *turn) offset(client uint32, spread *scenario.Span) Time {
	return t.entry.At + offset(t.plan.Seed, t.entry.Name, client, span(spread, 0))
}

// members finds the parts of populations that a list of names means; none means
// all of the file's. Races may be named, too.
func (t *turn) members(of scenario.Names, path string) (groups []*group, parts []uint16) {
	var known []string
	for i := range t.groups {
		g := &t.groups[i]
		known = append(known, g.name)
		named := slices.Contains(of, g.name) || len(of) == 0 && g.race < 0
		some := false
		for _, n := range g.parts {
			part := t.plan.Populations[n].Name
			if part != g.name {
				known = append(known, part)
			}
			if named || slices.Contains(of, part) {
				parts, some = append(parts, n), true
			}
		}
		if some {
			groups = append(groups, g)
		}
	}
	for i, name := range of {
		if !slices.Contains(known, name) && t.scenario(name) == nil {
			at := path
			if t.file.Has(fmt.Sprintf("%s[%d]", path, i)) {
				at = fmt.Sprintf("%s[%d]", path, i)
			}
			if message := fmt.Sprintf("unknown population %q", name); !t.nameless(message) {
				t.fault(at, message, suggest(name, known))
			}
		}
	}
	return groups, parts
}

// amount settles how many of a whole are meant.
func (t *turn) amount(w *scenario.Who, whole uint64, what, path string) uint64 {
	switch {
	case w.Share != nil && w.Count != nil:
		t.fault(path, "share and count are both given", "leave one of them out")
	case w.Count != nil && uint64(*w.Count) > whole:
		if t.uncounted() {
			return whole
		}
		t.fault(path+".count", fmt.Sprintf("%d are more than the %d %s there are", *w.Count, whole, what), "write a smaller number, or a share")
	case w.Count != nil:
		return uint64(*w.Count)
	case w.Share != nil:
		n := part(uint32(*w.Share), whole)
		if n == 0 && whole > 0 {
			t.warn("%s: %v of %d %s is nobody", t.entry.Name, w.Share, whole, what)
		}
		return n
	}
	return whole
}

// clients calls do for the clients that are meant, in order of their numbers, and
// returns how they are called.
func (t *turn) clients(w *scenario.Who, path string, do func(client uint32)) string {
	_, parts := t.members(w.Of, path+".of")
	var whole uint64
	for _, n := range parts {
		whole += uint64(t.plan.Populations[n].Count)
	}
	k := t.amount(w, whole, "clients", path)
	next, begin := 0, uint64(0)
	choose(t.plan.Seed, t.entry.Name, whole, k, func(i uint64) {
		for i-begin >= uint64(t.plan.Populations[parts[next]].Count) {
			begin += uint64(t.plan.Populations[parts[next]].Count)
			next++
		}
		do(t.plan.Populations[parts[next]].First + uint32(i-begin))
	})
	t.entry.Asked += uint32(k)
	return t.says(w, k, whole, "clients")
}

// accounts calls do for the accounts that are meant.
func (t *turn) accounts(w *scenario.Who, path string, do func(g *group, a uint32)) string {
	groups, _ := t.members(w.Of, path+".of")
	var whole uint64
	for _, g := range groups {
		whole += uint64(g.accounts)
	}
	k := t.amount(w, whole, "accounts", path)
	next, begin := 0, uint64(0)
	choose(t.plan.Seed, t.entry.Name, whole, k, func(i uint64) {
		for i-begin >= uint64(groups[next].accounts) {
			begin += uint64(groups[next].accounts)
			next++
		}
		do(groups[next], uint32(i-begin))
	})
	return t.says(w, k, whole, "accounts")
}

// says names a choice for people: 33% of phones (1,980 of 6,000 clients).
func (t *turn) says(w *scenario.Who, k, whole uint64, what string) string {
	of := "all populations"
	if len(w.Of) > 0 {
		of = strings.Join(w.Of, ", ")
	}
	switch {
	case w.Share != nil:
		return fmt.Sprintf("%v of %s (%s of %s %s)", w.Share, of, thousands(k), thousands(whole), what)
	case w.Count != nil:
		return fmt.Sprintf("%s of the %s %s of %s", thousands(k), thousands(whole), what, of)
	}
	return fmt.Sprintf("all %s %s of %s", thousands(whole), what, of)
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
