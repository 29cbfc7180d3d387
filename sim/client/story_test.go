package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// The stories of testdata/stories. Each begins with "story", names its clients, and
// says what happens at which instant; what the clients do and hear follows, and the
// figures that come of it.
//
//	client NAME key=value ...   who there is; all arrive at 0s unless absent
//	5s reply 416                from now on logins get this code
//	5s refuse | accept          links do not open, or do
//	5s app 2s | down | never    how the app's server answers
//	5s address 2s | down | never
//	5s slow NAME 500ms          so long from the gateway to this client
//	5s cut | lost | back | kill | start | arrive | login | logout | mark NAME
//	5s policy one | class | all
//
// A link opens 10 ms after it is dialled, every message takes 10 ms, and a kick
// leaves 5 ms after the 200 that it follows.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "story" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return tell(t, d)
		})
	})
}

const (
	hop  = 10 * time.Millisecond
	pace = 5 * time.Millisecond
)

// stage is where a story plays: clients, the gateway they think they talk to, and the
// servers beside it.
type stage struct {
	t        *testing.T
	names    []string
	specs    []*client.Spec
	clients  []client.Virtual
	slow     []time.Duration
	online   []bool // As the gateway sees it.
	linked   []uint32
	queue    []item
	order    int
	now      time.Duration
	until    time.Duration
	reply    wire.Code
	refuse   bool
	app      server
	address  server
	policy   string
	accounts *client.Accounts
	layout   record.Layout
	rec      *record.Recorder
	out      client.Out
	text     strings.Builder
}

// server is how a server beside the gateway answers.
type server struct {
	after       time.Duration
	down, never bool
}

// item is what happens at an instant.
type item struct {
	at    time.Duration
	order int
	do    func()
}

func tell(t *testing.T, d *datadriven.TestData) string {
	s := &stage{t: t, reply: wire.Success, policy: "all", until: time.Minute,
		app: server{after: 50 * time.Millisecond}, address: server{after: 20 * time.Millisecond}}
	s.layout = record.Layout{Populations: []string{"phones"}, Entries: []string{"cut"}}
	s.rec = record.NewRecorder(s.layout, 0)
	s.out.Watched = true
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "until":
			s.until = s.span(arg.Vals[0])
		case "policy":
			s.policy = arg.Vals[0]
		default:
			d.Fatalf(t, "story: unknown %s", arg.Key)
		}
	}
	s.accounts = client.NewAccounts(s.excludes(s.policy))
	s.out.Accounts = s.accounts
	for _, line := range strings.Split(d.Input, "\n") {
		words := strings.Fields(line)
		if words[0] == "client" {
			s.cast(words[1], words[2:])
			continue
		}
		s.at(s.span(words[0]), func() { s.verb(words[1:]) })
	}
	s.play()
	s.figures()
	return s.text.String()
}

func (s *stage) span(word string) time.Duration {
	d, err := time.ParseDuration(word)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// excludes returns the rule of a policy for these stories' types.
func (s *stage) excludes(policy string) func(a, b wire.ClientType) bool {
	mobile := func(t wire.ClientType) bool { return t == wire.Android || t == wire.IOS }
	return map[string]func(a, b wire.ClientType) bool{
		"one":   func(_, _ wire.ClientType) bool { return true },
		"class": func(a, b wire.ClientType) bool { return mobile(a) == mobile(b) },
		"all":   nil,
	}[policy]
}

// at has something happen at an instant, in the order in which it was said.
func (s *stage) at(at time.Duration, do func()) {
	s.order++
	s.queue = append(s.queue, item{at, s.order, do})
}

// play runs the story to its end.
func (s *stage) play() {
	for range 100_000 {
		at, next := s.until, -1
		for i := range s.queue {
			if q := &s.queue[i]; q.at < at || q.at == at && next >= 0 && q.order < s.queue[next].order {
				at, next = q.at, i
			}
		}
		who := -1
		for i := range s.clients {
			if t, ok := s.clients[i].Deadline(); ok && t < at {
				at, who = t, i
			}
		}
		if at >= s.until {
			return
		}
		s.now = at
		if who >= 0 {
			s.step(who, client.Input{Kind: client.Tick})
			continue
		}
		do := s.queue[next].do
		s.queue = slices.Delete(s.queue, next, next+1)
		do()
	}
	s.t.Fatal("the story has no end")
}

// verb carries out a line of the story.
func (s *stage) verb(words []string) {
	app := func(kind login.EventKind) {
		s.step(s.who(words[1]), client.Input{Kind: client.App, Due: s.now, Event: login.Event{Kind: kind}})
	}
	switch words[0] {
	case "reply":
		fmt.Sscan(words[1], &s.reply)
	case "refuse", "accept":
		s.refuse = words[0] == "refuse"
	case "app":
		s.app = s.server(words[1])
	case "address":
		s.address = s.server(words[1])
	case "policy":
		s.policy = words[1]
		s.accounts.SetPolicy(s.excludes(s.policy))
	case "slow":
		s.slow[s.who(words[1])] = s.span(words[2])
	case "cut":
		s.down(s.who(words[1]), 1006)
	case "mark":
		s.step(s.who(words[1]), client.Input{Kind: client.Marked, Due: s.now})
	case "arrive":
		s.step(s.who(words[1]), client.Input{Kind: client.Arrive, Due: s.now})
	case "start":
		s.step(s.who(words[1]), client.Input{Kind: client.Start, Due: s.now})
	case "lost":
		app(login.NetworkLost)
	case "back":
		app(login.NetworkBack)
	case "kill":
		app(login.ProcessKilled)
	case "login":
		app(login.LoginCalled)
	case "logout":
		app(login.LogoutCalled)
	default:
		s.t.Fatalf("unknown verb %v", words)
	}
}

func (s *stage) server(word string) server {
	switch word {
	case "down":
		return server{after: hop, down: true}
	case "never":
		return server{never: true}
	}
	return server{after: s.span(word)}
}

func (s *stage) who(name string) int {
	i := slices.Index(s.names, name)
	if i < 0 {
		s.t.Fatalf("no client %s", name)
	}
	return i
}

// down ends the link of a client from afar.
func (s *stage) down(who int, code uint16) {
	s.online[who] = false
	s.step(who, client.Input{Kind: client.Link, Gen: s.linked[who], Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: code}})
}

// step steps a client, tells what it did, and carries out its effects.
func (s *stage) step(who int, in client.Input) {
	s.out.Reset()
	s.clients[who].Step(s.now, in, s.rec, &s.out)
	for i := range s.out.Published {
		s.line(who, &s.out.Published[i])
	}
	for _, e := range slices.Clone(s.out.Effects) {
		s.effect(who, e)
	}
}

// effect is what the world does about a client's effect.
func (s *stage) effect(who int, e client.Effect) {
	answer := func(srv server, kind client.InputKind) {
		if !srv.never {
			s.at(s.now+srv.after, func() { s.step(who, client.Input{Kind: kind, Gen: e.Gen, OK: !srv.down}) })
		}
	}
	switch e.Kind {
	case client.Lookup:
		s.say(who, "asks for an address")
		answer(s.address, client.Addressed)
	case client.Fetch:
		s.say(who, fmt.Sprintf("asks for a token of account %d", e.Account))
		answer(s.app, client.Token)
	case client.Dial:
		s.linked[who] = e.Gen
		up := client.Input{Kind: client.Link, Gen: e.Gen, Phases: client.Phases{Dial: hop}, Dialect: dialect.Input{Kind: dialect.LinkUp}}
		if s.refuse {
			up = client.Input{Kind: client.Link, Gen: e.Gen, Dialect: dialect.Input{Kind: dialect.LinkDown}}
		}
		s.at(s.now+hop, func() { s.step(who, up) })
	case client.Say:
		if e.Message.Kind == wire.Login {
			s.at(s.now+hop, func() { s.judge(who, e) })
		}
		if e.Message.Kind == wire.Logout {
			s.say(who, "tells the gateway: logout")
			s.online[who] = false
		}
	case client.Close, client.Reset:
		s.online[who] = false
	}
}

// judge is the gateway's verdict on a login.
func (s *stage) judge(who int, e client.Effect) {
	code, excludes := s.reply, s.excludes(s.policy)
	var losers []int
	for i := range s.clients {
		if i != who && s.online[i] && s.clients[i].Machine().Account() == e.Account && excludes != nil &&
			excludes(s.specs[i].Profile.ClientType, s.specs[who].Profile.ClientType) {
			losers = append(losers, i)
		}
	}
	if len(losers) > 0 && e.Origin != wire.Manual && code == wire.Success {
		code = wire.NotLastDevice // Spec 6, step 7.
	}
	s.message(who, hop, wire.Message{Kind: wire.LoginReply, Serial: e.Message.Serial, Code: code}, e.Gen)
	if code != wire.Success {
		return
	}
	s.online[who] = true
	for _, i := range losers {
		s.online[i] = false
		s.message(i, pace+hop, wire.Message{Kind: wire.Kick, Reason: wire.ByLogin, ClientType: s.specs[who].Profile.ClientType}, s.linked[i])
	}
}

func (s *stage) message(who int, after time.Duration, m wire.Message, gen uint32) {
	s.at(s.now+after+s.slow[who], func() {
		s.step(who, client.Input{Kind: client.Link, Gen: gen, Dialect: dialect.Input{Kind: dialect.Message, Message: &m}})
	})
}
