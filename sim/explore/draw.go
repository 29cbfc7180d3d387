package explore

import (
	"fmt"
	"time"

	"loginstorm/sim/scenario"
)

// drawer is a scenario in the making.
type drawer struct {
	dice
	file    *scenario.File
	files   map[string][]byte
	window  time.Duration // In which the timeline happens.
	clients int           // That are still to be drawn.
	total   int           // That were drawn, races among them.
	number  int           // Of the timeline's next entry.
}

// windows are how long the first part of a scenario lasts.
var windows = [...]time.Duration{20 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute}

// One scenario in so many is a crowd: of so many times the clients of the others.
const (
	crowdIn    = 64
	crowdTimes = 10
)

// mostEntries bounds the entries that are drawn, before those that heal.
const mostEntries = 12

// Draw returns the case of a seed. The error says why the plan refuses what was
// drawn: such a case counts as not drawn.
func (e *Explorer) Draw(seed uint64) (*Case, error) {
	f := *e.template
	f.Name, f.Seed = fmt.Sprintf("explore-%d", seed), &seed
	f.Gateway, f.Populations, f.Timeline = nil, nil, nil
	d := &drawer{dice: diceOf(seed), file: &f}
	d.window = of(&d.dice, windows[:]...)
	d.clients = d.size(e.most)
	d.beside()
	d.network()
	for n := d.between(1, 4); n > 0 && d.clients > 0; n-- {
		d.population(n == 1)
	}
	d.gateway()
	d.timeline()
	c := &Case{Seed: seed, File: &f, Files: d.files}
	return c, d.heal(c)
}

// size draws how many clients the populations have. Small worlds are as telling as
// large ones, and faster.
func (d *drawer) size(most int) int {
	if d.one(crowdIn) {
		return d.between(most, crowdTimes*most)
	}
	return min(most, of(&d.dice, d.between(1, 6), d.between(2, 12), d.between(5, 25), d.between(min(20, most), most)))
}

// beside draws the servers beside the gateway.
func (d *drawer) beside() {
	if d.in(45) {
		d.file.App = &scenario.App{Workers: uint32(d.between(0, 4)), Queue: ref(d.queue()), ServiceTime: d.dist(0, 400*time.Millisecond),
			TTL:       maybe(&d.dice, 30, func() scenario.Span { return scenario.Span(d.between(1, 300)) * scenario.Span(time.Second) }),
			ClockSkew: of(&d.dice, 0, 0, 0, scenario.SignedSpan(-20*time.Second), scenario.SignedSpan(10*time.Second))}
	}
	if d.in(30) {
		d.file.AddressServer = &scenario.AddressServer{Workers: uint32(d.between(0, 3)), Queue: ref(d.queue()), ServiceTime: d.dist(0, 300*time.Millisecond)}
	}
}

// queue draws how many may wait: a few, or more than there are clients.
func (d *drawer) queue() uint32 { return uint32(of(&d.dice, d.between(0, 10), 500, 500)) }

// network draws what links are like. Most have a latency: a world without one has
// its races all in one instant.
func (d *drawer) network() {
	if d.in(12) {
		return
	}
	n := &scenario.Network{Latency: d.dist(time.Millisecond, of(&d.dice, 5*time.Millisecond, 60*time.Millisecond, 400*time.Millisecond))}
	if d.one(5) {
		n.Loss = ref(scenario.Share(d.between(1, 15)) * 10_000)
		n.Retransmit = maybe(&d.dice, 50, func() scenario.Span { return d.span(10*time.Millisecond, 400*time.Millisecond) })
	}
	if d.one(10) {
		n.Bandwidth = uint64(d.between(2, 200)) * 1000
	}
	d.file.Network = n
}

// population draws one, of the clients that are left.
func (d *drawer) population(last bool) {
	p := scenario.Population{Name: fmt.Sprintf("p%d", len(d.file.Populations)+1)}
	most := d.clients
	if !last {
		most = d.between(1, d.clients)
	}
	devices := d.devices(&p, most)
	p.Accounts = uint32(max(1, most/devices))
	if devices > 1 && d.one(2) {
		p.Accounts = uint32(d.between(1, int(p.Accounts)))
	}
	d.clients -= int(p.Accounts) * devices
	d.total += int(p.Accounts) * devices
	d.login(&p)
	d.timings(&p)
	p.Arrive = d.arrive()
	p.Behavior = d.behavior()
	if d.one(12) {
		p.DatabaseFails = ref(d.share())
	}
	d.file.Populations = append(d.file.Populations, p)
}

// platforms are those that can log in.
var platforms = [...]scenario.ClientType{"android", "ios", "windows", "windowsPhone", "web", "macos", "harmonyos"}

// devices draws the devices of each account, and returns how many there are.
func (d *drawer) devices(p *scenario.Population, most int) int {
	kinds := min(of(&d.dice, 1, 1, 2, 2, 3, 4), most)
	for range kinds {
		p.ClientType = append(p.ClientType, of(&d.dice, platforms[:]...))
	}
	n := kinds
	switch {
	case most >= 12 && d.one(6): // A crowd at the device limit of policy all.
		n = d.between(10, 12)
	case d.one(4):
		n = d.between(kinds, max(kinds, min(most, 5)))
	}
	if n != kinds || d.one(5) {
		p.DevicesPerAccount = uint32(n)
	}
	return n
}

// automatic reports whether all platforms of a population can log in by themselves.
// Spec 3.
func automatic(p *scenario.Population) bool {
	for _, t := range p.ClientType {
		if t != "android" && t != "ios" {
			return false
		}
	}
	return true
}

// login draws how clients log in.
func (d *drawer) login(p *scenario.Population) {
	p.Login = of(&d.dice, "", "manual")
	if automatic(p) {
		p.Login = of(&d.dice, "", "manual", "auto")
	}
	if d.in(30) {
		p.AuthType = of(&d.dice, "default", "dynamic", "thirdParty")
	}
	if d.file.App != nil && d.in(40) {
		p.Token = &scenario.Token{Fetch: of(&d.dice, "never", "first", "everyLogin")}
	}
	p.Force = d.one(4)
	if d.one(10) {
		p.LoginExt = "tag"
		p.CustomClientType = int32(d.between(1, 9))
	}
	if d.one(5) {
		p.Version = ref(of[scenario.Version](&d.dice, 8_00_00, 9_00_00, 9_12_03))
	}
}
