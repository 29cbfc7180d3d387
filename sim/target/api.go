package target

import (
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// Paths of the server API: POST with a form, and the headers AppKey, Nonce, CurTime and
// CheckSum. Answers are {"code": 200, ...}. Spec section 8.
const (
	CreatePath  = "/nimserver/user/create.action"       // accid, token (optional): info{accid, token, name}.
	RefreshPath = "/nimserver/user/refreshToken.action" // accid: info{accid, token}.
	BlockPath   = "/nimserver/user/block.action"        // accid, needkick=true (optional).
	UnblockPath = "/nimserver/user/unblock.action"      // accid.
)

// Bounds of the server API.
const (
	maxForm  = 16 << 10
	maxAccid = 32  // Spec section 8.
	maxNonce = 128 // Spec section 8.
	maxToken = 128
	// freshness is how long a CheckSum is good for. Spec section 8.
	freshness = 5 * time.Minute
)

// API is the server API of a target. The zero API is none.
type API struct {
	Addr string // Where it is served, "127.0.0.1:8083"; "" = nowhere.
	Rate uint32 // Calls a second that it answers; more get 416. 0 = all.
	// Only says that nobody is known until they were registered: a login with another
	// name is that of an unknown account.
	Only bool
	// Room is how many accounts may be registered whose names do not follow from the rule.
	Room uint32
}

// api is the server API while it is served.
type api struct {
	s    *Server
	rate uint32

	mu     sync.Mutex
	second int64 // The one that calls are counted in.
	calls  uint32
}

// serveAPI begins to serve the server API, if there is one.
func (s *Server) serveAPI() *controlPort {
	a := &api{s: s, rate: s.cfg.API.Rate}
	return s.serveHTTP(s.api, a.handler())
}

// handler routes the calls.
func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+CreatePath, a.signed(a.create))
	mux.HandleFunc("POST "+RefreshPath, a.signed(a.known(a.refresh)))
	mux.HandleFunc("POST "+BlockPath, a.signed(a.known(a.block)))
	mux.HandleFunc("POST "+UnblockPath, a.signed(a.known(a.unblock)))
	return mux
}

// said is an answer of the API.
type said struct {
	Code wire.Code `json:"code"`
	Desc string    `json:"desc,omitempty"`
	Info *info     `json:"info,omitempty"`
}

type info struct {
	Accid string `json:"accid"`
	Token string `json:"token"`
	Name  string `json:"name"`
}

func bad(desc string) said { return said{Code: wire.BadParameter, Desc: desc} }

// signed lets in who knows the app's secret, at the rate that is allowed.
func (a *api) signed(next func(r *http.Request, accid string) said) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		var out said
		switch { // The first refusal wins.
		case !a.genuine(r.Header, time.Now()):
			// Whoever is not known does not use up the rate of who is.
			out = bad("bad checksum")
		case a.tooOften(time.Now()):
			w.Header().Set("Retry-After", "1")
			out = said{Code: wire.TooOften, Desc: "too many calls"}
		case r.ParseForm() != nil:
			out = bad("no form")
		case r.PostForm.Get("accid") == "" || len(r.PostForm.Get("accid")) > maxAccid:
			out = bad("accid has 1 to 32 characters")
		default:
			out = next(r, r.PostForm.Get("accid"))
		}
		_ = json.NewEncoder(w).Encode(out) // The peer has gone.
	}
}

// genuine verifies the headers of a call: CheckSum is lowercase hex of SHA1(AppSecret +
// Nonce + CurTime). Spec section 8.
func (a *api) genuine(h http.Header, now time.Time) bool {
	nonce, at, key := h.Get("Nonce"), h.Get("CurTime"), h.Get("AppKey")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 || nonce == "" || len(nonce) > maxNonce || key == "" {
		return false
	}
	if a.s.cfg.AppKey.Set() && !a.s.cfg.AppKey.is(key) {
		return false
	}
	sum := sha1.Sum([]byte(a.s.appSecret + nonce + at))
	want := make([]byte, 0, 2*sha1.Size)
	want = hex.AppendEncode(want, sum[:])
	age := now.Sub(time.Unix(seconds, 0))
	return subtle.ConstantTimeCompare(want, []byte(h.Get("CheckSum"))) == 1 && age <= freshness && age >= -freshness
}

// tooOften counts a call. Spec section 8: too many get 416.
func (a *api) tooOften(now time.Time) bool {
	if a.rate == 0 {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Unix() != a.second {
		a.second, a.calls = now.Unix(), 0
	}
	a.calls++
	return a.calls > a.rate
}

// known resolves the account of a call.
func (a *api) known(next func(ctx context.Context, n uint32, accid string, form url.Values) said) func(*http.Request, string) said {
	return func(r *http.Request, accid string) said {
		n, ok := a.s.book.number(accid)
		if !ok {
			return bad("not registered")
		}
		return next(r.Context(), n, accid, r.PostForm)
	}
}

func (a *api) create(r *http.Request, accid string) said {
	token := r.PostForm.Get("token")
	if len(token) > maxToken {
		return bad("token has at most 128 characters")
	}
	n, fresh, full := a.s.book.add(accid)
	switch {
	case full:
		return said{Code: wire.Unavailable, Desc: "no room for another account"}
	case !fresh:
		return bad("already registered")
	}
	out := said{Code: wire.Success}
	if token == "" {
		token = a.s.staticToken(n)
	} else if out = a.do(r.Context(), gateway.Command{Kind: gateway.RotateToken, Account: n, Token: gateway.TokenDigest(token)}); out.Code == wire.Success {
		a.s.book.choose(n, token)
	}
	if out.Code == wire.Success {
		out.Info = &info{accid, token, r.PostForm.Get("name")}
	}
	return out
}

func (a *api) refresh(ctx context.Context, n uint32, accid string, _ url.Values) said {
	a.s.core.mu.Lock()
	next := (a.s.core.gw.Rotation(n) + 1) % gateway.MaxRotation
	a.s.core.mu.Unlock()
	out := a.do(ctx, gateway.Command{Kind: gateway.RotateToken, Account: n, Rotation: next})
	if out.Code == wire.Success {
		out.Info = &info{Accid: accid, Token: gateway.RotatedToken(a.s.cfg.Gateway.TokenSeed, next, n)}
	}
	return out
}

func (a *api) block(ctx context.Context, n uint32, _ string, form url.Values) said {
	return a.do(ctx, gateway.Command{Kind: gateway.Ban, Account: n, Kick: form.Get("needkick") == "true"})
}

func (a *api) unblock(ctx context.Context, n uint32, _ string, _ url.Values) said {
	return a.do(ctx, gateway.Command{Kind: gateway.Unban, Account: n})
}

// do carries a command out.
func (a *api) do(ctx context.Context, cmd gateway.Command) said {
	if err := a.s.Do(ctx, cmd); err != nil {
		return said{Code: wire.Unavailable, Desc: err.Error()}
	}
	return said{Code: wire.Success}
}

// staticToken is the static token in force of an account.
func (s *Server) staticToken(n uint32) string {
	if token, ok := s.book.token(n); ok {
		return token
	}
	s.core.mu.Lock()
	rotation := s.core.gw.Rotation(n)
	s.core.mu.Unlock()
	return gateway.RotatedToken(s.cfg.Gateway.TokenSeed, rotation, n)
}

// APIURL returns where the server API is asked, without the path of an action; "" = there
// is none.
func (s *Server) APIURL() string {
	if s.api == nil {
		return ""
	}
	return "http://" + s.api.Addr().String()
}
