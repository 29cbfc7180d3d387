package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"loginstorm/sim/wire"
)

// same compares messages; an empty list equals none.
func same(t *testing.T, got, want wire.Message) {
	t.Helper()
	for _, m := range []*wire.Message{&got, &want} {
		if len(m.Clients) == 0 {
			m.Clients = nil
		}
		if m.Kind != wire.Login {
			m.Login = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("message differs (-want +got):\n%s", diff)
	}
}

func decode(t *testing.T, frame string) wire.Message {
	t.Helper()
	var m wire.Message
	if err := wire.Decode([]byte(frame), &m); err != nil {
		t.Fatalf("decode %s: %v", frame, err)
	}
	return m
}

func TestEveryKindComesBack(t *testing.T) {
	for _, m := range samples() {
		same(t, decode(t, string(wire.Append(nil, &m))), m)
	}
}

func TestExtremesComeBackAndFit(t *testing.T) {
	wild := strings.Repeat("\x01", wire.MaxTag)
	login := wire.Message{Kind: wire.Login, Serial: 1<<32 - 1, Login: &wire.Credentials{
		Account: strings.Repeat("\"", wire.MaxAccount), Token: strings.Repeat("\x1f", wire.MaxToken),
		AppKey: strings.Repeat("😀", wire.MaxAppKey), AuthType: wire.AuthThirdParty, ClientType: wire.HarmonyOS,
		CustomType: -1 << 31, Device: wire.MaxDevice, Version: 1<<32 - 1, Origin: wire.Reconnect, Force: true, Tag: wild,
	}}
	online := wire.Message{Kind: wire.Online}
	for range wire.MaxClients {
		online.Clients = append(online.Clients, wire.OnlineClient{
			Device: wire.MaxDevice, ClientType: 255, CustomType: -1 << 31, OS: wild, LoginTime: wire.MaxDevice, Tag: wild})
	}
	reply := wire.Message{Kind: wire.LoginReply, Code: 1<<32 - 1, RetryAfter: wire.MaxRetryAfter}
	for _, m := range []wire.Message{login, online, reply} {
		frame := wire.Append(nil, &m)
		if len(frame) > wire.MaxFrame {
			t.Errorf("%v: %d bytes, more than MaxFrame", m.Kind, len(frame))
		}
		same(t, decode(t, string(frame)), m)
	}
	online.Clients = append(online.Clients, wire.OnlineClient{})
	if got := decode(t, string(wire.Append(nil, &online))); len(got.Clients) != wire.MaxClients {
		t.Errorf("an overlong list carries %d clients", len(got.Clients))
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{
		-time.Second: 0, 1: time.Millisecond, time.Millisecond: time.Millisecond, 1500 * time.Microsecond: 2 * time.Millisecond,
		1 << 62: wire.MaxRetryAfter,
	} {
		frame := wire.Append(nil, &wire.Message{Kind: wire.LoginReply, RetryAfter: given})
		if got := decode(t, string(frame)).RetryAfter; got != want {
			t.Errorf("%v comes back as %v, want %v", given, got, want)
		}
	}
}

func TestDecodeTakes(t *testing.T) {
	pong := wire.Message{Kind: wire.Pong, Serial: 7}
	for _, frame := range []string{
		`{"kind":"pong","serial":7}`,
		" {\t\"serial\" : 7 ,\r\n\"kind\":\"pong\" } ",
		`{"\u006bind":"\u0070ong","serial":7}`,
		`{"kind":"pong","serial":7,"new":{"a":[1,-0.5e+3,true,false,null,"\ud83d\ude00"],"b":{}},"list":[]}`,
		`{"kind":"pong","serial":7,"device":"not used by a pong","new":1,"new":2}`,
	} {
		same(t, decode(t, frame), pong)
	}
	same(t, decode(t, `{"kind":"kick","reason":2,"clientType":null,"customClientType":null}`), wire.Message{Kind: wire.Kick, Reason: wire.ByServer})
	same(t, decode(t, `{"kind":"kick","reason":1,"clientType":99}`), wire.Message{Kind: wire.Kick, Reason: wire.ByLogin, ClientType: 99})
	got := decode(t, `{"kind":"login","serial":1,"account":"\u00e9\n\/","token":"","clientType":64,"device":1,"origin":"auto","force":false}`)
	same(t, got, wire.Message{Kind: wire.Login, Serial: 1, Login: &wire.Credentials{
		Account: "é\n/", ClientType: wire.MacOS, Device: 1, Origin: wire.Auto}})
}

func TestDecodeRefuses(t *testing.T) {
	login := func(change string) string {
		return `{"kind":"login","serial":1,"account":"a","token":"S3CRET","clientType":1,"device":1,"origin":"manual",` + change + `}`
	}
	without := func(old, new string) string {
		return strings.Replace(`{"kind":"login","serial":1,"account":"a","token":"S3CRET","clientType":1,"device":1,"origin":"manual"}`, old, new, 1)
	}
	for _, c := range []struct{ frame, want string }{
		{"", "byte 0: is no JSON object"},
		{"null", "byte 0: is no JSON object"},
		{"[]", "byte 0: is no JSON object"},
		{"{}", "field kind is missing"},
		{`{"kind":"ping","serial":1}x`, "has something behind its end"},
		{"{\"kind\":\"logout\"}\x00", "has something behind its end"},
		{`{"kind":"ping","serial":1,}`, "has a comma before its end"},
		{`{"kind":"ping" "serial":1}`, "lacks a comma or an end"},
		{`{"kind" "ping"}`, "lacks a colon"},
		{`{"kind":"ping","serial":1`, "lacks a comma or an end"},
		{`{"kind":"pi`, "ends within a string"},
		{`{"kind":"hello"}`, "field kind is unknown"},
		{`{"kind":"none"}`, "field kind is unknown"},
		{`{"kind":null}`, "field kind is no string"},
		{`{"kind":"ping","kind":"ping","serial":1}`, "field kind is given twice"},
		{`{"kind":"ping"}`, "decode frame ping: byte 15: field serial is missing"},
		{`{"kind":"ping","serial":null}`, "field serial is missing"},
		{`{"kind":"ping","serial":1,"serial":1}`, "field serial is given twice"},
		{`{"kind":"ping","serial":"1"}`, "field serial is no whole number"},
		{`{"kind":"ping","serial":1.0}`, "field serial is no whole number"},
		{`{"kind":"ping","serial":1e2}`, "field serial is no whole number"},
		{`{"kind":"ping","serial":01}`, "field serial is no whole number"},
		{`{"kind":"ping","serial":-1}`, "field serial is out of range"},
		{`{"kind":"ping","serial":4294967296}`, "field serial is out of range"},
		{`{"kind":"ping","serial":99999999999999999999999}`, "field serial is out of range"},
		{`{"kind":"loginReply","serial":1,"code":4294967296}`, "field code is out of range"},
		{`{"kind":"loginReply","serial":1,"code":200,"retryAfter":-5}`, "field retryAfter is out of range"},
		{`{"kind":"loginReply","serial":1,"code":200,"retryAfter":0.5}`, "field retryAfter is no whole number"},
		{`{"kind":"kickOther","serial":1,"device":0}`, "field device is out of range"},
		{`{"kind":"kickOther","serial":1,"device":9007199254740992}`, "field device is out of range"},
		{`{"kind":"kick","reason":0}`, "field reason is out of range"},
		{`{"kind":"kick","reason":5}`, "field reason is out of range"},
		{`{"kind":"kick","reason":1,"customClientType":2147483648}`, "field customClientType is out of range"},
		{without(`"account":"a",`, ``), "field account is missing"},
		{without(`"a"`, `""`), "field account is too short"},
		{without(`"a"`, `"`+strings.Repeat("é", 33)+`"`), "field account is too long"},
		{without(`"S3CRET"`, `"`+strings.Repeat("S3CRET--", wire.MaxToken/8)+`!"`), "field token is too long"},
		{without(`"S3CRET"`, `S3CRET`), "field token is no string"},
		{without(`"clientType":1`, `"clientType":3`), "field clientType is unknown"},
		{without(`"manual"`, `"none"`), "field origin is unknown"},
		{login(`"appKey":"` + strings.Repeat("k", 65) + `"`), "field appKey is too long"},
		{login(`"customTag":"` + strings.Repeat("t", 33) + `"`), "field customTag is too long"},
		{login(`"authType":"static"`), "field authType is unknown"},
		{login(`"force":1`), "field force is neither true nor false"},
		{login(`"x":"S3CRET` + "\n" + `"`), "has a control character in a string"},
		{login(`"x":"\x"`), "has a bad escape in a string"},
		{login(`"x":"\ud800"`), "has a bad escape in a string"},
		{login(`"x":"\ud800\u0041"`), "has a bad escape in a string"},
		{login(`"x":"\u12G4"`), "has a bad escape in a string"},
		{login("\"x\":\"\xff\""), "is no UTF-8"},
		{login("\"x\":\"\\n\xff\""), "is no UTF-8"},
		{login(`"x":-`), "has a bad number"},
		{login(`"x":1.`), "has a bad number"},
		{login(`"x":1e`), "has a bad number"},
		{login(`"x":00`), "has a bad number"},
		{login(`"x":nul`), "has no value"},
		{login(`"x":` + strings.Repeat("[", 40)), "is nested too deep"},
		{`{"kind":"online"}`, "field clients is missing"},
		{`{"kind":"online","clients":{}}`, "field clients is no list"},
		{`{"kind":"online","clients":[1]}`, "field clients is no JSON object"},
		{`{"kind":"online","clients":[{"device":1,"clientType":1}]}`, "field clients.loginTime is missing"},
		{`{"kind":"online","clients":[{"device":1,"clientType":1,"loginTime":-1}]}`, "field clients.loginTime is out of range"},
		{`{"kind":"online","clients":[` + strings.Repeat(`{"device":1,"clientType":1,"loginTime":1},`, 100) +
			`{"device":1,"clientType":1,"loginTime":1}]}`, "field clients has too many entries"},
		{strings.Repeat(" ", wire.MaxFrame+1), "is longer than 65536 bytes"},
	} {
		var m wire.Message
		err := wire.Decode([]byte(c.frame), &m)
		var fault *wire.DecodeError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: got %v, want %q", c.frame, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("the error repeats a secret: %v", err)
		}
	}
}

// TestSecondOracle reads what Append wrote with other parsers.
func TestSecondOracle(t *testing.T) {
	for _, m := range samples() {
		frame := wire.Append(nil, &m)
		if !json.Valid(frame) || !gjson.ValidBytes(frame) {
			t.Fatalf("not valid: %s", frame)
		}
		if got := gjson.GetBytes(frame, "kind").String(); got != m.Kind.String() {
			t.Errorf("kind %q in %s", got, frame)
		}
	}
	awkward := "\x00\x1f\"\\/<>&\u2028é😀\xff\xfe" + "\x7f"
	frame := wire.Append(nil, &wire.Message{Kind: wire.Login, Login: &wire.Credentials{Token: awkward}})
	var got struct{ Token string }
	if err := json.Unmarshal(frame, &got); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(awkward[:len(awkward)-3], "") + "\ufffd\ufffd\x7f"; got.Token != want {
		t.Errorf("token %q, want %q", got.Token, want)
	}
}

func TestDecodeAllocatesOnlyTexts(t *testing.T) {
	var m wire.Message
	for _, s := range samples() {
		frame := wire.Append(nil, &s)
		want := 0.0
		if s.Kind == wire.Login {
			want = 4
		}
		if got := testing.AllocsPerRun(100, func() { _ = wire.Decode(frame, &m) }); got > want {
			t.Errorf("%v: %v allocations, want at most %v", s.Kind, got, want)
		}
	}
}
