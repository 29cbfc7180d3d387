package wire_test

import (
	"testing"

	"loginstorm/sim/wire"
)

func TestNamesComeBack(t *testing.T) {
	for k := wire.Login; k <= wire.Drain; k++ {
		if got, ok := wire.ParseKind(k.String()); !ok || got != k {
			t.Errorf("kind %v comes back as %v, %v", k, got, ok)
		}
		if k.FromClient() == k.FromGateway() {
			t.Errorf("%v has no single direction", k)
		}
	}
	for r := wire.NoReason; r <= wire.BySameDevice; r++ {
		if got, ok := wire.ParseReason(r.String()); !ok || got != r {
			t.Errorf("reason %v comes back as %v, %v", r, got, ok)
		}
	}
	for _, c := range wire.ClientTypes() {
		if got, ok := wire.ParseClientType(c.String()); !ok || got != c || !c.Known() {
			t.Errorf("client type %v comes back as %v, %v", c, got, ok)
		}
		if c.Desktop() && c.Mobile() || !c.Desktop() && !c.Mobile() && c != wire.REST {
			t.Errorf("%v is in no single class", c)
		}
	}
	for o := wire.Manual; o <= wire.Reconnect; o++ {
		if got, ok := wire.ParseOrigin(o.String()); !ok || got != o {
			t.Errorf("origin %v comes back as %v, %v", o, got, ok)
		}
	}
	for a := wire.AuthDefault; a <= wire.AuthThirdParty; a++ {
		if got, ok := wire.ParseAuthType(a.String()); !ok || got != a {
			t.Errorf("auth type %v comes back as %v, %v", a, got, ok)
		}
	}
	for _, name := range []string{"", "none ", "Login", "kind(99)"} {
		if _, ok := wire.ParseKind(name); ok {
			t.Errorf("kind %q is taken", name)
		}
		if _, ok := wire.ParseClientType(name); ok {
			t.Errorf("client type %q is taken", name)
		}
	}
	for _, text := range []string{wire.Kind(99).String(), wire.Reason(99).String(), wire.ClientType(99).String(), wire.Origin(99).String(), wire.AuthType(99).String()} {
		if text[len(text)-4:] != "(99)" {
			t.Errorf("unknown value reads %q", text)
		}
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []wire.Code{wire.Success, wire.TooOften, wire.Cancelled, wire.ThirdPartyLast, 1<<32 - 1} {
		if got, ok := wire.ParseCode(c.String()); !ok || got != c {
			t.Errorf("code %v comes back as %v, %v", c, got, ok)
		}
	}
	for _, text := range []string{"", "+1", "-1", "4294967296", "ok", "416 "} {
		if _, ok := wire.ParseCode(text); ok {
			t.Errorf("code %q is taken", text)
		}
	}
	if got := wire.TooOften.String() + " " + wire.TooOften.Text(); got != "416 login called too often" {
		t.Errorf("416 reads %q", got)
	}
	if !wire.Code(20050).ThirdParty() || wire.Code(20100).ThirdParty() || wire.Code(19999).ThirdParty() {
		t.Error("the range of third-party verdicts is wrong")
	}
	if wire.Code(20050).Text() == wire.Code(7).Text() {
		t.Error("a third-party verdict reads as unknown")
	}
}
