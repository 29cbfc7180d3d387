package record

import (
	"fmt"
	"strings"
)

// mostNames is how many entries a sentence names.
const mostNames = 8

// run classifies the whole run, whose entries' storms are known: by who should be
// loggedIn at its end, and, when next to nobody is missing, by the worst of what its
// entries left behind.
func (r *reading) run(s *Storm, entries []Storm) (Class, string) {
	for i := range entries {
		s.trigger = s.trigger || entries[i].trigger
	}
	if over := r.rush(s.Capacity); !s.trigger && over > 0 {
		s.trigger, s.rushed, s.gone = true, true, max(s.gone, over)
		s.Tail = r.tail(s)
	}
	class, because := r.judge(s)
	worst := -1
	for i := range entries {
		e := &entries[i]
		if (e.Class == Metastable || e.Class == Unjudged) && e.limit != s.limit {
			continue // What is said of it is over.
		}
		if e.Class == Unjudged && e.roll.expected() == 0 && s.roll.expected() > 0 {
			continue // Nobody is left of those whom it dropped, but others are.
		}
		if worst < 0 || e.Class.weight() > entries[worst].Class.weight() ||
			e.Class == entries[worst].Class && e.roll.missing() > entries[worst].roll.missing() {
			worst = i
		}
	}
	if worst < 0 {
		return class, because
	}
	e := &entries[worst]
	switch {
	case e.Class == Recovered && class.Good():
		if class == Recovered && because != "" && s.Tail.seconds() > 0 && load(r.line.failed, 0, s.limit).Total > 0 {
			return Recovered, because + "; " + recoveredAfter(entries)
		}
		return Recovered, recoveredAfter(entries)
	case e.Class == Metastable && class != Metastable, class.Good() && e.Class.weight() > class.weight():
		return e.Class, "after " + named(entries, e.Class) + ": " + e.Because
	case e.Class == class && class != Recovered:
		return class, "after " + named(entries, class) + ": " + because
	}
	return class, because
}

// recoveredAfter says after which entries everybody came back.
func recoveredAfter(entries []Storm) string {
	var hit, in, of uint64
	dropped := 0
	for i := range entries {
		if e := &entries[i]; e.Class == Recovered && e.Hit > 0 {
			hit, in, of = hit+e.Hit, in+e.roll.in, of+e.roll.expected()
			dropped++
		}
	}
	names := named(entries, Recovered)
	switch {
	case hit == 0:
		return "the load is calm again after " + names
	case in == hit && dropped == 1:
		return "after " + names + ": " + allBack(hit)
	case in == hit: // Who dropped because of several of them counts each time.
		return fmt.Sprintf("after %s: whoever dropped is back, %s times in all", names, comma(in))
	case dropped == 1:
		return fmt.Sprintf("after %s: %s of %s that dropped and could come back %s back", names, comma(in), the(of), are(in))
	}
	return fmt.Sprintf("after %s: of those that dropped and could come back %s are, %s of %s times in all", names, Percent(float64(in)/float64(of)), comma(in), comma(of))
}

// named lists the entries of a class for people.
func named(entries []Storm, class Class) string {
	var names []string
	for i := range entries {
		if entries[i].Class == class {
			names = append(names, entries[i].Entry)
		}
	}
	if more := len(names) - mostNames; more > 0 {
		names = append(names[:mostNames], fmt.Sprintf("%d more", more))
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
