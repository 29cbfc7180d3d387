package dialect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// uttered returns what a client says at its login with a template.
func uttered(t *testing.T, content, template string, who *Speaker, captures ...string) string {
	t.Helper()
	text := "name: x\ncolumns: [team]\nsettings: {key: sekrit, plain: 'a\"b<c>&d'}\nframes: {content: " + content + "}\nstates:\n  login:\n    say: " +
		string(must(json.Marshal(template))) + "\n    on:\n      - {when: {$text: ok}, capture: {kept: $text}, means: loggedIn}\n"
	if content == "xml" {
		text = strings.Replace(text, "$text: ok", "$name: ok", 1)
	}
	d, err := Parse("x.yaml", []byte(text), nil)
	if err != nil {
		t.Fatalf("%s: %v", template, err)
	}
	s := d.Open()
	for _, c := range captures {
		s.room().captures = append(s.room().captures, []byte(c))
	}
	s.Step(0, Input{Kind: LinkUp}, nil)
	out := s.Step(0, Input{Kind: WantLogin}, nil)
	frame, _ := s.Encode(nil, &out[0].Message, false, who)
	return string(frame)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTemplates(t *testing.T) {
	who := &Speaker{Epoch: 1_700_000_000 * time.Second, Now: 1500 * time.Millisecond, Seed: 3, Client: 4, Link: 2, Columns: []string{"r&d"},
		Credentials: &wire.Credentials{Account: `a"b`, Token: "pw", Device: 9, ClientType: wire.IOS, Version: 91203, Origin: wire.Auto, Force: true}}
	for _, c := range []struct{ content, template, want string }{
		{"json", `{"u":"${account}"}`, `{"u":"a\"b"}`},
		{"json", `{"u":${json(account)}}`, `{"u":"a\"b"}`},
		{"xml", `<a u="${account}">${plain}</a>`, `<a u="a&quot;b">a&quot;b&lt;c&gt;&amp;d</a>`},
		{"text", `${account} ${url(team)} $$ $x ${raw(plain)}`, `a"b r%26d $ $x a"b<c>&d`},
		{"text", `${device} ${clientType} ${clientTypeName} ${version} ${versionName} ${origin} ${force} ${serial} ${link}`, `9 2 ios 91203 9.12.3 auto true 1 2`},
		{"text", `$[tag=${tag};]$$[force=${force};]$`, `force=true;`},
		{"text", `${base64('\0', account, '\0', password)}`, base64.StdEncoding.EncodeToString([]byte("\x00a\"b\x00pw"))},
		{"text", `${hex(sha1('abc'))}`, "a9993e364706816aba3e25717850c26c9cd0d89d"},                                                                // FIPS 180, appendix A.
		{"text", `${hex(sha256('abc'))}`, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},                                      // FIPS 180, appendix B.
		{"text", `${hex(hmacSha1('Jefe', 'what do ya want ', 'for nothing?'))}`, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},                       // RFC 2202, test 2.
		{"text", `${hex(hmacSha256('Jefe', 'what do ya want for nothing?'))}`, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"}, // RFC 4231, test 2.
		{"text", `${unix()} ${unix(3600)} ${unixMs()} ${unixMs(-1)}`, "1700000001 1700003601 1700000001500 1700000001499"},
		{"text", `${counter()} ${counter()}`, "1 2"},
		{"text", `${upper(lower('AbC'))} ${default(tag, 'none')} ${default(account, 'none')} ${concat('x', 'y')}`, `ABC none a"b xy`},
		{"text", `${kept} ${base64url(kept)}`, "?>? Pz4_"},
	} {
		if got := uttered(t, c.content, c.template, who, "?>?"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.template, got, c.want)
		}
	}
	again := uttered(t, "text", "${uuid()} ${nonce()}", who)
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} [0-9a-f]{32}$`).MatchString(again) {
		t.Errorf("got %q", again)
	}
	other := *who
	other.Link++
	if uttered(t, "text", "${uuid()} ${nonce()}", who) != again || uttered(t, "text", "${uuid()} ${nonce()}", &other) == again {
		t.Error("the same link draws the same, another one something else")
	}
}

// TestJWT takes a token apart by hand.
func TestJWT(t *testing.T) {
	who := &Speaker{Epoch: time.Hour, Credentials: &wire.Credentials{Account: "a"}}
	token := uttered(t, "text", "${jwt(key, 'sub', account, 'exp', unix(60), 'n', 7)}", who)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("got %q", token)
	}
	mac := hmac.New(sha256.New, []byte("sekrit"))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) != parts[2] {
		t.Error("the signature is another one")
	}
	claims := must(base64.RawURLEncoding.DecodeString(parts[1]))
	if string(claims) != `{"exp":3660,"n":7,"sub":"a"}` {
		t.Errorf("claims %s", claims)
	}
}

// TestSCRAM plays a server: its proof is computed by the other half of the library.
func TestSCRAM(t *testing.T) {
	for _, mechanism := range []string{"SCRAM-SHA-1", "SCRAM-SHA-256"} {
		d := shippedWith(t, "xmpp", map[string]string{"mechanism": mechanism})
		server := must(hashOf(mechanism).NewServer(lookup(t, mechanism, "storm-1", "pencil")))
		for token, want := range map[string]bool{"pencil": true, "pen": false} {
			who := &Speaker{Credentials: &wire.Credentials{Account: "storm-1", Token: token}}
			s := d.Open()
			step := func(in Input) string {
				for _, o := range s.Step(0, in, nil) {
					if o.Kind == Say {
						frame, _ := s.Encode(nil, &o.Message, false, who)
						text := string(frame)
						return text[strings.IndexByte(text, '>')+1 : max(0, strings.LastIndex(text, "</"))+boolInt(!strings.Contains(text, "</"))*len(text)]
					}
				}
				return ""
			}
			frame := func(text string) Input { return Input{Kind: Frame, Data: []byte(text)} }
			s.Step(0, Input{Kind: LinkUp}, nil)
			step(frame("<features><mechanisms><mechanism>" + mechanism + "</mechanism></mechanisms></features>"))
			talk := server.NewConversation()
			challenge, err := talk.Step(string(must(base64.StdEncoding.DecodeString(step(Input{Kind: WantLogin})))))
			if err != nil {
				t.Fatal(err)
			}
			final := step(frame("<challenge>" + base64.StdEncoding.EncodeToString([]byte(challenge)) + "</challenge>"))
			proof, err := talk.Step(string(must(base64.StdEncoding.DecodeString(final))))
			if (err == nil) != want || talk.Valid() != want {
				t.Errorf("%s with %q: %v", mechanism, token, err)
			}
			if want {
				holdServer(t, &s, proof)
			}
		}
		// A challenge that is none, and one that asks for a day's work, are not answered.
		for _, challenge := range []string{"", "r=1,s=1,i=1", "r=1,s=MTIz,i=2000000000"} {
			s := d.Open()
			who := &Speaker{Credentials: &wire.Credentials{Account: "storm-1", Token: "pencil"}}
			s.stage = open
			out := s.Step(0, Input{Kind: WantLogin}, nil)
			s.Encode(nil, &out[0].Message, false, who)
			for _, o := range s.Step(0, Input{Kind: Frame, Data: []byte("<challenge>" + base64.StdEncoding.EncodeToString([]byte(challenge)) + "</challenge>")}, nil) {
				if frame, _ := s.Encode(nil, &o.Message, false, who); len(frame) > 0 {
					t.Errorf("%q was answered by %s", challenge, frame)
				}
			}
		}
	}
}

// holdServer ends a conversation with the server's proof, and with others in its place: of
// another server, an error, and none.
func holdServer(t *testing.T, s *Session, proof string) {
	t.Helper()
	conversation := *s.extra.scram
	for text, want := range map[string]bool{proof: true, "v=cmFuZG9t": false, "e=other-error": false, "": false, "v=": false} {
		one, x, c := *s, *s.extra, conversation
		one.extra, x.scram, x.captures = &x, &c, nil
		out := one.Step(0, Input{Kind: Frame, Data: []byte("<success>" + base64.StdEncoding.EncodeToString([]byte(text)) + "</success>")}, nil)
		if good := one.State() == "restart"; good != want || !want && (len(out) != 2 || out[0].Kind != Malformed || out[1].Kind != Close) {
			t.Errorf("%q leads to %s, %v", text, one.State(), out)
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestShowHidesSecrets: what people see holds no token and nothing made of it, and showing
// it changes nothing.
func TestShowHidesSecrets(t *testing.T) {
	for _, name := range shippedNames(t) {
		d := shipped(t, name)
		who := &Speaker{Credentials: &wire.Credentials{Account: "storm-1", Token: "pencil", AppKey: "appkey", Device: 1, ClientType: wire.Web}}
		shown, unseen := d.Open(), d.Open()
		for _, s := range []*Session{&shown, &unseen} {
			s.Step(0, Input{Kind: LinkUp}, nil)
			s.stage = open
		}
		out := shown.Step(0, Input{Kind: WantLogin}, nil)
		unseen.Step(0, Input{Kind: WantLogin}, nil)
		text := shown.Show(&out[0].Message, who) + d.ShowRequest(who)
		for _, secret := range []string{"pencil", "appkey", base64.StdEncoding.EncodeToString([]byte("\x00storm-1\x00pencil"))} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %q in %q", name, secret, text)
			}
		}
		one, _ := shown.Encode(nil, &out[0].Message, false, who)
		two, _ := unseen.Encode(nil, &out[0].Message, false, who)
		if string(one) != string(two) {
			t.Errorf("%s says %q after it was shown, and %q otherwise", name, one, two)
		}
	}
}
