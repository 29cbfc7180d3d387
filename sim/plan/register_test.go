package plan

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

const registering = `duration: 10s
target:
  url: ws://127.0.0.1:1
  accounts: {register: {url: "http://127.0.0.1:2/api/", appKey: {env: K}, appSecret: {env: S}, prefix: qa-, rate: 30/m}}
app:
  url: http://127.0.0.1:3
  token: {path: "/t/${account}", headers: [{name: X-Key, from: {env: T}}], body: '{"u": "${account}", "p": "${password}"}'}
populations:
  a: {accounts: 2, clientType: ios, token: {fetch: first}}
  b: {accounts: 1, clientType: ios, authType: dynamic, token: {fetch: never}}
`

// withSecrets are options in which every secret of a scenario is a text.
func withSecrets(f *scenario.File, text string) Options {
	o := Options{Secrets: map[*scenario.Source]string{}}
	for path, src := range f.Secrets() {
		o.Secrets[src] = text + path[strings.LastIndex(path, ".")+1:]
	}
	return o
}

func TestRegister(t *testing.T) {
	f := parse(t, registering)
	p, err := Compile(f, withSecrets(f, "CANARY-"))
	if err != nil {
		t.Fatal(err)
	}
	a := &p.Accounts
	r := a.Register
	if r == nil || r.URL != "http://127.0.0.1:2/api" || r.Rate != 0.5 || r.State != DefaultRegisterState || r.Timeout != DefaultRegisterTimeout ||
		r.AppKey.Reveal() != "CANARY-appKey" || r.AppSecret.Reveal() != "CANARY-appSecret" || p.Target.AppKey.Reveal() != "CANARY-appKey" {
		t.Errorf("%+v", r)
	}
	if a.Name(1) != "qa-000001" || a.Generated() || a.Listed() || !a.Chosen || p.Gateway.App != gateway.TokenDigest("CANARY-appKey") {
		t.Errorf("%s", a.Name(1))
	}
	a.Registered([]string{"t0", "CANARY-t1", "t2"})
	var c wire.Credentials
	p.Credentials(1, &c)
	if c.Token != "CANARY-t1" || c.AppKey != "CANARY-appKey" {
		t.Errorf("the token is another one")
	}
	// Who has the app's secret signs dynamic tokens with it.
	p.Credentials(2, &c)
	if _, genuine := gateway.VerifyDynamicToken(c.Token, "CANARY-appKey", "qa-000002", "CANARY-appSecret"); !genuine {
		t.Errorf("the dynamic token is not signed with the app's secret")
	}
	q := p.App.Question
	if q.Method != "POST" || q.Field != DefaultField || q.Headers[0].Secret.Reveal() != "CANARY-headers[0]" {
		t.Errorf("%+v", q)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if text := fmt.Sprintf(format, *p); strings.Contains(text, "CANARY") {
			t.Errorf("%s shows a secret", format)
		}
	}
	var b strings.Builder
	p.Print(&b)
	if !strings.Contains(b.String(), "accounts registered through http://127.0.0.1:2/api: qa-000000") || strings.Contains(b.String(), "CANARY") {
		t.Errorf("%s", b.String())
	}
}

// TestFaultsOfAccounts changes one thing of a good scenario.
func TestFaultsOfAccounts(t *testing.T) {
	for change, want := range map[string]string{
		`url: ws://127.0.0.1:1=>authorized: true`:              "the embedded gateway knows generated accounts alone",
		`appKey: {env: K}, =>`:                                 "a server API asks for an appKey",
		`rate: 30/m=>rate: 0/s`:                                "nothing is ever registered",
		`rate: 30/m=>timeout: 0s`:                              "no answer comes in no time",
		`"http://127.0.0.1:2/api/"=>"ftp://127.0.0.1:2"`:       "cannot be asked over HTTP",
		`"http://127.0.0.1:2/api/"=>"http://127.0.0.1:2/?a=b"`: "cannot be asked over HTTP",
		`"http://127.0.0.1:2/api/"=>"http://u:p@127.0.0.1:2"`:  "the address holds a user",
		`url: http://127.0.0.1:3=>workers: 1`:                  "asked in its own way",
		`/t/${account}=>/t/{account}`:                          "{account} would be sent as it is",
		`/t/${account}=>/t/${password}`:                        "a password in an address",
		`/t/${account}=>/t/${realm}`:                           "there is no ${realm} to say",
		`/t/${account}=>/t t`:                                  "there is a blank",
		`headers: =>method: GET, headers: `:                    "a GET has no body",
		`X-Key=>Content-Length`:                                "Content-Length cannot be sent so",
		`qa-=>qa-qa-qa-qa-qa-qa-q`:                             "", // 26 characters.
	} {
		old, with, _ := strings.Cut(change, "=>")
		text := strings.Replace(registering, old, with, 1)
		if text == registering {
			t.Errorf("%s changes nothing", change)
		}
		f := parse(t, text)
		_, err := Compile(f, withSecrets(f, "CANARY-"))
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "CANARY")) {
			t.Errorf("%s: %v, want %s", change, err, want)
		}
	}
	f := parse(t, registering)
	if _, err := Compile(f, Options{Virtual: true, Duration: time.Second}); err != nil {
		t.Errorf("in virtual time nobody is asked: %v", err)
	}
}

// TestListsBringDevicesAndColumns for accounts with one client.
func TestListsBringDevicesAndColumns(t *testing.T) {
	l := NewAccountList([]string{"realm", "sip"})
	for i, device := range []uint64{0, 70, 71, 72} {
		l.Add(fmt.Sprint("acc", i), "t", device, []string{fmt.Sprint("r", i), ""})
	}
	text := "duration: 1s\ntarget: {url: 'ws://127.0.0.1:1', accounts: {file: x.csv}}\napp: {url: 'http://127.0.0.1:2', token: {path: '/?r=${realm}'}}\n" +
		"populations: {a: {accounts: 2, clientType: ios}, b: {accounts: 2, clientType: ios, devicesPerAccount: 2}}\n"
	p := compiled(t, text, Options{Accounts: l})
	if want := []uint64{1, 70, 3, 4, 5, 6}; !slices.Equal(p.Clients.Device, want) {
		t.Errorf("devices %v, want %v", p.Clients.Device, want)
	}
	if p.Accounts.Field(3, "realm") != "r3" || p.Accounts.Field(3, "sip") != "" || p.Accounts.Field(3, "x") != "" || !p.Accounts.Listed() {
		t.Errorf("%q", p.Accounts.Field(3, "realm"))
	}
	var none Accounts
	if none.Field(1, "realm") != "" || none.Columns() != nil {
		t.Error("generated accounts have columns")
	}
}

// TestDialectsWantTheirColumns where their words are really said.
func TestDialectsWantTheirColumns(t *testing.T) {
	text, err := os.ReadFile("../../scenarios/dialects/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	of := func(columns ...string) *AccountList {
		l := NewAccountList(columns)
		l.Add("ann", "t", 0, make([]string, len(columns)))
		return l
	}
	const scenario = "duration: 1s\ntarget: {url: 'ws://127.0.0.1:1', dialect: template, accounts: {file: x.csv}}\npopulations: {a: {accounts: 1, clientType: ios}}\n"
	for _, c := range []struct {
		list    *AccountList
		virtual bool
		want    string
	}{
		{of("sip", "team"), false, ""},
		{of("sip"), false, "wants the column team of every account"},
		{of(), true, ""},
	} {
		_, err := Compile(parse(t, scenario), Options{Accounts: c.list, Virtual: c.virtual, Dialects: map[string][]byte{"template": text}})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.list.Columns(), err, c.want)
		}
	}
}
