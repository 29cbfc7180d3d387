package plan

import (
	"fmt"
	"slices"
	"strings"

	"loginstorm/sim/chance"
	"loginstorm/sim/scenario"
)

// crowd is the clients or the accounts that an entry chooses among: stretches of
// numbers, in order.
type crowd struct {
	stretches []stretch
	total     uint64
}

// stretch is the numbers first to first+count-1.
type stretch struct{ first, count uint32 }

// add appends a stretch.
func (c *crowd) add(s stretch) {
	if s.count > 0 {
		c.stretches = append(c.stretches, s)
		c.total += uint64(s.count)
	}
}

// choose calls do for exactly k of the crowd, ascending; the draws belong to name.
func (c *crowd) choose(seed uint64, purpose chance.Purpose, name string, k uint64, do func(number uint32)) {
	next, begin := 0, uint64(0)
	choose(seed, purpose, name, c.total, k, func(i uint64) {
		for i-begin >= uint64(c.stretches[next].count) {
			begin += uint64(c.stretches[next].count)
			next++
		}
		do(c.stretches[next].first + uint32(i-begin))
	})
}

// within returns the part of s that lies in the numbers first to last.
func (s stretch) within(first, last uint32) stretch {
	low, high := max(uint64(s.first), uint64(first)), min(uint64(s.first)+uint64(s.count), uint64(last)+1)
	if low >= high {
		return stretch{}
	}
	return stretch{uint32(low), uint32(high - low)}
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

// clients gathers the clients that an entry chooses among.
func (t *turn) clients(w *scenario.Who, path string) *crowd {
	_, parts := t.members(w.Of, path+".of")
	var c, homes crowd
	for _, n := range parts {
		g, p := t.groupOf(n), &t.plan.Populations[n]
		every := p.Count / g.accounts
		home := stretch{g.base, g.accounts}
		homes.add(home)
		if len(w.Accounts) == 0 {
			c.add(stretch{p.First, p.Count})
			continue
		}
		for _, r := range inOrder(w.Accounts) {
			s := home.within(r.First, r.Last)
			c.add(stretch{p.First + (s.first-g.base)*every, s.count * every})
		}
	}
	t.listed(w, &homes, path)
	return &c
}

// accounts gathers the accounts that an entry chooses among: those that people begin
// with, or with spare also those that they switch to.
func (t *turn) accounts(w *scenario.Who, path string, spare bool) *crowd {
	groups, _ := t.members(w.Of, path+".of")
	var c, all crowd
	for _, g := range groups {
		s := stretch{g.base, g.accounts}
		if spare {
			s.count *= g.each
		}
		all.add(s)
		if len(w.Accounts) == 0 {
			c.add(s)
		}
		for _, r := range inOrder(w.Accounts) {
			c.add(s.within(r.First, r.Last))
		}
	}
	t.listed(w, &all, path)
	return &c
}

// inOrder returns ranges of accounts ascending, with none in two of them.
func inOrder(ranges []scenario.Range) []scenario.Range {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b scenario.Range) int { return int(int64(a.First) - int64(b.First)) })
	var out []scenario.Range
	for _, r := range sorted {
		if last := len(out) - 1; last >= 0 && r.First <= out[last].Last {
			out[last].Last = max(out[last].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}

// listed refuses accounts that are not among those meant.
func (t *turn) listed(w *scenario.Who, among *crowd, path string) {
	if len(w.Accounts) == 0 || len(among.stretches) == 0 || t.uncounted() {
		return
	}
	// Parts of one population have the same accounts.
	slices.SortFunc(among.stretches, func(a, b stretch) int { return int(int64(a.first) - int64(b.first)) })
	stretches := slices.Compact(among.stretches)
	var are []string
	for _, s := range stretches {
		are = append(are, fmt.Sprintf("%d to %d", s.first, s.first+s.count-1))
	}
	for i, r := range w.Accounts {
		found := uint64(0)
		for _, s := range stretches {
			found += uint64(s.within(r.First, r.Last).count)
		}
		if found == uint64(r.Last)-uint64(r.First)+1 {
			continue
		}
		at := fmt.Sprintf("%s.accounts[%d]", path, i)
		if !t.file.Has(at) {
			at = path + ".accounts"
		}
		t.fault(at, fmt.Sprintf("%v %s accounts of %s", r, which(r.First == r.Last, "is not among the", "are not all among the"), t.of(w)),
			"those are "+some(are))
	}
}

// groupOf returns the population, as the scenario has it, of a part.
func (c *compiler) groupOf(part uint16) *group { return &c.groups[c.owners[part]] }

// owner returns the population, as the scenario has it, of an account.
func (c *compiler) owner(account uint32) *group {
	i, found := slices.BinarySearchFunc(c.groups, account, func(g group, a uint32) int {
		switch {
		case g.base > a:
			return 1
		case a-g.base >= g.accounts*g.each:
			return -1
		}
		return 0
	})
	if !found {
		return nil
	}
	return &c.groups[i]
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

// eachClient calls do for the clients that are meant, in order of their numbers, and
// returns how they are called. Steps of t.hit are for those at the node that the
// entry names.
func (t *turn) eachClient(w *scenario.Who, path string, do func(client uint32)) string {
	c := t.clients(w, path)
	k := t.amount(w, c.total, "clients", path)
	t.on = 0
	if w.Node > 0 {
		t.atNode(w.Node, path)
		t.on = w.Node
	}
	c.choose(t.plan.Seed, chance.Pick, t.entry.Name, k, do)
	t.entry.Asked += uint32(k)
	return t.says(w, k, c.total, "clients")
}

// eachAccount calls do for the accounts that are meant, in order of their numbers,
// and returns how they are called. With spare, accounts that people switch to count.
func (t *turn) eachAccount(w *scenario.Who, path string, spare bool, do func(account uint32)) string {
	c := t.accounts(w, path, spare)
	k := t.amount(w, c.total, "accounts", path)
	c.choose(t.plan.Seed, chance.Pick, t.entry.Name, k, do)
	return t.says(w, k, c.total, "accounts")
}

// says names a choice for people: 33% of phones (1,980 of 6,000 clients).
func (t *turn) says(w *scenario.Who, k, whole uint64, what string) string {
	of, node := t.of(w), ""
	if w.Node > 0 {
		node = fmt.Sprintf("those on node %d among ", w.Node)
	}
	if len(w.Accounts) > 0 {
		one := len(w.Accounts) == 1 && w.Accounts[0].First == w.Accounts[0].Last
		of = fmt.Sprintf("%s (%s %s)", of, which(one, "account", "accounts"), some(w.Accounts))
	}
	what = plural(whole, what)
	switch {
	case w.Share != nil:
		return fmt.Sprintf("%s%v of %s (%s of %s %s)", node, w.Share, of, thousands(k), thousands(whole), what)
	case w.Count != nil:
		return fmt.Sprintf("%s%s of the %s %s of %s", node, thousands(k), thousands(whole), what, of)
	case whole == 1:
		return fmt.Sprintf("%s1 %s of %s", node, what, of)
	}
	return fmt.Sprintf("%sall %s %s of %s", node, thousands(whole), what, of)
}

// plural writes a noun for so many, of its plural.
func plural(n uint64, nouns string) string {
	if n == 1 {
		return strings.TrimSuffix(nouns, "s")
	}
	return nouns
}

// some lists names for people, cut where nobody reads on.
func some[T any](list []T) string {
	const most = 6
	var words []string
	for _, x := range list[:min(len(list), most)] {
		words = append(words, fmt.Sprint(x))
	}
	text := strings.Join(words, ", ")
	if more := len(list) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// of names the populations that are meant.
func (t *turn) of(w *scenario.Who) string {
	if len(w.Of) > 0 {
		return strings.Join(w.Of, ", ")
	}
	return "all populations"
}
