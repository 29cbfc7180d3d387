package dial

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"loginstorm/sim/wire"
)

// TestTokensAreAskedForInOnesOwnWords: method, path, headers, body and the place of the
// token, with values that would break out of where they stand.
func TestTokensAreAskedForInOnesOwnWords(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, strings.Join([]string{r.Method, r.URL.String(), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)}, " | "))
		fmt.Fprint(w, `{"data": {"tokens": [{"t": "first"}, {"t": "second"}], "n": 17, "none": ""}}`)
	}))
	defer server.Close()
	who := Asker{Account: `a"b&c/d`, AuthType: wire.AuthDynamic, Device: 7, Password: `p"w\`, Field: func(name string) string { return "<" + name + ">" }}
	for _, c := range []struct {
		q    Question
		said string
		want string
	}{
		{Question{Method: "GET", Path: "/u/${account}?as=${authType}&d=${device}&r=${realm}", Field: "data.tokens.1.t", Headers: [][2]string{{"Authorization", "Bearer x"}}},
			`GET | /base/u/a%22b&c%2Fd?as=dynamic&d=7&r=%3Crealm%3E | Bearer x |  | `, "second"},
		{Question{Method: "POST", Path: "/login", Body: `{"user": "${account}", "pw": "${password}"}`, Field: "data.n"},
			`POST | /base/login |  | application/json | {"user": "a\"b\u0026c/d", "pw": "p\"w\\"}`, "17"},
		{Question{Method: "PUT", Path: "/login", Body: `user=${account}&pw=${password}`, Field: "data.none"},
			`PUT | /base/login |  | application/x-www-form-urlencoded | user=a%22b%26c%2Fd&pw=p%22w%5C`, ""},
		{Question{Method: "POST", Path: "/empty?x=CANARY", Headers: [][2]string{{"content-type", "text/plain"}}, Body: "x", Field: "no.such"},
			`POST | /base/empty?x=CANARY |  | text/plain | x`, ""},
	} {
		asked = nil
		w, h := web(t, server.URL+"/base", func(conf *WebConfig) { conf.Token = &c.q })
		for n := range uint32(2) { // The second one over the connection that was kept.
			w.AskTokenFor(n, 1, 0, &who)
			a := <-h
			if a.token != c.want || (a.err == nil) != (c.want != "") {
				t.Errorf("%s: %q, %v", c.q.Path, a.token, a.err)
			}
			if a.err != nil && (strings.Contains(a.err.Error(), "CANARY") || strings.Contains(a.err.Error(), "second")) {
				t.Errorf("%v", a.err)
			}
		}
		if len(asked) != 2 || asked[0] != c.said || asked[1] != c.said {
			t.Errorf("asked %q\nwant  %q", asked, c.said)
		}
	}
}
