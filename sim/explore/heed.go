package explore

import (
	"fmt"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// heed is what a client has to do about a kick: it is out, at that very instant.
// Spec 4, loggedIn and kicked.
type heed struct {
	gen    uint32 // Of its newest link.
	status login.Status
	kicked bool // It was told, and has not said yet that it is out.
	since  Time
}

// hears takes what a client is told.
func (j *judge) hears(now Time, who uint32, in *client.Input) {
	h := &j.heeds[who]
	j.heeded(who, h)
	if m := in.Dialect.Message; in.Kind == client.Link && m != nil && m.Kind == wire.Kick && in.Gen == h.gen && h.status == login.LoggedIn {
		h.kicked, h.since = true, now
	}
}

// does takes what a client did.
func (j *judge) does(heard *client.Published) {
	h := &j.heeds[heard.Client]
	switch a := &heard.Action; a.Kind {
	case login.Dial:
		h.gen = a.Gen
	case login.PublishStatus:
		if h.status = a.Status; a.Status == login.KickOut || a.Status == login.KickOutByOtherClient {
			h.kicked = false
		}
		j.heeded(heard.Client, h)
	case login.PublishLoginFailed:
		j.resigns(heard)
	}
}

// resigns takes a client that gives up: its attempts are spent, or its profile does not
// retry the code. Spec 4 and 5.
func (j *judge) resigns(heard *client.Published) {
	p := j.plan.Populations[j.plan.Clients.Population[heard.Client]].Profile
	if code := heard.Action.Code; p.Policy.MaxAttempts == 0 && p.Retry.Has(code) && j.deaf == nil {
		j.deaf = &Failure{Kind: Resigned, At: heard.At, Says: fmt.Sprintf("client %d gives up at %d, which it should try again for ever", heard.Client, code)}
	}
}

// heeded notes a client that went on as if it had not been kicked.
func (j *judge) heeded(who uint32, h *heed) {
	if h.kicked && j.deaf == nil {
		j.deaf = &Failure{Kind: Deaf, At: h.since, Says: fmt.Sprintf("client %d was kicked and is %v", who, h.status)}
	}
	h.kicked = false
}
