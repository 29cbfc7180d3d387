package live

import (
	"slices"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// token is what the app server gave a client.
type token struct {
	account uint32
	text    string // A secret; "" = nothing yet.
}

// errand is a question of a client's over HTTP, until its answer is there or nobody
// wants it any more.
type errand struct {
	kind    client.EffectKind // Fetch or Lookup.
	place   uint32
	gen     uint32
	account uint32
	due     Time
	ask     *dial.Ask // nil: it is on its way over a network that delays it.
	news    *news     // The answer, on its way over such a network.
}

// news is an event that no link brought.
type news struct {
	ask    *dial.Ask
	begun  Time
	token  string
	list   []dial.Address
	err    error
	policy *gateway.MultiDevice // policed: the one in force.
}

// What a question and its answer take on the wire, in bytes.
const (
	questionSize = 300
	answerSize   = 500
)

// send sends a client's question on its way. One of an earlier attempt is not
// waited for any more.
func (s *shard) send(now Time, place uint32, e *client.Effect) {
	s.recall(place)
	job := &errand{kind: e.Kind, place: place, gen: e.Gen, account: e.Account, due: now}
	if e.Kind == client.Lookup {
		job.due = e.Due
	}
	s.errands[place] = job
	at, ok := s.passes(now, job, link.Up, questionSize)
	switch {
	case !ok: // The client's own time-out ends the attempt.
	case at > now:
		job.due += at - now
		s.way.push(parcel{at: at, kind: question, errand: job})
	default:
		s.ask(job)
	}
}

// passes returns when a question or its answer gets through the client's network.
// The connection is one of its own, as in virtual time; no link has these numbers.
func (s *shard) passes(now Time, job *errand, dir link.Direction, size int) (at Time, ok bool) {
	w, bad := s.weather[job.place]
	cfg := &s.f.still
	switch {
	case s.f.plan.Inject:
		cfg = &s.f.plan.Network
	case !bad || !w.Bends():
		return now, true
	}
	const above = 30 // Attempts of a client stay below 1<<30.
	gen := job.gen | 1<<above
	if job.kind == client.Lookup {
		gen = job.gen | 1<<(above+1)
	}
	l := link.New(cfg, s.f.plan.Seed, s.number(job.place), gen)
	if bad {
		s.overcast(now, &w, &l)
	}
	return l.Arrives(now, dir, size)
}

// ask asks the server.
func (s *shard) ask(job *errand) {
	number := s.number(job.place)
	if job.kind == client.Lookup {
		job.ask = s.web.AskAddresses(number, job.gen, job.due)
		return
	}
	auth := s.f.plan.Populations[s.clients[job.place].Population()].AuthType
	a := &s.f.plan.Accounts
	if s.f.plan.App != nil && s.f.plan.App.Question != nil {
		job.ask = s.web.AskTokenFor(number, job.gen, job.due, &dial.Asker{
			Account: a.Name(job.account), AuthType: auth, Device: s.f.plan.Clients.Device[number], Password: a.Token(job.account),
			Field: func(name string) string { return a.Field(job.account, name) }})
		return
	}
	job.ask = s.web.AskToken(number, job.gen, job.due, a.Name(job.account), auth)
}

// wording is how the scenario has the app's own server asked; nil = as the target's is.
func wording(p *plan.Plan) *dial.Question {
	if p.App == nil || p.App.Question == nil {
		return nil
	}
	q := p.App.Question
	d := &dial.Question{Method: q.Method, Path: q.Path, Body: q.Body, Field: q.Field}
	for i := range q.Headers {
		value := q.Headers[i].Value
		if secret := q.Headers[i].Secret; !secret.Empty() {
			value = secret.Reveal()
		}
		d.Headers = append(d.Headers, [2]string{q.Headers[i].Name, value})
	}
	return d
}

// recall ends what a client has asked.
func (s *shard) recall(place uint32) {
	if len(s.errands) == 0 {
		return
	}
	if job := s.errands[place]; job != nil {
		delete(s.errands, place)
		if job.ask != nil {
			job.ask.Cancel()
		}
	}
}

// recallFor ends what a client has asked for an attempt that is over.
func (s *shard) recallFor(place, gen uint32) {
	if job := s.errands[place]; job != nil && job.gen == gen {
		s.recall(place)
	}
}

// Token and Addresses make a shard the dial.WebHandler of its questions.

func (s *shard) Token(a *dial.Ask, begun, at dial.Time, token string, err error) {
	s.inbox.put(event{kind: answered, at: at, news: &news{ask: a, begun: begun, token: token, err: err}}, nil)
}

func (s *shard) Addresses(a *dial.Ask, begun, at dial.Time, list []dial.Address, err error) {
	s.inbox.put(event{kind: answered, at: at, news: &news{ask: a, begun: begun, list: list, err: err}}, nil)
}

// reported is an answer in the inbox.
func (s *shard) reported(at Time, n *news) {
	s.start(n.begun, n.ask.Due)
	s.rec.Observe(record.RecordLateness, 0, 0, max(0, s.now()-at))
	if n.err != nil {
		s.short(n.err)
	}
	job := s.errands[s.place(n.ask.Client)]
	if job == nil || job.ask != n.ask {
		return // Its client has left.
	}
	job.news = n
	arrives, ok := s.passes(at, job, link.Down, answerSize)
	switch {
	case !ok:
	case arrives > s.now():
		s.way.push(parcel{at: arrives, kind: reply, errand: job})
	default:
		s.replied(max(at, arrives), job)
	}
}

// replied gives a client its answer.
func (s *shard) replied(now Time, job *errand) {
	place, n := job.place, job.news
	if s.errands[place] != job {
		return // Its client has left.
	}
	delete(s.errands, place)
	in := client.Input{Kind: client.Token, Gen: job.gen, OK: n.err == nil}
	if job.kind == client.Lookup {
		in.Kind = client.Addressed
		in.OK = in.OK && s.directed(place, n.list)
	} else if in.OK {
		s.tokens[place] = token{account: job.account, text: n.token}
	}
	s.tell(now, place, in)
}

// lists are the lists of endpoints that clients were told, each kept once: there
// are as many as there were drains.
type lists struct {
	all [][]uint16
}

// directed keeps where a client was told to connect: the endpoints with a URL that
// was named, or with a node that was. Nobody is sent anywhere else: a load goes
// where its scenario says. It reports false when none of them was named.
func (s *shard) directed(place uint32, told []dial.Address) bool {
	var list []uint16
	for i := range s.f.conf.Endpoints {
		if i <= 0xffff && named(&s.f.conf.Endpoints[i], told) {
			list = append(list, uint16(i))
		}
	}
	if len(list) == 0 {
		return false
	}
	n := slices.IndexFunc(s.lists.all, func(known []uint16) bool { return slices.Equal(known, list) })
	if n < 0 && len(s.lists.all) < 0xffff {
		n = len(s.lists.all)
		s.lists.all = append(s.lists.all, list)
	}
	s.told[place] = uint16(n + 1)
	return true
}

// named reports whether an address server's list means an endpoint.
func named(e *dial.Endpoint, told []dial.Address) bool {
	for i := range told {
		if told[i].URL == e.URL {
			return true
		}
	}
	for i := range told {
		if told[i].Node == int(e.Node) {
			return true
		}
	}
	return false
}

// endpoint returns which endpoint a client dials for its link gen.
func (s *shard) endpoint(place, gen uint32) int {
	number := s.number(place)
	if s.told != nil && s.told[place] > 0 {
		list := s.lists.all[s.told[place]-1]
		return int(list[plan.Address(number, gen, len(list))])
	}
	return s.f.plan.Target.Address(number, gen, len(s.f.conf.Endpoints))
}
