package plan

import (
	"fmt"

	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// MostEntries bounds the timeline's entries, repetitions among them.
const MostEntries = 1000

// entries makes the entries, one for each repetition, and the extra populations of
// kick races.
func (c *compiler) entries() {
	names := map[string]int{}
	for i := range c.file.Timeline {
		e := &c.file.Timeline[i]
		path := fmt.Sprintf("timeline[%d]", i)
		for n, at := range c.instants(e, path) {
			name := e.Name
			if n > 0 {
				name = fmt.Sprintf("%s-%d", e.Name, n+1)
			}
			if first, twice := names[name]; twice {
				c.fault(path+".name", fmt.Sprintf("item %d of the timeline is called %q, too", first+1, name), "give each entry a name of its own")
				if n > 0 {
					break
				}
			}
			names[name] = i
			c.sources = append(c.sources, i)
			c.plan.Entries = append(c.plan.Entries, Entry{Name: name, Verb: e.Verb(), At: at, Until: at, Repeat: uint32(n)})
			if e.KickRace != nil && !e.KickRace.Existing && !c.addRace(e.KickRace, name, path, len(c.plan.Entries)-1) {
				break
			}
		}
		if len(c.plan.Entries) > MostEntries {
			c.fault(path, fmt.Sprintf("up to here the timeline has more than %d entries, repetitions among them", MostEntries), "repeat less often, or give times")
			return
		}
	}
	if n := len(c.plan.Entries); n > record.MaxEntries {
		c.warn("the timeline has %d entries, repetitions among them: those beyond the first %d share their figures", n, record.MaxEntries)
	}
}

// instants returns when an entry happens: once, or again and again.
func (c *compiler) instants(e *scenario.Entry, path string) []Time {
	at, end := Time(e.At), c.plan.Duration
	if at >= end {
		c.fault(path+".at", fmt.Sprintf("%v is not before the end of the run at %v", e.At, end), "write an earlier instant, or a longer duration")
		return []Time{at}
	}
	switch {
	case e.Every == nil && e.Times > 0:
		c.fault(path+".times", "times says how often an entry is repeated, and it is not", "write every, too")
		return []Time{at}
	case e.Every == nil, c.file.Lost("duration"):
		return []Time{at}
	case *e.Every == 0:
		c.fault(path+".every", "an entry that is repeated every 0s has no end", "write a span such as 10s")
		return []Time{at}
	}
	every := Time(*e.Every)
	fit := uint64((end-1-at)/every) + 1
	n := fit
	if e.Times > 0 {
		n = uint64(e.Times)
	}
	if n > fit {
		c.warn("%s: %d of %d times come after the end of the run at %v, and are left out", e.Name, n-fit, n, end)
		n = fit
	}
	all := make([]Time, min(n, MostEntries+1))
	for i := range all {
		all[i] = at + Time(i)*every
	}
	return all
}

// addRace adds the extra clients of a race, under the entry's name. They wait
// for their step: none arrives by itself.
func (c *compiler) addRace(r *scenario.KickRace, name, path string, entry int) bool {
	if c.scenario(name) != nil {
		c.fault(path+".name", fmt.Sprintf("a population is called %q, too, and the race's clients are called like their entry", name), "rename one of them")
		return false
	}
	path += ".kickRace"
	types := c.types(r.Devices, path+".devices")
	if len(types) != len(r.Devices) || !c.raceForm(r, path) {
		return false
	}
	population := scenario.Population{Name: name, Accounts: r.Accounts, DevicesPerAccount: uint32(len(types)), Login: "manual", Force: r.Force}
	c.addGroup(&population, path, types, len(types), entry)
	return true
}
