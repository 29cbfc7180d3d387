package worlds

import (
	"slices"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// world is one state.
type world struct {
	*shared
	gw     *gateway.Gateway
	gwNow  Time
	actors []actor
	conns  []conn // In the order of client and generation.
	jobs   []work // Logins that a worker has.
	left   Budget
}

// shared is what all states of one exploration have in common: what never changes,
// and the buffers of the step that is being made.
type shared struct {
	cfg   *Config
	specs []*client.Spec
	rec   *record.Recorder
	ask   gateway.Request
	out   client.Out
	gwOut []gateway.Output
	step  step
	tells func(string) // Hears what a world does that is left alone; nil = nobody does.
}

// step is what one choice brought about, for those who judge it.
type step struct {
	choice  choice
	events  []event
	arrived packet // What was delivered to a client, if that was the choice.
	broken  string // A rule of this package that the step itself broke.
}

// actor is a client with the clock of its device.
type actor struct {
	v       client.Virtual
	now     Time
	pending bool  // By the rules it comes back by itself, see rules.go.
	owed    uint8 // Calls without a result.
}

// work is a login that a worker has; the link may be gone meanwhile.
type work struct {
	job    uint32
	client uint8
	gen    uint32 // Of its link; 0 = that was gone already.
}

// newWorld returns the state from which every history begins: manual clients run,
// and wait for somebody to press the button; the automatic one has not started.
func newWorld(cfg *Config, s *shared) (*world, error) {
	gw, err := gateway.New(cfg.gatewayConfig())
	if err != nil {
		return nil, err
	}
	w := &world{shared: s, gw: gw, left: cfg.Budget}
	s.step.events = s.step.events[:0]
	for i, spec := range s.specs {
		w.actors = append(w.actors, actor{v: client.New(spec, uint32(i), account)})
	}
	for i := 1; i < len(w.actors); i++ {
		w.tell(i, client.Input{Kind: client.Start})
	}
	return w, nil
}

// clone returns an equal world that goes its own way.
func (w *world) clone() *world {
	c := *w
	c.gw = w.gw.Clone()
	c.actors = slices.Clone(w.actors)
	for i := range c.actors {
		c.actors[i].v = w.actors[i].v.Clone()
	}
	c.conns = slices.Clone(w.conns)
	for i := range c.conns {
		c.conns[i].up, c.conns[i].down = slices.Clone(w.conns[i].up), slices.Clone(w.conns[i].down)
	}
	c.jobs = slices.Clone(w.jobs)
	return &c
}

// tell steps a client and carries out what it wants.
func (w *world) tell(i int, in client.Input) {
	a := &w.actors[i]
	in.Due = a.now
	if w.cfg.plant.input != nil {
		w.cfg.plant.input(&in)
	}
	w.out.Reset()
	w.out.Watched = true
	a.v.Step(a.now, in, w.rec, &w.out)
	for n := range w.out.Published {
		w.published(i, &w.out.Published[n])
	}
	for n := range w.out.Effects {
		w.effect(i, &w.out.Effects[n])
	}
	w.sweep()
}

// published notes what a client did.
func (w *world) published(i int, p *client.Published) {
	if p.Action.Kind == login.NoAction {
		w.actors[i].happened(&p.Event)
		w.step.events = append(w.step.events, event{kind: happened, client: uint8(i), event: p.Event})
		return
	}
	action := p.Action
	if w.cfg.plant.action != nil && !w.cfg.plant.action(&action) {
		return
	}
	w.acted(i, &action)
	switch action.Kind {
	case login.SendLogin, login.SendPing, login.Close, login.Reset, login.Abandon, login.PublishOnline, login.PublishSync:
		return // No rule of the oracles is about it.
	}
	w.step.events = append(w.step.events, event{kind: acted, client: uint8(i), action: action})
}

// effect carries out one effect of a client.
func (w *world) effect(i int, e *client.Effect) {
	if e.Kind == client.Dial {
		at := len(w.conns)
		for at > 0 && int(w.conns[at-1].client) > i {
			at--
		}
		w.conns = slices.Insert(w.conns, at, conn{client: uint8(i), gen: e.Gen, near: true, dialling: true,
			up: []packet{{what: opening}}})
		return
	}
	c := w.connOf(i, e.Gen)
	if c == nil || !c.near {
		return
	}
	switch e.Kind {
	case client.Say:
		c.say(e)
	case client.Close, client.Reset:
		c.hangUp(false)
	case client.Abandon:
		c.hangUp(true)
	}
}

// connOf returns the link of a client with a generation, nil when it is gone.
func (w *world) connOf(i int, gen uint32) *conn {
	for n := range w.conns {
		if c := &w.conns[n]; int(c.client) == i && c.gen == gen {
			return c
		}
	}
	return nil
}

// tellGateway steps the gateway and carries out what it decides.
func (w *world) tellGateway(in gateway.Input) (outputs int) {
	if in.Kind != gateway.Tick {
		w.step.events = append(w.step.events, event{kind: asked, input: in})
	}
	w.gwOut = w.gw.Step(w.gwNow, in, w.gwOut[:0])
	for n := range w.gwOut {
		if o := &w.gwOut[n]; w.cfg.plant.output == nil || w.cfg.plant.output(o) {
			w.decided(o)
		}
	}
	w.sweep()
	return len(w.gwOut)
}

// decided carries out one output of the gateway.
func (w *world) decided(o *gateway.Output) {
	c := w.accepted(o.Link)
	switch o.Kind {
	case gateway.Send:
		if c != nil {
			c.send(packet{what: message, kind: o.Message.Kind, serial: o.Message.Serial, code: o.Message.Code, reason: o.Message.Reason, clientType: o.Message.ClientType})
		}
		return
	case gateway.Work:
		w.work(o.Job)
		return
	case gateway.Refuse, gateway.Close, gateway.Cut:
		if c != nil {
			c.shut()
		}
	case gateway.SessionBegan, gateway.SessionEnded:
		if c != nil {
			c.session = o.Kind == gateway.SessionBegan
		}
	}
	w.step.events = append(w.step.events, event{kind: told, output: *o})
}

// work notes a login that a worker has begun with, in the order of client and link.
func (w *world) work(id uint32) {
	device, link, ok := w.gw.Job(id)
	j := work{job: id, client: uint8(device - 1)}
	if c := w.accepted(link); ok && c != nil {
		j.gen = c.gen
	}
	at := len(w.jobs)
	for at > 0 && (w.jobs[at-1].client > j.client || w.jobs[at-1].client == j.client && w.jobs[at-1].gen > j.gen) {
		at--
	}
	w.jobs = slices.Insert(w.jobs, at, j)
}

// accepted returns the link that the gateway knows by a number.
func (w *world) accepted(number gateway.Link) *conn {
	for n := range w.conns {
		if c := &w.conns[n]; c.far && c.number == number {
			return c
		}
	}
	return nil
}

// sweep forgets links of which no end is left.
func (w *world) sweep() {
	w.conns = slices.DeleteFunc(w.conns, func(c conn) bool { return !c.near && !c.far })
}

// request is what the login of a client says.
func (w *world) request(i int, p *packet) *gateway.Request {
	w.ask = gateway.Request{
		Account: account, Token: gateway.TokenDigest(gateway.AccountToken(seed, account)),
		Device: device(i), ClientType: w.specs[i].Profile.ClientType, Origin: p.origin, Force: p.force,
	}
	return &w.ask
}

// device is the number of a client's device.
func device(i int) uint64 { return uint64(i) + 1 }

// exclusive reports whether the policy forbids two clients to be online together.
func (w *world) exclusive(i, j int) bool {
	m := policy(w.cfg.Policy)
	return m.Excludes(w.specs[i].Profile.ClientType, w.specs[j].Profile.ClientType)
}
