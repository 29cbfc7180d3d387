package explore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
	"loginstorm/sim/virtual"
)

// Kind is how a case failed.
type Kind uint8

const (
	// Broken: an oracle broke. Rule says which; `loginstorm simulate` finds it, too.
	Broken Kind = 1 + iota
	// Away: everything had healed, and a client that may come back did not.
	Away
	// Left: everything had healed and was quiet, and the gateway has sessions, links or
	// logins that nobody has.
	Left
	// Deaf: a client did not heed what it was told: an answer, or a kick.
	Deaf
	// Resigned: a client gave up for good, and neither its policy nor its profile says so.
	Resigned
	// Misjudged: the gateway answered a login otherwise than steps 2 to 7 of spec section
	// 6 want, or pushed somebody out without a word.
	Misjudged
	// Stopped: the simulation could not go on.
	Stopped
	// Panicked: a room met what it says cannot be.
	Panicked
)

// String returns the kind in a word.
func (k Kind) String() string {
	switch k {
	case Broken:
		return "broken"
	case Away:
		return "away"
	case Left:
		return "left"
	case Deaf:
		return "deaf"
	case Resigned:
		return "resigned"
	case Misjudged:
		return "misjudged"
	case Stopped:
		return "stopped"
	case Panicked:
		return "panicked"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Failure is why a case failed.
type Failure struct {
	Kind  Kind
	Rule  oracle.Rule // Broken.
	At    Time
	Says  string
	Where string   // Panicked: the function that did.
	Last  []string // The last events of those involved, oldest first.
}

// String returns the failure in one line.
func (f *Failure) String() string {
	switch {
	case f == nil:
		return "no failure"
	case f.Kind == Broken:
		return fmt.Sprintf("rule %d (%v) at %v: %s", f.Rule, f.Rule, f.At, f.Says)
	case f.Kind == Panicked:
		return fmt.Sprintf("panic: %s (%s)", f.Says, f.Where)
	}
	return fmt.Sprintf("%v at %v: %s", f.Kind, f.At, f.Says)
}

// Signature is what two failures have in common that are the same fault: kind, rule,
// place, and what is said without its numbers.
func (f *Failure) Signature() string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%v %d %s %s", f.Kind, f.Rule, f.Where, shape(f.Says))
}

// shape is a text with every number, its unit included, as one #.
func shape(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if strings.ContainsAny(w, "0123456789") {
			words[i] = "#"
		}
	}
	return strings.Join(words, " ")
}

// Replay returns the command line that shows a failure again from a file.
func (f *Failure) Replay(path string) string {
	if f.Kind == Broken {
		return "loginstorm simulate " + path
	}
	return "loginstorm explore " + path
}

// judge judges one simulation.
type judge struct {
	plan    *plan.Plan
	file    *scenario.File
	stirred Time // When a client last changed its status or dialled.
	now     Time // When a client last did anything.
	atOnce  int  // How many things clients did at that instant.
	done    uint64
	most    uint64 // That may be done; 0 = any number.
	stop    context.CancelFunc
	// questions are those of clients that asked any, by number.
	questions map[uint32]questions
	heeds     []heed   // Of each client.
	deaf      *Failure // nil = nobody was.
	gate      *gate
}

// settled is how long nothing may happen, beside the session timeout, until a gateway
// is held to know who is there.
const settled = 15 * time.Second

// conclude judges how a simulation ended.
func (j *judge) conclude(out *Outcome, r *virtual.Result) {
	if len(r.Broken) > 0 {
		b := &r.Broken[0]
		out.Failure = &Failure{Kind: Broken, Rule: b.Rule, At: b.At, Says: b.Says, Last: b.Last}
		return
	}
	if out.Failure = j.gate.failure; out.Failure != nil || len(Unhealed(j.file)) > 0 {
		return
	}
	out.Demanded = true
	if n := r.Convergence.Count[oracle.StillTrying] + r.Convergence.Count[oracle.Stuck]; n > 0 {
		if out.Storm = j.full(); out.Storm {
			return
		}
		late := ""
		for _, l := range r.Convergence.Late[:min(1, len(r.Convergence.Late))] {
			late = fmt.Sprintf(": client %d is %s", l.Client, l.Says)
		}
		out.Failure = &Failure{Kind: Away, At: r.End, Says: fmt.Sprintf("%d clients may come back and are not, %v after the last fault%s", n, r.End-r.Convergence.Since, late)}
		return
	}
	if out.Calm = r.End-j.stirred > slowestTimeout(j.plan)+settled; out.Calm {
		out.Failure = j.left(r)
	}
}

// left holds what the gateway has against who is loggedIn: nothing has stirred for
// longer than it takes to notice who is gone.
func (j *judge) left(r *virtual.Result) *Failure {
	online := r.Statuses[login.LoggedIn]
	for _, held := range []struct {
		what string
		n    uint32
		want uint32
	}{{"logins that wait", r.Gateway.Queue, 0}, {"logins that a worker has", r.Gateway.Busy, 0}, {"sessions", r.Sessions, online}, {"links", r.Links, online}} {
		if held.n != held.want {
			return &Failure{Kind: Left, At: r.End, Says: fmt.Sprintf("the gateway has %d %s %s, and should have %d: nothing has stirred since %v", held.n, held.what, moreOrLess(held.n, held.want), held.want, j.stirred)}
		}
	}
	return nil
}

func moreOrLess(n, want uint32) string {
	if n > want {
		return "too many"
	}
	return "too few"
}

// full reports whether there may be no room for all, or none for all at the same
// instant: a herd without jitter then comes back in one piece for ever, and rightly so.
// Spec 6, rule 6: a storm that sustains itself is a finding, not an error.
func (j *judge) full() bool {
	g, clients := &j.plan.Gateway, len(j.plan.Clients.Account)
	narrow := func(workers, queue uint32) bool { return workers > 0 && int(workers)+int(queue) < clients }
	switch {
	case g.MaxLinks > 0 && int(g.MaxLinks)*nodesLeft(j.file, int(g.Nodes)) < clients, g.AcceptRate > 0:
		return true
	case j.plan.App != nil && narrow(j.plan.App.Server.Workers, j.plan.App.Server.Queue):
		return true
	case j.plan.Address != nil && narrow(j.plan.Address.Workers, j.plan.Address.Queue):
		return true
	}
	return narrow(g.Auth.Workers, g.Auth.Queue)
}

// nodesLeft returns how many nodes are there for sure at the end.
func nodesLeft(f *scenario.File, nodes int) int {
	gone := map[uint8]bool{}
	for i := range f.Timeline {
		switch e := &f.Timeline[i]; {
		case e.NodeDown != nil && e.NodeDown.For == nil:
			gone[e.NodeDown.Node] = true
		case e.Stop != nil && e.Stop.For == nil:
			gone[e.Stop.Node] = true
		}
	}
	if gone[0] {
		return 0
	}
	return nodes - len(gone)
}
