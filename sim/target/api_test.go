package target

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

const appSecret = "CANARY-secret"

// registering is a configuration with a server API.
func registering(change func(*Config)) Config {
	cfg := webbed()
	cfg.AppSecret, cfg.API = NewSecret(appSecret), API{Addr: "127.0.0.1:0", Room: 2}
	if change != nil {
		change(&cfg)
	}
	return cfg
}

// operator asks the server API, and signs by itself.
type operator struct {
	t      *testing.T
	base   string
	key    string
	secret string
	skew   time.Duration
}

func operate(t *testing.T, s *Server) *operator {
	return &operator{t: t, base: s.APIURL(), key: "app", secret: appSecret}
}

// ask returns an answer's code, and the token in it.
func (o *operator) ask(path, accid string, more ...string) (code int, token string) {
	o.t.Helper()
	form := url.Values{"accid": {accid}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, o.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	at := strconv.FormatInt(time.Now().Add(o.skew).Unix(), 10)
	for key, value := range map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "AppKey": o.key, "Nonce": "n1", "CurTime": at,
		"CheckSum": fmt.Sprintf("%x", sha1.Sum([]byte(o.secret+"n1"+at))),
	} {
		r.Header.Set(key, value)
	}
	w, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	var said struct {
		Code int
		Info struct{ Accid, Token, Name string }
	}
	if err != nil || json.Unmarshal(text, &said) != nil || w.StatusCode != http.StatusOK || strings.Contains(string(text), appSecret) {
		o.t.Fatalf("%d %s: %v", w.StatusCode, text, err)
	}
	if said.Code == 416 && w.Header.Get("Retry-After") != "1" {
		o.t.Error("a 416 without a hint")
	}
	return said.Code, said.Info.Token
}

// logins tries a login of each account named, over a link of its own.
func logins(t *testing.T, s *Server, c wire.Credentials) (wire.Code, *peer) {
	t.Helper()
	p := connect(t, s.URLs()[0])
	return p.login(&c), p
}

// TestCheckSumKnownAnswer verifies a call at the second in which it was signed:
//
//	printf %s 'go9dnk49bkd9jd9vmel1kglw0803mgq34tgggergigwow323t23t1443592222' | openssl dgst -sha1
func TestCheckSumKnownAnswer(t *testing.T) {
	const at = 1443592222
	s, err := New(registering(func(c *Config) { c.AppSecret = NewSecret("go9dnk49bkd9jd9vmel1kglw0803mgq3") }))
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"AppKey": "app", "Nonce": "4tgggergigwow323t23t", "CurTime": "1443592222", "CheckSum": "021889e740178fc3cc1c8e04fd29fdf28ecfa810"}
	a := &api{s: s}
	genuine := func(name, value string, now time.Time) bool {
		h := http.Header{}
		for k, v := range good {
			h.Set(k, v)
		}
		if name != "" {
			h.Set(name, value)
		}
		return a.genuine(h, now)
	}
	for _, d := range []time.Duration{0, 5 * time.Minute, -5 * time.Minute} {
		if !genuine("", "", time.Unix(at, 0).Add(d)) {
			t.Errorf("after %v it is refused", d)
		}
		if d != 0 && genuine("", "", time.Unix(at, 0).Add(d+d/300)) {
			t.Errorf("after %v it is taken", d+d/300)
		}
	}
	for name, value := range map[string]string{"AppKey": "other", "Nonce": "4tgggergigwow323t23", "CurTime": "1443592223", "CheckSum": "021889E740178FC3CC1C8E04FD29FDF28ECFA810"} {
		if genuine(name, value, time.Unix(at, 0)) || genuine(name, "", time.Unix(at, 0)) {
			t.Errorf("another %s is taken", name)
		}
	}
}

func TestAccountsAreRegistered(t *testing.T) {
	s := serve(t, registering(func(c *Config) { c.API.Only, c.Gateway.UnknownIs404 = true, true }))
	o := operate(t, s)
	c := *credentials(5, 1)
	if code, _ := logins(t, s, c); code != wire.NoSuchAccount {
		t.Errorf("before: code %d", code)
	}
	if code, _ := o.ask(RefreshPath, "u0005"); code != 414 {
		t.Errorf("refresh before: %d", code)
	}
	code, token := o.ask(CreatePath, "u0005", "name", "Ann")
	if code != 200 || token != c.Token {
		t.Errorf("create: %d", code)
	}
	if code, _ := logins(t, s, c); code != wire.Success {
		t.Errorf("after: code %d", code)
	}
	if code, _ := o.ask(CreatePath, "u0005"); code != 414 {
		t.Errorf("twice: %d", code)
	}
	code, fresh := o.ask(RefreshPath, "u0005")
	if code != 200 || fresh == token || fresh != browse(t, s).token(5, "default") {
		t.Errorf("refresh: %d", code)
	}
	if code, _ := logins(t, s, c); code != wire.Mismatch {
		t.Errorf("the old token: code %d", code)
	}
	if c.Token = fresh; true {
		if code, _ := logins(t, s, c); code != wire.Success {
			t.Errorf("the new token: code %d", code)
		}
	}
	// A token of one's own, for a name of one's own; and there is room for two of those.
	if code, token = o.ask(CreatePath, "ann", "token", "mine"); code != 200 || token != "mine" {
		t.Errorf("ann: %d", code)
	}
	c.Account, c.Token = "ann", "mine"
	if code, _ := logins(t, s, c); code != wire.Success {
		t.Errorf("ann: code %d", code)
	}
	if _, body := browse(t, s).get(TokenPath + "?account=ann"); !strings.Contains(body, `"mine"`) {
		t.Error("the app gives out another token")
	}
	for name, want := range map[string]int{"": 414, strings.Repeat("x", 33): 414, "bob": 200} {
		if code, _ := o.ask(CreatePath, name); code != want {
			t.Errorf("%q: %d, want %d", name, code, want)
		}
	}
	if code, _ := o.ask(CreatePath, "carl"); code != 503 {
		t.Errorf("a third one: %d", code)
	}
	if code, token = o.ask(RefreshPath, "ann"); code != 200 || token == "mine" {
		t.Errorf("ann's next: %d", code)
	}
	if c.Token = token; true {
		if code, _ := logins(t, s, c); code != wire.Success {
			t.Errorf("ann's next: code %d", code)
		}
	}
}

func TestSignaturesAreLookedAt(t *testing.T) {
	s := serve(t, registering(func(c *Config) { c.API.Rate = 1 }))
	for what, change := range map[string]func(*operator){
		"key":    func(o *operator) { o.key = "other" },
		"secret": func(o *operator) { o.secret = "other" },
		"late":   func(o *operator) { o.skew = -6 * time.Minute },
		"early":  func(o *operator) { o.skew = 6 * time.Minute },
	} {
		o := operate(t, s)
		change(o)
		if code, _ := o.ask(RefreshPath, "u0001"); code != 414 {
			t.Errorf("%s: %d", what, code)
		}
	}
	o := operate(t, s)
	seen := map[int]int{}
	for seen[416] == 0 || seen[200] == 0 { // Two calls fall into one second, at the latest the third.
		code, _ := o.ask(RefreshPath, "u0001")
		seen[code]++
	}
	if len(seen) != 2 {
		t.Errorf("codes %v", seen)
	}
}

func TestBlockKicksAndRefuses(t *testing.T) {
	s := serve(t, registering(nil))
	o := operate(t, s)
	c := *credentials(7, 1)
	_, live := logins(t, s, c)
	if code, _ := o.ask(BlockPath, "u0007"); code != 200 {
		t.Errorf("block: %d", code)
	}
	c.Device = 2
	if code, _ := logins(t, s, c); code != wire.AccountDisabled {
		t.Errorf("blocked: code %d", code)
	}
	if code, _ := o.ask(BlockPath, "u0007", "needkick", "true"); code != 200 {
		t.Errorf("block with a kick: %d", code)
	}
	if m := live.until(wire.Kick); m.Reason != wire.ByServer {
		t.Errorf("reason %v", m.Reason)
	}
	if code, _ := o.ask(UnblockPath, "u0007"); code != 200 {
		t.Errorf("unblock: %d", code)
	}
	if code, _ := logins(t, s, c); code != wire.Success {
		t.Errorf("unblocked: code %d", code)
	}
}

// TestExpiryEndsNoLiveSession: a dynamic token is looked at with each login and never
// again. Spec section 8.
func TestExpiryEndsNoLiveSession(t *testing.T) {
	s := serve(t, registering(func(c *Config) { c.AppTTL = 10 * time.Second }))
	c := *credentials(3, 1)
	c.AuthType, c.Token = wire.AuthDynamic, browse(t, s).token(3, "dynamic")
	if _, genuine := gateway.VerifyDynamicToken(c.Token, "app", c.Account, appSecret); !genuine {
		t.Error("the token is not signed with the app's secret")
	}
	code, live := logins(t, s, c)
	if code != wire.Success {
		t.Fatalf("code %d", code)
	}
	s.pass(11 * time.Second)
	if s.Stats().Gateway.Sessions != 1 {
		t.Error("the session has ended")
	}
	live.send(&wire.Message{Kind: wire.Ping})
	live.until(wire.Pong)
	again := c
	again.Device = 2
	if code, _ := logins(t, s, again); code != wire.Mismatch {
		t.Errorf("with the expired token: code %d, want 302", code)
	}
	if s.Stats().Gateway.Sessions != 1 {
		t.Error("the failed login ended the session")
	}
	again.Token = browse(t, s).token(3, "dynamic")
	if code, _ := logins(t, s, again); code != wire.Success {
		t.Errorf("with the next token: code %d", code)
	}
}

func TestCallback(t *testing.T) {
	s := serve(t, registering(func(c *Config) { c.App = &backend.Config{} }))
	post := func(body string) (int, string) {
		t.Helper()
		w, err := http.Post(s.WebURL()+CallbackPath, "application/json", strings.NewReader(body))
		if err != nil {
			return 0, err.Error() // It was cut.
		}
		defer func() { _ = w.Body.Close() }()
		text, _ := io.ReadAll(w.Body)
		return w.StatusCode, string(text)
	}
	const login = `{"eventType": 36, "fromAccount": "u0001", "fromDeviceId": "d", "fromClientType": "ANDROID", "token": "x", "authType": 2, "ext": "", "timestamp": 1}`
	if status, text := post(login); status != 200 || text != `{"errCode":0}` {
		t.Errorf("%d %s", status, text)
	}
	if status, text := post(strings.Replace(login, "36", `"36"`, 1)); status != 200 || text != `{"errCode":0}` {
		t.Errorf("%d %s", status, text)
	}
	do(t, s, gateway.Command{Kind: gateway.SetBackend, Backend: backend.App, Denies: 1_000_000, Code: 20007})
	if status, text := post(login); status != 200 || text != `{"errCode":1,"responseCode":20007}` {
		t.Errorf("%d %s", status, text)
	}
	do(t, s, gateway.Command{Kind: gateway.SetBackend, Backend: backend.App, Fails: 1_000_000})
	if status, _ := post(login); status != 503 {
		t.Errorf("%d", status)
	}
	for _, bad := range []string{"", "{", `{"eventType": 1, "fromAccount": "a"}`, `{"eventType": 36}`, strings.Repeat(" ", maxCallback+1)} {
		status, _ := post(bad)
		if long := len(bad) > maxCallback; status != 400 && !(long && status == 0) {
			t.Errorf("%.20q: %d", bad, status)
		}
	}
	if status, _ := browse(t, s).get(CallbackPath); status != 400 {
		t.Errorf("GET: %d", status)
	}
	if status, _ := post(login); status != 503 {
		t.Errorf("afterwards: %d", status)
	}
}
