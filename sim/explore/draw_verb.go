package explore

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"loginstorm/sim/scenario"
)

// verb draws one verb of the language. It reports false where a world has nothing
// that the verb could be about.
type verb struct {
	name string
	draw func(d *drawer, e *scenario.Entry) bool
}

// verbs lists all verbs that a timeline may have.
func verbs() []verb {
	return []verb{
		{"cut", (*drawer).cut}, {"slow", (*drawer).slow}, {"delay", (*drawer).delay}, {"loss", (*drawer).loss},
		{"connectFail", (*drawer).connectFail}, {"dnsFail", (*drawer).dnsFail}, {"networkLoss", (*drawer).networkLoss}, {"replay", (*drawer).replay},
		{"restart", (*drawer).restart}, {"stop", (*drawer).stop}, {"refuse", (*drawer).refuse}, {"nodeDown", (*drawer).nodeDown},
		{"drain", (*drawer).drain}, {"brownOut", (*drawer).brownOut}, {"acceptQueueFull", (*drawer).acceptQueueFull}, {"coldCache", (*drawer).coldCache},
		{"authOutage", (*drawer).authOutage}, {"appServer", (*drawer).appServer}, {"addressServer", (*drawer).addressServer},
		{"sessionTimeout", (*drawer).sessionTimeout}, {"admission", (*drawer).admission}, {"rateLimit", (*drawer).limiter},
		{"minVersion", (*drawer).minVersion}, {"multiDevice", (*drawer).multiDevice}, {"kickServer", (*drawer).kickServer}, {"ban", (*drawer).ban},
		{"unban", (*drawer).unban}, {"rotateTokens", (*drawer).rotateTokens}, {"kickRace", (*drawer).kickRace}, {"kickOther", (*drawer).kickOther},
		{"kill", (*drawer).kill}, {"databaseFail", (*drawer).databaseFail}, {"logout", (*drawer).logout}, {"login", (*drawer).callLogin},
	}
}

// timeline draws the entries. Verbs that play together are drawn together: a world
// has a few favourites beside whatever else happens.
func (d *drawer) timeline() {
	all := verbs()
	favourites := []verb{of(&d.dice, all...), of(&d.dice, all...)}
	for n := min(d.below(mostEntries+1), d.below(mostEntries+1)+2); n > 0; n-- {
		v := of(&d.dice, all...)
		if d.one(3) {
			v = of(&d.dice, favourites...)
		}
		e := scenario.Entry{At: d.instant()}
		if v.draw(d, &e) {
			d.enter(e, v.name)
		}
	}
	d.collide()
	slices.SortStableFunc(d.file.Timeline, func(a, b scenario.Entry) int { return cmp.Compare(a.At, b.At) })
}

// enter appends an entry under a name of its own.
func (d *drawer) enter(e scenario.Entry, name string) {
	d.number++
	e.Name = fmt.Sprintf("%s-%d", name, d.number)
	if e.Ban == nil && e.Unban == nil && e.KickRace == nil && d.one(10) {
		e.Every = d.spanRef(time.Millisecond, d.window/8)
		e.Times = uint32(d.between(2, 4))
	}
	d.file.Timeline = append(d.file.Timeline, e)
}

// instant draws when something happens: while the clients arrive, or later.
func (d *drawer) instant() scenario.Span {
	return scenario.Span(time.Second) + of(&d.dice, d.span(0, 2*time.Second), d.span(0, d.window), scenario.Span(d.below(int(d.window))))
}

// offsets are how far apart the parts of a race are at most.
var offsets = [...]time.Duration{0, time.Microsecond, time.Millisecond, 20 * time.Millisecond, 200 * time.Millisecond, 2 * time.Second}

// micro draws an offset of a race.
func (d *drawer) micro(most time.Duration) scenario.Span {
	return scenario.Span(d.below(int(most) + 1))
}

// collide puts some entries next to each other, a race's offset apart: what happens
// far from everything else seldom breaks anything. An unban stays behind its ban.
func (d *drawer) collide() {
	list := d.file.Timeline
	if len(list) < 2 || d.in(35) {
		return
	}
	most := of(&d.dice, offsets[:]...)
	at := of(&d.dice, list...).At
	for i := range list {
		if e := &list[i]; d.one(2) && e.Ban == nil && e.Unban == nil {
			e.At = at + d.micro(most)
		}
	}
}

// who chooses clients, or accounts. A number of them is never more than there are:
// every population has one.
func (d *drawer) who(accounts bool) scenario.Who {
	w := scenario.Who{}
	switch d.below(4) {
	case 0:
		w.Count = ref(uint32(1))
		if d.several() > 1 && d.one(2) {
			*w.Count = 2
		}
	case 1:
		w.Share = ref(d.share())
	}
	if w.Count == nil && d.one(3) || w.Count != nil && *w.Count == 1 && d.one(3) {
		w.Of = scenario.Names{d.someone()}
	}
	if w.Count == nil && w.Of == nil && d.one(6) {
		w.Accounts = scenario.Accounts{{First: 0, Last: uint32(d.below(int(d.file.Populations[0].Accounts)))}}
	}
	if n := d.file.Gateway.Nodes; !accounts && n > 1 && d.one(6) {
		w.Node = uint8(d.between(1, int(n)))
	}
	return w
}

// several returns how many accounts there are, those of races left out.
func (d *drawer) several() int {
	n := 0
	for i := range d.file.Populations {
		n += int(d.file.Populations[i].Accounts)
	}
	return n
}

// someone names a population, or the clients of a race.
func (d *drawer) someone() string {
	var names []string
	for i := range d.file.Populations {
		names = append(names, d.file.Populations[i].Name)
	}
	for i := range d.file.Timeline {
		if r := d.file.Timeline[i].KickRace; r != nil && !r.Existing && len(r.Devices) > 0 {
			names = append(names, d.file.Timeline[i].Name)
		}
	}
	return of(&d.dice, names...)
}

// lasting draws how long something lasts; nil = until everything is healed.
func (d *drawer) lasting() *scenario.Span {
	return maybe(&d.dice, 75, func() scenario.Span { return d.span(time.Millisecond, d.window/2) })
}

func (d *drawer) while() scenario.While {
	w := scenario.While{For: d.lasting(), Spread: d.spread()}
	w.Spread = within(w.Spread, w.For)
	if w.For != nil && d.one(4) {
		w.ReturnSpread = d.spanRef(0, 5*time.Second)
	}
	return w
}

// within shortens a spread, so that all are hit when the first are healed.
func within(spread, lasts *scenario.Span) *scenario.Span {
	if spread != nil && lasts != nil && *spread > *lasts {
		return lasts
	}
	return spread
}

// spread draws over how long many are hit.
func (d *drawer) spread() *scenario.Span {
	return maybe(&d.dice, 40, func() scenario.Span { return d.span(0, 5*time.Second) })
}

// node draws one node; 0 = all.
func (d *drawer) node() uint8 {
	if n := int(max(1, d.file.Gateway.Nodes)); d.one(2) {
		return uint8(d.between(1, n))
	}
	return 0
}

// workers draws a share of workers.
func (d *drawer) workers() *scenario.Share {
	return maybe(&d.dice, 50, func() scenario.Share { return d.share() })
}

// factor draws how many times as long something takes.
func (d *drawer) factor() scenario.Factor {
	return scenario.Factor(of(&d.dice, d.between(1, 1000), 1000*d.between(2, 30)))
}
