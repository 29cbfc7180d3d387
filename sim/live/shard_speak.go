package live

import (
	"net/http"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
)

// What follows is for dialogues that a description says: what is said in them depends on
// the session and on the account.

// speak encodes what a client says and sends it. There may be nothing to send.
func (s *shard) speak(now Time, place uint32, e *client.Effect) {
	who := s.named(now, place, e.Gen)
	if s.f.conf.Dialogue.Personal(&e.Message) {
		s.introduce(place, s.clients[place].Account(), who)
		s.login.Origin, s.login.Force = e.Origin, e.Force
	}
	var binary bool
	s.scratch, binary = s.clients[place].Encode(s.scratch[:0], e.Gen, &e.Message, who)
	if len(s.scratch) > 0 {
		s.sent(now, place, binary)
	}
}

// named returns who speaks, without the account.
func (s *shard) named(now Time, place, gen uint32) *dialect.Speaker {
	s.speaker = dialect.Speaker{Epoch: s.decoded.Epoch, Now: now, Seed: s.f.plan.Seed, Client: s.number(place), Link: gen}
	return &s.speaker
}

// introduce adds the account with its token.
func (s *shard) introduce(place, account uint32, who *dialect.Speaker) {
	s.f.plan.CredentialsFor(s.number(place), account, &s.login)
	if s.tokens != nil && s.tokens[place].text != "" && s.tokens[place].account == account {
		s.login.Token = s.tokens[place].text
	}
	who.Credentials = &s.login
	s.columns = s.columns[:0]
	for _, name := range s.f.conf.Dialogue.Columns() {
		s.columns = append(s.columns, s.f.plan.Accounts.Field(account, name))
	}
	who.Columns = s.columns
}

// request is what the upgrade of a described dialogue asks for. Its token is the one
// that the account has before the link is there.
func (s *shard) request(now Time, place uint32, e *client.Effect) *dial.Request {
	d := s.f.conf.Dialogue
	if !d.Described() {
		return nil
	}
	who := s.named(now, place, e.Gen)
	s.introduce(place, e.Account, who)
	s.login.Origin = e.Origin
	path, headers := d.Request(who)
	r := &dial.Request{Path: path}
	for _, h := range headers {
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header[http.CanonicalHeaderKey(h.Name)] = []string{h.Value}
	}
	return r
}

// epoch is the instant at which the run began, since 1970.
func (f *Fleet) epoch() time.Duration { return time.Duration(f.start.UnixNano()) }
