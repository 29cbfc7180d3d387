package gateway

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// TestStories plays testdata/*: an input a line, and what the gateway does.
//
//	gateway key=value ...                  a new gateway at 0s; link numbers start afresh
//	open LINK... [node=N] [ip=N]           links are accepted
//	login LINK account=A device=D TYPE ORIGIN [force] [token=N | rotation=N] [app=N] [version=N] [thirdParty] [tag=T]
//	    dynamic [issued=SPAN] [ttl=SPAN] [forged]
//	logout LINK, ping LINK, garbage LINK, close LINK
//	kick LINK device=D                     kickOutOtherOnlineClient
//	work JOB, app JOB code=C               a worker or the app server has finished
//	advance SPAN                           time passes; deadlines are carried out
//	command KIND key=value ...             somebody changes the gateway
//	crowd N account=A                      N phones, 100 and up, log in on links 0 and up; nothing is shown
//	stats
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		s := &story{}
		datadriven.RunTest(t, path, s.play)
	})
}

type story struct {
	g   *Gateway
	now Time
	out []Output
}

func (s *story) play(t *testing.T, d *datadriven.TestData) string {
	var b strings.Builder
	w := &words{t: t, d: d}
	in := Input{Link: Link(w.number("", 0)), Device: w.number("device", 0), Serial: 7}
	step := func() {
		s.out = s.g.Step(s.now, in, s.out[:0])
		s.tell(&b)
	}
	switch d.Cmd {
	case "gateway":
		cfg := w.config()
		g, err := New(cfg)
		if err != nil {
			return err.Error()
		}
		s.g, s.now = g, 0
		return ""
	case "open":
		for _, a := range d.CmdArgs {
			if n, err := strconv.Atoi(a.Key); err == nil && len(a.Vals) == 0 {
				in = Input{Kind: Opened, Link: Link(n), Node: uint8(w.number("node", 0)), IP: w.number("ip", 0)}
				step()
			}
		}
	case "login":
		in.Kind, in.Login = LoginAsked, w.request()
		step()
	case "logout", "ping", "garbage", "close":
		in.Kind = map[string]InputKind{"logout": LogoutAsked, "ping": Pinged, "garbage": Garbage, "close": Closed}[d.Cmd]
		step()
	case "kick":
		in.Kind = KickOtherAsked
		step()
	case "work":
		in = Input{Kind: Worked, Job: uint32(w.number("", 0))}
		step()
	case "app":
		in = Input{Kind: AppAnswered, Job: uint32(w.number("", 0)), Code: wire.Code(w.number("code", 0))}
		step()
	case "command":
		in = Input{Kind: Commanded, Command: w.command()}
		step()
	case "advance":
		span, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		s.advance(&b, span)
	case "crowd":
		for n := range in.Link {
			r := w.request()
			r.Device = 100 + uint64(n)
			s.out = s.g.Step(s.now, Input{Kind: LoginAsked, Link: n, Login: r}, s.out[:0])
		}
	case "stats":
		st := s.g.Stats()
		fmt.Fprintln(&b, describeStats(&st))
	default:
		t.Fatalf("%s: no such verb: %s", d.Pos, d.Cmd)
	}
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}

// advance carries out one deadline after the other, each with its instant.
func (s *story) advance(b *strings.Builder, span Time) {
	until := s.now + span
	for {
		at, ok := s.g.Deadline()
		if !ok || at > until {
			break
		}
		s.now = max(s.now, at)
		if s.out = s.g.Step(s.now, Input{}, s.out[:0]); len(s.out) > 0 {
			fmt.Fprintf(b, "at %v:\n", s.now)
			s.tell(b)
		}
	}
	s.now = until
}

func (s *story) tell(b *strings.Builder) {
	for i := range s.out {
		fmt.Fprintln(b, describe(&s.out[i]))
	}
}

func describe(o *Output) string {
	who := fmt.Sprintf("link %d account %d device %d %v %v", o.Link, o.Account, o.Device, o.ClientType, o.Origin)
	switch o.Kind {
	case Send:
		return fmt.Sprintf("  %d <- %s", o.Link, describeMessage(&o.Message))
	case Close:
		return fmt.Sprintf("  %d closed %d", o.Link, o.CloseCode)
	case Cut:
		return fmt.Sprintf("  %d cut", o.Link)
	case Refuse:
		return fmt.Sprintf("  %d refused %v after %v", o.Link, o.Code, o.After)
	case Work:
		return fmt.Sprintf("work %d for %v", o.Job, o.After)
	case AskApp:
		return fmt.Sprintf("ask app %d: account %d device %d %v", o.Job, o.Account, o.Device, o.ClientType)
	case Down, Up, Stalled, Unstalled:
		return fmt.Sprintf("node %d %v", o.Node, o.Kind)
	case Judged:
		return fmt.Sprintf("judged %v: %s after %v", o.Code, who, o.After)
	case SessionBegan:
		return fmt.Sprintf("began: %s node %d", who, o.Node)
	case SessionEnded:
		return fmt.Sprintf("ended %v: %s node %d", o.Cause, who, o.Node)
	}
	return o.Kind.String()
}

// describeStats names what is not 0, as the export does.
func describeStats(s *Stats) string {
	var words []string
	for v, i := reflect.ValueOf(s).Elem(), 0; i < v.NumField(); i++ {
		name := v.Type().Field(i).Tag.Get("json")
		switch f := v.Field(i); x := f.Interface().(type) {
		case []CodeCount:
			for _, c := range x {
				words = append(words, fmt.Sprintf("%s[%v]=%d", name, c.Code, c.Count))
			}
		default:
			if !f.IsZero() {
				words = append(words, fmt.Sprintf("%s=%v", name, x))
			}
		}
	}
	return strings.Join(words, " ")
}

func describeMessage(m *wire.Message) string {
	switch m.Kind {
	case wire.LoginReply:
		if m.RetryAfter > 0 {
			return fmt.Sprintf("%v %v, retry after %v", m.Kind, m.Code, m.RetryAfter)
		}
		return fmt.Sprintf("%v %v", m.Kind, m.Code)
	case wire.KickReply:
		return fmt.Sprintf("%v %v", m.Kind, m.Code)
	case wire.Kick:
		return fmt.Sprintf("kick reason %d by %v", m.Reason, m.ClientType)
	case wire.Online:
		if len(m.Clients) > 4 {
			return fmt.Sprintf("online, %d others", len(m.Clients))
		}
		var list []string
		for _, c := range m.Clients {
			list = append(list, fmt.Sprintf("%d %v since %d", c.Device, c.ClientType, c.LoginTime))
		}
		return fmt.Sprintf("online [%s]", strings.Join(list, ", "))
	}
	return m.Kind.String()
}

// words reads the arguments of one line.
type words struct {
	t *testing.T
	d *datadriven.TestData
}

func (w *words) value(key string) (string, bool) {
	for _, a := range w.d.CmdArgs {
		if a.Key == key {
			if len(a.Vals) == 0 {
				return "", true
			}
			return a.Vals[0], true
		}
	}
	return "", false
}

func (w *words) has(key string) bool { _, ok := w.value(key); return ok }

// number returns key=number, or the first word when key is "".
func (w *words) number(key string, otherwise uint64) uint64 {
	text, ok := w.value(key)
	if key == "" && len(w.d.CmdArgs) > 0 {
		text = w.d.CmdArgs[0].Key
		n, _ := strconv.ParseUint(text, 10, 64)
		return n
	}
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		w.t.Fatalf("%s: %s: %v", w.d.Pos, key, err)
	}
	return n
}

func (w *words) span(key string) Time {
	text, ok := w.value(key)
	if !ok {
		return 0
	}
	span, err := time.ParseDuration(text)
	if err != nil {
		w.t.Fatalf("%s: %v", w.d.Pos, err)
	}
	return span
}

func (w *words) config() Config {
	rate := w.rateLimit()
	return Config{
		Seed: 1, TokenSeed: 1, Accounts: uint32(w.number("accounts", 4)), App: w.number("app", 0),
		Nodes: uint8(w.number("nodes", 1)), MultiDevice: *w.policy(), RateLimit: *rate,
		Auth: Auth{Workers: uint32(w.number("workers", 0)), Queue: uint32(w.number("queue", 0)),
			ServiceTime: chance.Dist{A: w.span("service")}, ChargeGone: w.has("chargeGone"), Hint: w.span("busyHint")},
		Sync: chance.Dist{A: w.span("sync")}, MinVersion: uint32(w.number("minVersion", 0)),
		Dynamic: w.has("dynamic"), Admission: *w.admission(),
		MaxLinks: uint32(w.number("maxLinks", 0)), AcceptRate: uint32(w.number("acceptRate", 0)),
		SessionTimeout: w.span("timeout"), Linger: w.span("linger"), AnyDevice: w.has("anyDevice"),
		ReconnectEvicts: w.has("reconnectEvicts"), UnknownIs404: w.has("unknownIs404"), Epoch: 1000000,
	}
}

func (w *words) admission() *Admission {
	return &Admission{Bucket: uint32(w.number("bucket", 0)), Every: w.span("every"), Hint: w.has("bucketHint")}
}

func (w *words) policy() *MultiDevice {
	m := &MultiDevice{}
	text, ok := w.value("policy")
	if !ok {
		m.Policy = PolicyAll
	} else if err := m.Policy.UnmarshalText([]byte(text)); err != nil {
		w.t.Fatal(err)
	}
	if sets, ok := w.value("sets"); ok {
		for set := range strings.SplitSeq(sets, "|") {
			var types []wire.ClientType
			for name := range strings.SplitSeq(set, "+") {
				c, _ := wire.ParseClientType(name)
				types = append(types, c)
			}
			m.Custom = append(m.Custom, types)
		}
	}
	return m
}

func (w *words) rateLimit() *RateLimit {
	r := &RateLimit{Limit: uint32(w.number("limit", 0)), Window: w.span("window"), Penalty: w.span("penalty"),
		CountRefused: w.has("countRefused"), Hint: w.has("hints")}
	if text, ok := w.value("scope"); ok {
		if err := r.Scope.UnmarshalText([]byte(text)); err != nil {
			w.t.Fatal(err)
		}
	}
	if text, ok := w.value("counts"); ok {
		if err := r.Counts.UnmarshalText([]byte(text)); err != nil {
			w.t.Fatal(err)
		}
	}
	return r
}

func (w *words) request() *Request {
	r := &Request{Account: uint32(w.number("account", 0)), App: w.number("app", 0), Device: w.number("device", 1),
		Version: uint32(w.number("version", 100)), Force: w.has("force"), Origin: wire.Manual, ClientType: wire.Android}
	r.Token = RotatedDigest(1, uint32(w.number("rotation", 0)), r.Account)
	if w.has("token") {
		r.Token = w.number("token", 0)
	}
	if w.has("thirdParty") {
		r.AuthType = wire.AuthThirdParty
	}
	if w.has("dynamic") {
		r.AuthType = wire.AuthDynamic
		r.Genuine, r.Issued, r.TTL = !w.has("forged"), w.span("issued"), w.span("ttl")
	}
	r.Tag, _ = w.value("tag")
	for _, a := range w.d.CmdArgs {
		if c, ok := wire.ParseClientType(a.Key); ok {
			r.ClientType = c
		}
		if o, ok := wire.ParseOrigin(a.Key); ok {
			r.Origin = o
		}
	}
	return r
}

func (w *words) command() *Command {
	c := &Command{Node: uint8(w.number("node", AllNodes)), Orderly: w.has("orderly"), KeepSessions: w.has("keep"),
		AllBut: w.has("allBut"), Kick: w.has("kick"), Account: uint32(w.number("account", 0)), Token: w.number("token", 0),
		Version: uint32(w.number("version", 0)), Workers: uint32(w.number("workers", 0)),
		ServiceTime: uint32(w.number("service", 0)), SyncTime: uint32(w.number("sync", 0)),
		Code: wire.Code(w.number("code", 0)), Downtime: w.span("downtime"), Hint: w.span("hint"),
		Rotation: uint32(w.number("rotation", 0)), Fails: uint32(w.number("fails", 0))}
	if err := c.Kind.UnmarshalText([]byte(w.d.CmdArgs[0].Key)); err != nil {
		w.t.Fatal(err)
	}
	for _, a := range w.d.CmdArgs {
		for _, v := range a.Vals {
			n, _ := strconv.ParseUint(v, 10, 64)
			switch a.Key {
			case "devices":
				c.Devices = append(c.Devices, n)
			case "accounts":
				c.Accounts = append(c.Accounts, uint32(n))
			}
		}
	}
	switch c.Kind {
	case SetMultiDevice:
		c.MultiDevice = w.policy()
	case SetRateLimit:
		c.RateLimit = w.rateLimit()
	case SetAdmission:
		c.Admission = w.admission()
	}
	return c
}
