package oracle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

const second = Time(time.Second)

// book is a checker with short words for telling it a story.
type book struct {
	*Checker
	at Time
}

func (b *book) says(who uint32, a login.Action) {
	if int(who) < len(b.cfg.Account) && a.Account == 0 {
		a.Account = b.cfg.Account[who]
	}
	b.Client(b.at, who, &a)
}

func (b *book) status(who uint32, origin wire.Origin, chain ...login.Status) {
	for i := 1; i < len(chain); i++ {
		b.says(who, login.Action{Kind: login.PublishStatus, From: chain[i-1], Status: chain[i], Origin: origin})
	}
}

func (b *book) result(who, call uint32, code wire.Code) {
	b.says(who, login.Action{Kind: login.Result, Call: call, Code: code})
}

// in logs a client in, with everything that belongs to it.
func (b *book) in(who, gen, call uint32, from login.Status, origin wire.Origin) {
	b.status(who, origin, from, login.Connecting)
	b.says(who, login.Action{Kind: login.Dial, Gen: gen, Origin: origin})
	b.at += second
	b.status(who, origin, login.Connecting, login.Logging, login.LoggedIn)
	b.says(who, login.Action{Kind: login.AttemptEnded, Gen: gen, Origin: origin, Code: 200})
	if call != 0 {
		b.result(who, call, 200)
	}
}

// up initialises a client and logs it in by hand.
func (b *book) up(who uint32) {
	b.status(who, wire.NoOrigin, login.Unknown, login.UnLogin)
	b.result(who, 1, 200)
	b.in(who, 1, 2, login.UnLogin, wire.Manual)
}

func (b *book) opens(l gateway.Link) { b.Asked(b.at, &gateway.Input{Kind: gateway.Opened, Link: l}) }

func (b *book) tells(kind gateway.OutputKind, l gateway.Link, device uint64, o gateway.Output) {
	o.Kind, o.Link, o.Device = kind, l, device
	b.Gateway(b.at, &o)
}

// wins tells that a login of account 7 got a 200 and its session.
func (b *book) wins(l gateway.Link, device uint64, t wire.ClientType, origin wire.Origin) {
	b.tells(gateway.SessionBegan, l, device, gateway.Output{Account: 7, ClientType: t, Origin: origin})
	b.tells(gateway.Judged, l, device, gateway.Output{Account: 7, ClientType: t, Origin: origin, Code: 200})
}

func (b *book) ends(l gateway.Link, device uint64, t wire.ClientType, cause gateway.Cause) {
	b.tells(gateway.SessionEnded, l, device, gateway.Output{Account: 7, ClientType: t, Cause: cause})
}

type story struct {
	name  string
	rule  Rule // 0: nobody is to be accused.
	cfg   Config
	tell  func(b *book)
	until Time
}

func (s story) run(t *testing.T) {
	cfg := s.cfg
	cfg.Clients, cfg.Inputs, cfg.Bound, cfg.LongestCall, cfg.Silence = 3, true, 100*second, 60*second, 60*second
	b := &book{Checker: New(cfg)}
	s.tell(b)
	b.End(max(b.at, s.until))
	if s.rule == 0 {
		for _, f := range b.Broken() {
			t.Errorf("falsely accused: %v\n  %s", f, strings.Join(f.Last, "\n  "))
		}
		return
	}
	for _, f := range b.Broken() {
		if f.Rule == s.rule {
			return
		}
	}
	t.Errorf("rule %d was broken; found %v", s.rule, b.Broken())
}

func TestClients(t *testing.T) {
	long := 1000 * second
	account := Config{Account: []uint32{7, 7, 8}, ClientType: []wire.ClientType{wire.Android, wire.IOS, wire.Web}}
	foreign := account
	foreign.Foreign = true
	for _, s := range []story{
		{name: "life", until: long, tell: func(b *book) {
			b.up(0)
			b.Faulted(b.at)
			b.status(0, wire.Reconnect, login.LoggedIn, login.NetBroken)
			b.at += 2 * second
			b.in(0, 2, 0, login.NetBroken, wire.Reconnect)
			b.at += second
			b.says(0, login.Action{Kind: login.SendLogout, Gen: 2})
			b.status(0, wire.Reconnect, login.LoggedIn, login.UnLogin)
			b.result(0, 3, 200)
		}},
		{name: "kicked, then by hand", until: long, tell: func(b *book) {
			b.up(0)
			b.status(0, wire.Manual, login.LoggedIn, login.KickOut)
			b.says(0, login.Action{Kind: login.PublishKick, Status: login.KickOut, Reason: wire.ByLogin})
			b.at += second
			b.in(0, 2, 3, login.KickOut, wire.Manual)
		}},
		{name: "killed while it logs in", until: long, tell: func(b *book) {
			b.status(0, wire.NoOrigin, login.Unknown, login.UnLogin)
			b.result(0, 1, 200)
			b.status(0, wire.Manual, login.UnLogin, login.Connecting)
			b.says(0, login.Action{Kind: login.Dial, Gen: 1, Origin: wire.Manual})
			b.at += second
			b.status(0, wire.Manual, login.Connecting, login.Unknown)
			b.at += second
			b.status(0, wire.NoOrigin, login.Unknown, login.UnLogin)
			b.result(0, 3, 200)
			b.in(0, 2, 4, login.UnLogin, wire.Manual)
		}},
		{name: "logged out from kickOut", until: long, tell: func(b *book) {
			b.up(0)
			b.status(0, wire.Manual, login.LoggedIn, login.KickOut)
			b.at += second
			b.status(0, wire.Manual, login.KickOut, login.UnLogin)
			b.result(0, 3, 200)
		}},
		{name: "terminal left by reconnect", rule: TerminalStays, tell: func(b *book) {
			b.up(0)
			b.status(0, wire.Manual, login.LoggedIn, login.KickOut)
			b.in(0, 2, 0, login.KickOut, wire.Reconnect)
		}},
		{name: "terminal left by nothing", rule: TerminalStays, tell: func(b *book) {
			b.up(0)
			b.at += second
			b.status(0, wire.Manual, login.LoggedIn, login.Forbidden)
		}},
		{name: "terminal forgotten", rule: TerminalStays, tell: func(b *book) {
			b.up(0)
			b.status(0, wire.Manual, login.LoggedIn, login.KickOut)
			b.at += second
			b.status(0, wire.Manual, login.KickOut, login.UnLogin)
			b.at += second
			b.in(0, 2, 3, login.UnLogin, wire.Manual)
		}},
		{name: "wiped credentials used", rule: TerminalStays, tell: func(b *book) {
			b.up(0)
			b.status(0, wire.Manual, login.LoggedIn, login.KickOut)
			b.says(0, login.Action{Kind: login.PublishKick, Status: login.KickOut, Reason: wire.ByLogin})
			b.status(0, wire.Manual, login.KickOut, login.Unknown)
			b.in(0, 2, 0, login.Unknown, wire.Auto)
		}},
		{name: "second result", rule: OneEnd, tell: func(b *book) {
			b.up(0)
			b.result(0, 2, 200)
		}},
		{name: "no result", rule: OneEnd, until: long, tell: func(b *book) {
			b.Event(0, 0, &login.Event{Kind: login.Initialised, Call: 1})
			b.status(0, wire.NoOrigin, login.Unknown, login.UnLogin)
		}},
		{name: "no result, inferred", rule: OneEnd, until: long, tell: func(b *book) {
			b.status(0, wire.NoOrigin, login.Unknown, login.UnLogin)
			b.result(0, 2, 200)
		}},
		{name: "attempt without end", rule: OneEnd, tell: func(b *book) {
			b.says(0, login.Action{Kind: login.Dial, Gen: 1, Origin: wire.Manual})
			b.says(0, login.Action{Kind: login.Dial, Gen: 2, Origin: wire.Manual})
		}},
		{name: "attempt with two ends", rule: OneEnd, tell: func(b *book) {
			b.up(0)
			b.says(0, login.Action{Kind: login.AttemptEnded, Gen: 1, Code: 415})
		}},
		{name: "chain torn", rule: OneStatus, tell: func(b *book) {
			b.status(0, wire.NoOrigin, login.UnLogin, login.Connecting)
		}},
		{name: "counted twice", rule: OneStatus, tell: func(b *book) {
			b.up(0)
			b.Counted(b.at, &[login.Statuses]uint32{login.Unknown: 3, login.LoggedIn: 1})
		}},
		{name: "counted right", tell: func(b *book) {
			b.up(0)
			b.Counted(b.at, &[login.Statuses]uint32{login.Unknown: 2, login.LoggedIn: 1})
		}},
		{name: "stuck", rule: Converges, until: long, tell: func(b *book) {
			b.up(0)
			b.status(0, wire.Reconnect, login.LoggedIn, login.NetBroken)
		}},
		{name: "excused without a network", until: long, tell: func(b *book) {
			b.up(0)
			b.Event(b.at, 0, &login.Event{Kind: login.NetworkLost})
			b.status(0, wire.Reconnect, login.LoggedIn, login.NetBroken)
		}},
		{name: "two hold one account", rule: LastWins, cfg: account, until: long, tell: func(b *book) {
			b.up(0)
			b.up(1)
		}},
		{name: "two accounts", cfg: account, until: long, tell: func(b *book) {
			b.up(0)
			b.up(2)
		}},
		{name: "two of one account for too long, and then one leaves", rule: LastWins, cfg: account, until: long, tell: func(b *book) {
			b.up(0)
			b.up(1)
			b.at += 61 * second
			b.status(0, wire.NoOrigin, login.LoggedIn, login.KickOut)
		}},
		{name: "a kick in flight", cfg: account, until: long, tell: func(b *book) {
			b.up(0)
			b.up(1)
			b.at += 59 * second
			b.status(0, wire.NoOrigin, login.LoggedIn, login.KickOut)
		}},
		{name: "somebody else's gateway", cfg: foreign, until: long, tell: func(b *book) {
			b.up(0)
			b.up(1)
		}},
		{name: "one switches to another account", cfg: account, until: long, tell: func(b *book) {
			b.up(0)
			b.up(1)
			b.says(1, login.Action{Kind: login.SendLogout})
			b.status(1, wire.Manual, login.LoggedIn, login.Connecting)
			b.says(1, login.Action{Kind: login.Dial, Gen: 2, Origin: wire.Manual, Account: 9})
			b.at += second
			b.status(1, wire.Manual, login.Connecting, login.Logging, login.LoggedIn)
		}},
	} {
		t.Run(s.name, s.run)
	}
}

func TestGateway(t *testing.T) {
	class := Config{MultiDevice: gateway.MultiDevice{Policy: gateway.PolicyClass}}
	all := Config{MultiDevice: gateway.MultiDevice{Policy: gateway.PolicyAll}}
	custom := Config{MultiDevice: gateway.MultiDevice{Policy: gateway.PolicyCustom, Custom: [][]wire.ClientType{{wire.IOS, wire.Web}}}}
	two := func(b *book) {
		b.opens(1)
		b.opens(2)
		b.wins(1, 11, wire.Android, wire.Manual)
		b.at += second
	}
	for _, s := range []story{
		{name: "a timeout that was due before the end was told", tell: func(b *book) {
			b.opens(1)
			b.Asked(b.at, &gateway.Input{Kind: gateway.Closed, Link: 1})
			b.tells(gateway.Close, 1, 0, gateway.Output{})
		}},
		{name: "a link ends twice", rule: OneEnd, tell: func(b *book) {
			b.opens(1)
			b.Asked(b.at, &gateway.Input{Kind: gateway.Closed, Link: 1})
			b.tells(gateway.Close, 1, 0, gateway.Output{})
			b.tells(gateway.Close, 1, 0, gateway.Output{})
		}},
		{name: "a link ends twice, later", rule: OneEnd, tell: func(b *book) {
			b.opens(1)
			b.Asked(b.at, &gateway.Input{Kind: gateway.Closed, Link: 1})
			b.Asked(b.at, &gateway.Input{Kind: gateway.Tick})
			b.tells(gateway.Close, 1, 0, gateway.Output{})
		}},
		{name: "manual pushes out", tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.IOS, wire.Manual)
			b.ends(1, 11, wire.Android, gateway.ExcludedByLogin)
			b.tells(gateway.Close, 1, 0, gateway.Output{})
			b.at += second
			b.opens(1)
			b.Asked(b.at, &gateway.Input{Kind: gateway.Closed, Link: 2})
			b.ends(2, 12, wire.IOS, gateway.LinkGone)
		}},
		{name: "race at one instant", tell: func(b *book) {
			two(b)
			b.opens(3)
			b.wins(2, 12, wire.IOS, wire.Manual)
			b.ends(1, 11, wire.Android, gateway.ExcludedByLogin)
			b.ends(2, 12, wire.IOS, gateway.ExcludedByLogin)
			b.wins(3, 13, wire.IOS, wire.Manual)
		}},
		{name: "classes live together", cfg: class, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.Web, wire.Manual)
		}},
		{name: "custom sets", cfg: custom, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.Web, wire.Manual)
		}},
		{name: "excluded stays", rule: ExcludedGoes, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.Web, wire.Manual)
		}},
		{name: "custom excluded stays", rule: ExcludedGoes, cfg: custom, tell: func(b *book) {
			b.wins(1, 11, wire.IOS, wire.Manual)
			b.wins(2, 12, wire.Web, wire.Manual)
		}},
		{name: "reconnect pushes out", rule: ExcludedGoes, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.IOS, wire.Reconnect)
			b.ends(1, 11, wire.Android, gateway.ExcludedByLogin)
		}},
		{name: "reconnect may", cfg: Config{ReconnectEvicts: true}, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.IOS, wire.Reconnect)
			b.ends(1, 11, wire.Android, gateway.ExcludedByLogin)
		}},
		{name: "wrong class pushed out", rule: ExcludedGoes, cfg: class, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.Web, wire.Manual)
			b.ends(1, 11, wire.Android, gateway.ExcludedByLogin)
		}},
		{name: "kick nobody asked for", rule: ExcludedGoes, tell: func(b *book) {
			two(b)
			b.ends(1, 11, wire.Android, gateway.KickedByServer)
		}},
		{name: "kick asked for", tell: func(b *book) {
			two(b)
			b.Asked(b.at, &gateway.Input{Kind: gateway.Commanded, Command: &gateway.Command{Kind: gateway.KickServer, Account: 7}})
			b.ends(1, 11, wire.Android, gateway.KickedByServer)
		}},
		{name: "all but the right one", rule: ExcludedGoes, tell: func(b *book) {
			two(b)
			b.Asked(b.at, &gateway.Input{Kind: gateway.Commanded,
				Command: &gateway.Command{Kind: gateway.KickServer, Account: 7, AllBut: true, Devices: []uint64{11}}})
			b.ends(1, 11, wire.Android, gateway.KickedByServer)
		}},
		{name: "kick of another device", cfg: all, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.IOS, wire.Manual)
			b.at += second
			b.Asked(b.at, &gateway.Input{Kind: gateway.KickOtherAsked, Link: 2, Device: 11})
			b.ends(1, 11, wire.Android, gateway.KickedByOther)
		}},
		{name: "kick from another account", rule: ExcludedGoes, tell: func(b *book) {
			two(b)
			b.Asked(b.at, &gateway.Input{Kind: gateway.KickOtherAsked, Link: 2, Device: 11})
			b.ends(1, 11, wire.Android, gateway.KickedByOther)
		}},
		{name: "same device replaced", tell: func(b *book) {
			two(b)
			b.wins(2, 11, wire.Android, wire.Auto)
			b.ends(1, 11, wire.Android, gateway.SameDevice)
		}},
		{name: "same device kept", rule: ExcludedGoes, cfg: all, tell: func(b *book) {
			two(b)
			b.wins(2, 11, wire.Android, wire.Auto)
		}},
		{name: "eleven of all", rule: ExcludedGoes, cfg: all, tell: func(b *book) {
			for i := range gateway.Link(11) {
				b.wins(i, uint64(20+i), wire.Android, wire.Manual)
				b.at += second
			}
		}},
		{name: "eleventh by force", cfg: all, tell: func(b *book) {
			for i := range gateway.Link(10) {
				b.wins(i, uint64(20+i), wire.Android, wire.Manual)
				b.at += second
			}
			b.tells(gateway.Judged, 10, 30, gateway.Output{Account: 7, ClientType: wire.Web, Origin: wire.Manual, Force: true, Code: 200})
			b.tells(gateway.SessionBegan, 10, 30, gateway.Output{Account: 7, ClientType: wire.Web, Origin: wire.Manual, Force: true})
			b.ends(0, 20, wire.Android, gateway.ExcludedByLogin)
		}},
		{name: "two for the eleventh", rule: ExcludedGoes, cfg: all, tell: func(b *book) {
			for i := range gateway.Link(10) {
				b.wins(i, uint64(20+i), wire.Android, wire.Manual)
				b.at += second
			}
			b.tells(gateway.Judged, 10, 30, gateway.Output{Account: 7, ClientType: wire.Web, Origin: wire.Manual, Force: true, Code: 200})
			b.tells(gateway.SessionBegan, 10, 30, gateway.Output{Account: 7, ClientType: wire.Web, Origin: wire.Manual, Force: true})
			b.ends(0, 20, wire.Android, gateway.ExcludedByLogin)
			b.ends(1, 21, wire.Android, gateway.ExcludedByLogin)
		}},
		{name: "last judged loses", rule: LastWins, tell: func(b *book) {
			two(b)
			b.wins(2, 12, wire.IOS, wire.Manual)
			b.ends(2, 12, wire.IOS, gateway.ExcludedByLogin)
		}},
		{name: "200 without a session", rule: LastWins, tell: func(b *book) {
			b.tells(gateway.Judged, 1, 11, gateway.Output{Account: 7, ClientType: wire.Web, Origin: wire.Manual, Code: 200})
		}},
		{name: "session without a 200", rule: LastWins, tell: func(b *book) {
			b.tells(gateway.Judged, 1, 11, gateway.Output{Account: 7, ClientType: wire.Web, Origin: wire.Manual, Code: 417})
			b.tells(gateway.SessionBegan, 1, 11, gateway.Output{Account: 7, ClientType: wire.Web, Origin: wire.Manual})
		}},
		{name: "link ends twice", rule: OneEnd, tell: func(b *book) {
			b.opens(1)
			b.tells(gateway.Close, 1, 0, gateway.Output{})
			b.Asked(b.at, &gateway.Input{Kind: gateway.Closed, Link: 1})
		}},
		{name: "link used twice", rule: OneEnd, tell: func(b *book) {
			b.opens(1)
			b.opens(1)
		}},
		{name: "session ends twice", rule: OneEnd, tell: func(b *book) {
			two(b)
			b.ends(1, 11, wire.Android, gateway.LinkGone)
			b.ends(1, 11, wire.Android, gateway.LinkGone)
		}},
	} {
		t.Run(s.name, s.run)
	}
}

func TestConvergedSaysWhy(t *testing.T) {
	b := &book{Checker: New(Config{Clients: 3, Bound: 100 * second})}
	b.up(0)
	b.up(1)
	b.Faulted(b.at)
	b.status(0, wire.Reconnect, login.LoggedIn, login.NetBroken)
	if got := b.Converged(b.at + second).Count; got != [Whys]uint32{Back: 1, OnItsWay: 1, Dead: 1} {
		t.Errorf("at once: %v", got)
	}
	b.at += 200 * second
	b.status(0, wire.Reconnect, login.NetBroken, login.Connecting)
	if got := b.Converged(b.at + second); got.Count != [Whys]uint32{Back: 1, StillTrying: 1, Dead: 1} || len(got.Late) != 1 {
		t.Errorf("later: %+v", got)
	}
}

func TestFindingsAreBounded(t *testing.T) {
	b := &book{Checker: New(Config{Clients: 1})}
	for i := range uint32(10 * MaxFindings) {
		b.at += second
		b.says(0, login.Action{Kind: login.AttemptEnded, Gen: i})
	}
	if got := len(b.Broken()); got != MaxFindings {
		t.Errorf("%d findings are kept", got)
	}
	if got := b.Count(OneEnd); got != 10*MaxFindings {
		t.Errorf("%d findings are counted", got)
	}
	if f := b.Broken()[MaxFindings-1]; len(f.Last) != trailShown || !strings.Contains(fmt.Sprint(f), "client 0") {
		t.Errorf("%v %q", f, f.Last)
	}
}

func BenchmarkClient(b *testing.B) {
	c := New(Config{Clients: 1000})
	chain := []login.Status{login.Unknown, login.UnLogin, login.Connecting, login.Logging, login.LoggedIn, login.Unknown}
	b.ReportAllocs()
	for i := range b.N {
		n := i / 1000 % 5
		c.Client(Time(i), uint32(i%1000), &login.Action{Kind: login.PublishStatus, From: chain[n], Status: chain[n+1], Origin: wire.Manual})
	}
	if len(c.Broken()) > 0 {
		b.Fatal(c.Broken()[0])
	}
}
