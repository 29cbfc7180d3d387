package explore

import (
	"fmt"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/virtual"
	"loginstorm/sim/wire"
)

// questions are those of a client about other devices, on its newest link. A link
// keeps the order: when as many answers came as questions went out, the newest
// question has its own.
type questions struct {
	gen             uint32
	call            uint32
	asked, answered uint32
}

// listen counts the answers that clients hear, besides whatever a plant does.
func (j *judge) listen(t virtual.Tamper) virtual.Tamper {
	planted := t.Hears
	t = j.gate.listen(t)
	t.Hears = func(now virtual.Time, who uint32, in *client.Input) bool {
		j.hears(now, who, in)
		if m := in.Dialect.Message; in.Kind == client.Link && m != nil && m.Kind == wire.KickReply {
			if q, ok := j.questions[who]; ok && q.gen == in.Gen {
				q.answered++
				j.questions[who] = q
			}
		}
		return planted == nil || planted(now, who, in)
	}
	return t
}

// asks follows the questions of a client. One that was answered does not end as if it
// had not been: no result of a call is a time-out when the reply has come. Spec 4.
func (j *judge) asks(heard *client.Published) {
	a := &heard.Action
	q := j.questions[heard.Client]
	switch {
	case a.Kind == login.SendKickOther:
		if a.Gen != q.gen {
			q = questions{gen: a.Gen}
		}
		q.asked++
		q.call = a.Call
		j.questions[heard.Client] = q
	case a.Kind == login.Result && a.Code == wire.TimedOut && a.Call == q.call && q.asked > 0 && q.answered >= q.asked && j.deaf == nil:
		j.deaf = &Failure{Kind: Deaf, At: heard.At,
			Says: fmt.Sprintf("client %d is told that kickOutOtherOnlineClient timed out, although %d of %d were answered", heard.Client, q.answered, q.asked)}
		j.stop()
	}
}
