package gateway

import (
	"math/bits"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// jobState is where a login stands.
type jobState uint8

const (
	jobFree    jobState = iota
	jobQueued           // Waits for a worker.
	jobWorking          // A worker has it; Worked is awaited.
	jobAsking           // The app server is asked; AppAnswered is awaited.
)

// job is a login between its arrival and its answer.
type job struct {
	ask    Request
	asked  Time
	served Time // What the worker takes for it.
	link   Link
	serial uint32
	next   uint32 // In the queue, or the next free slot.
	prev   uint32
	state  jobState
	gone   bool // Its link is known to be gone.
}

// loginAsked judges steps 1 and 2 and passes the login on to a worker.
func (g *Gateway) loginAsked(in *Input) {
	l := g.hear(in.Link)
	if l == nil || in.Login == nil {
		return
	}
	id := g.newJob(in)
	j := &g.jobs[id]
	if l.session != 0 || l.job != 0 {
		// One login at a time, and one session, a link [ours].
		g.answer(j, wire.BadParameter, 0)
		g.freeJob(id)
		return
	}
	if code, wait := g.admit(j, l); code != wire.Success {
		g.answer(j, code, wait)
		g.freeJob(id)
		return
	}
	l.job = id
	d := &g.cfg.Auth.ServiceTime
	switch {
	case g.auth.workers == 0 && d.Shape == chance.Constant && d.A <= 0:
		g.judge(id, 0)
	case g.mayWork():
		g.work(id)
	default:
		g.enqueue(id)
	}
}

// admit judges the steps that cost no login worker. An outage is none of them: who
// is answered by one has waited for a worker and held it. Spec 10.
func (g *Gateway) admit(j *job, l *link) (code wire.Code, wait Time) {
	// Spec 6.1: a full login queue.
	if !g.mayWork() && g.waiting >= g.cfg.Auth.Queue {
		return wire.Unavailable, g.cfg.Auth.Hint
	}
	// Spec 6.2: the 416 limiter.
	if key, limited := g.limiter.keyOf(&j.ask, l.ip); limited {
		if wait, ok := g.limiter.pass(g.now, key); !ok {
			if !g.limiter.rule.Hint {
				wait = 0
			}
			return wire.TooOften, wait
		}
	}
	return wire.Success, 0
}

// answer lets observers know how a login was judged, and sends every reply but
// the 200, which has to wait for its session.
func (g *Gateway) answer(j *job, code wire.Code, hint Time) {
	o := g.emit(Judged)
	o.Link, o.Account, o.Device, o.ClientType = j.link, j.ask.Account, j.ask.Device, j.ask.ClientType
	o.Origin, o.Code, o.Force, o.Node = j.ask.Origin, code, j.ask.Force, g.links[j.link].node
	o.After = g.now - j.asked
	g.stats.login(code)
	if code != wire.Success {
		g.reply(j, code, hint)
	}
}

// reply answers on the link. The hint is rounded up, so that a client which
// waits for it is not early.
func (g *Gateway) reply(j *job, code wire.Code, hint Time) {
	g.send(j.link, wire.Message{Kind: wire.LoginReply, Serial: j.serial, Code: code, RetryAfter: wire.RoundHint(hint)})
}

func (g *Gateway) newJob(in *Input) uint32 {
	id := g.idle
	if id == 0 {
		g.jobs = append(g.jobs, job{})
		id = uint32(len(g.jobs) - 1)
	} else {
		g.idle = g.jobs[id].next
	}
	g.jobs[id] = job{ask: *in.Login, asked: g.now, link: in.Link, serial: in.Serial}
	return id
}

func (g *Gateway) freeJob(id uint32) {
	j := &g.jobs[id]
	j.state, j.ask.Tag = jobFree, ""
	j.next, g.idle = g.idle, id
}

// job returns a job if it is in the given state.
func (g *Gateway) job(id uint32, state jobState) *job {
	if id == 0 || id >= uint32(len(g.jobs)) || g.jobs[id].state != state {
		return nil
	}
	return &g.jobs[id]
}

func (g *Gateway) mayWork() bool { return g.auth.workers == 0 || g.busy < g.auth.workers }

// work hands a login to a worker.
func (g *Gateway) work(id uint32) {
	j := &g.jobs[id]
	j.state = jobWorking
	j.served = scale(g.cfg.Auth.ServiceTime.Sample(g.service.Next()), g.auth.service)
	g.busy++
	o := g.emit(Work)
	o.Job, o.After = id, j.served
}

func (g *Gateway) enqueue(id uint32) {
	j := &g.jobs[id]
	j.state, j.next, j.prev = jobQueued, 0, g.last
	if g.last == 0 {
		g.first = id
	} else {
		g.jobs[g.last].next = id
	}
	g.last = id
	g.waiting++
	g.stats.peakQueue = max(g.stats.peakQueue, g.waiting)
}

func (g *Gateway) dequeue(id uint32) {
	j := &g.jobs[id]
	if j.prev == 0 {
		g.first = j.next
	} else {
		g.jobs[j.prev].next = j.next
	}
	if j.next == 0 {
		g.last = j.prev
	} else {
		g.jobs[j.next].prev = j.prev
	}
	g.waiting--
}

// feed gives waiting logins to idle workers.
func (g *Gateway) feed() {
	for g.waiting > 0 && g.mayWork() {
		id := g.first
		g.dequeue(id)
		g.work(id)
	}
}

// abandon notes that the link of a login is gone. Spec section 6: it still costs
// its service time if so configured. A waiting login dies with its node. What a
// worker or the app server has already is ended by its answer.
func (g *Gateway) abandon(id uint32, died bool) {
	j := &g.jobs[id]
	j.gone = true
	if j.state == jobQueued && (died || !g.cfg.Auth.ChargeGone) {
		g.dequeue(id)
		g.freeJob(id)
	}
}

func (g *Gateway) worked(id uint32) {
	j := g.job(id, jobWorking)
	if j == nil {
		return
	}
	g.busy--
	g.stats.workedTime += j.served
	g.judge(id, 0)
	g.feed()
}

func (g *Gateway) appAnswered(id uint32, verdict wire.Code) {
	if g.job(id, jobAsking) == nil {
		return
	}
	if verdict == 0 {
		verdict = wire.Unavailable
	}
	if verdict == wire.Unavailable {
		g.stats.appFailed++
	}
	g.judge(id, verdict)
}

// scale multiplies a span by thousandths, capped at chance.Longest.
func scale(span Time, thousandths uint32) Time {
	hi, lo := bits.Mul64(uint64(span), uint64(thousandths))
	if hi >= 1000 {
		return chance.Longest
	}
	q, _ := bits.Div64(hi, lo, 1000)
	return Time(min(q, uint64(chance.Longest)))
}
