package dial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"loginstorm/sim/wire"
)

// WebConfig describes a Web. The zero value of a field means what is said there.
type WebConfig struct {
	AppURL     string    // The app server's base, http or https; empty: there is none.
	AddressURL string    // The address server's base; empty: there is none.
	Token      *Question // How the app server is asked; nil = as the target's own is.
	UserAgent  string    // Sent with every question.
	RunID      string    // Sent with every question in wire.RunIDHeader.
	Start      time.Time
	// Timeout bounds a question, whatever its asker does; 0: 30 s, the longest that
	// any login waits.
	Timeout time.Duration

	// Connect replaces the sockets by connections of the caller's making, for tests
	// in memory. address is a host and a port.
	Connect func(ctx context.Context, address string) (net.Conn, error)
}

// Bounds of what one question may cost.
const (
	// webTimeout is the default of WebConfig.Timeout.
	webTimeout = 30 * time.Second
	// maxWebHead bounds the header of an answer, maxToken and maxAddresses its body,
	// in bytes. A token has to fit into a login, and a list of gateways is short.
	maxWebHead   = 16 << 10
	maxToken     = 16 << 10
	maxAddresses = 256 << 10
	// maxKept is how many connections a Web keeps to each server while nobody asks,
	// and keptFor how long: less than servers commonly keep them. They are looked at
	// every lookAtKept: those that are older, and those that their server has ended,
	// are closed then.
	maxKept    = 64
	keptFor    = 15 * time.Second
	lookAtKept = time.Second
)

// MaxKept is how many descriptors of a Web may be open beyond one for each question
// that is outstanding. When nobody asks, none is some 16 s later.
const MaxKept = 2 * maxKept

// Paths of the two servers, behind their bases.
const (
	tokenPath   = "/app/token"
	addressPath = "/address"
)

// Address is where the address server says that a gateway is. Either may be left
// out, not both.
type Address struct {
	URL  string
	Node int // -1: it was not said.
}

// WebHandler hears the answers. Calls come from the goroutines that read them, any
// number at a time; they must not wait. A question that was cancelled, by its asker
// or by Shutdown, has no answer.
type WebHandler interface {
	// Token: the app server was asked from begun on and had answered at an instant.
	// err is an *Error, or nil: then there is a token. It is a secret.
	Token(a *Ask, begun, at Time, token string, err error)
	// Addresses: the same for the address server. The list is not empty.
	Addresses(a *Ask, begun, at Time, list []Address, err error)
}

// Web asks the servers beside the gateway, over HTTP: the app's own server for
// tokens and the address server for where to connect. Spec section 8.
//
// Any number of questions may be outstanding; each has a connection and a
// goroutine of its own, and connections that have served are used again. It follows
// no redirect and no proxy, and retries nothing but a connection that was kept and
// turns out to have ended.
type Web struct {
	conf         WebConfig
	handler      WebHandler
	app, address *site  // nil: there is none.
	questionHead string // Of a request for a token, behind its path.

	mu     sync.Mutex
	closed bool
	asks   map[*Ask]struct{} // Those that are outstanding.
	work   sync.WaitGroup
}

// NewWeb returns a Web that tells h the answers. Shutdown ends it.
func NewWeb(conf WebConfig, h WebHandler) (*Web, error) {
	if conf.Start.IsZero() {
		conf.Start = time.Now()
	}
	if conf.Timeout <= 0 {
		conf.Timeout = webTimeout
	}
	w := &Web{conf: conf, handler: h, asks: make(map[*Ask]struct{})}
	var faults [2]error
	w.app, faults[0] = newSite(conf, conf.AppURL)
	w.address, faults[1] = newSite(conf, conf.AddressURL)
	if err := errors.Join(faults[:]...); err != nil {
		return nil, err
	}
	if conf.Token != nil && w.app != nil {
		w.questionHead = conf.Token.head(w.app.suffix)
	}
	return w, nil
}

func (w *Web) now() Time { return time.Since(w.conf.Start) }

// Ask is one question. It is made by AskToken or AskAddresses.
type Ask struct {
	// Client, Gen and Due are the owner's: who asks for which attempt, and when the
	// question was wanted.
	Client, Gen uint32
	Due         Time

	w    *Web
	site *site
	verb string // "" = GET.
	path string
	rest string // Of the request, behind its path; "" = as the site's.

	mu     sync.Mutex
	over   bool // Nobody wants the answer any more.
	conn   net.Conn
	cancel context.CancelFunc // Ends connecting; nil = it is over, or has not begun.
}

// AskToken asks the app server for the token of an account and returns at once.
// There has to be one.
func (w *Web) AskToken(client, gen uint32, due Time, account string, auth wire.AuthType) *Ask {
	kind := wire.AuthDefault // A third party's token is given out as a static one is.
	if auth == wire.AuthDynamic {
		kind = auth
	}
	path := tokenPath + "?account=" + url.QueryEscape(account) + "&authType=" + kind.String()
	return w.begin(&Ask{Client: client, Gen: gen, Due: due, w: w, site: w.app, path: path}, w.token)
}

// AskTokenFor is AskToken in the words of WebConfig.Token, which has to be set.
func (w *Web) AskTokenFor(client, gen uint32, due Time, who *Asker) *Ask {
	path, body := w.conf.Token.ask(who)
	rest := w.questionHead
	if w.conf.Token.Method != "GET" {
		rest += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	return w.begin(&Ask{Client: client, Gen: gen, Due: due, w: w, site: w.app, verb: w.conf.Token.Method, path: path, rest: rest + "\r\n" + body}, w.token)
}

// AskAddresses asks the address server where to connect and returns at once. There
// has to be one.
func (w *Web) AskAddresses(client, gen uint32, due Time) *Ask {
	return w.begin(&Ask{Client: client, Gen: gen, Due: due, w: w, site: w.address, path: addressPath}, w.addresses)
}

// begin asks in a goroutine of its own.
func (w *Web) begin(a *Ask, ask func(*Ask)) *Ask {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		a.over = true
		return a
	}
	w.asks[a] = struct{}{}
	w.work.Go(func() { ask(a) })
	return a
}

// ended takes a question off the list, and reports whether its answer is wanted.
func (w *Web) ended(a *Ask) bool {
	w.mu.Lock()
	delete(w.asks, a)
	w.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.over
}

func (w *Web) token(a *Ask) {
	begun := w.now()
	body, err := a.get(maxToken)
	at := w.now()
	token, path := "", tokenPath
	if q := w.conf.Token; q != nil {
		path = q.plainPath()
	}
	if err == nil {
		token, err = w.read(body)
	}
	if w.ended(a) {
		w.handler.Token(a, begun, at, token, a.explain(path, err))
	}
}

// read finds the token in an answer. What was answered instead may hold one, so an error
// does not quote it.
func (w *Web) read(body []byte) (string, error) {
	if w.conf.Token != nil {
		return w.conf.Token.token(body)
	}
	var answer struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Token == "" {
		return "", errNoToken
	}
	return answer.Token, nil
}

func (w *Web) addresses(a *Ask) {
	begun := w.now()
	body, err := a.get(maxAddresses)
	at := w.now()
	var list []Address
	if err == nil {
		list, err = parseAddresses(body)
	}
	if w.ended(a) {
		w.handler.Addresses(a, begun, at, list, a.explain(addressPath, err))
	}
}

// parseAddresses reads {"addresses": [{"url": "ws://...", "node": 0}, ...]}.
func parseAddresses(body []byte) ([]Address, error) {
	var answer struct {
		Addresses []struct {
			URL  string `json:"url"`
			Node *uint8 `json:"node"`
		} `json:"addresses"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil, errNoAddresses
	}
	var list []Address
	for _, e := range answer.Addresses {
		a := Address{URL: e.URL, Node: -1}
		if e.Node != nil {
			a.Node = int(*e.Node)
		}
		if a.URL != "" || a.Node >= 0 {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return nil, errNoAddresses
	}
	return list, nil
}

// explain makes an *Error of what went wrong; nothing of the answer and nothing of
// the question but its path is in it.
func (a *Ask) explain(path string, err error) error {
	if err == nil {
		return nil
	}
	address := a.site.base + path
	var typed *Error
	if errors.As(err, &typed) {
		typed.Address = address
		return typed
	}
	return &Error{Kind: classify(err), Address: address, Err: err}
}

// Cancel ends a question whose answer nobody wants any more: its connection is
// closed and its handler hears nothing. It returns at once.
func (a *Ask) Cancel() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	if a.cancel != nil {
		a.cancel()
	}
	if a.conn != nil {
		_ = a.conn.SetDeadline(time.Unix(1, 0)) // Its goroutine closes it.
	}
}

// Shutdown cancels what is outstanding and closes what was kept. No goroutine and
// no descriptor is left behind.
func (w *Web) Shutdown() {
	w.mu.Lock()
	w.closed = true
	all := make([]*Ask, 0, len(w.asks))
	for a := range w.asks {
		all = append(all, a)
	}
	w.mu.Unlock()
	for _, a := range all {
		a.Cancel()
	}
	w.work.Wait()
	for _, s := range []*site{w.app, w.address} {
		if s != nil {
			s.kept.close()
		}
	}
}

// newSite reads the base of a server; an empty one is none.
func newSite(conf WebConfig, base string) (*site, error) {
	if base == "" {
		return nil, nil
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, &Error{Kind: BadAddress, Address: "a server beside the gateway", Err: errors.New("not a URL")}
	}
	secure := u.Scheme == "https"
	switch {
	case u.User != nil:
		// A password would stand in what follows.
		return nil, &Error{Kind: BadAddress, Address: u.Redacted(), Err: errors.New("a name and a password have no place in it")}
	case !secure && u.Scheme != "http":
		return nil, &Error{Kind: BadAddress, Address: base, Err: errors.New("the scheme is neither http nor https")}
	case u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, &Error{Kind: BadAddress, Address: base, Err: errors.New("not a host, a port and a path")}
	case strings.ContainsFunc(conf.UserAgent+conf.RunID, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return nil, &Error{Kind: BadAddress, Address: base, Err: errors.New("a control character in a header")}
	}
	port := u.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[secure]
	}
	s := &site{base: strings.TrimSuffix(base, "/"), secure: secure, timeout: conf.Timeout, connect: conf.Connect}
	s.kept.over = make(chan struct{})
	s.to.host, s.to.port = u.Hostname(), port
	s.to.literal()
	s.prefix = strings.TrimSuffix(u.EscapedPath(), "/")
	s.suffix = fmt.Sprintf(" HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\n", u.Host)
	if conf.UserAgent != "" {
		s.suffix += "User-Agent: " + conf.UserAgent + "\r\n"
	}
	if conf.RunID != "" {
		s.suffix += wire.RunIDHeader + ": " + conf.RunID + "\r\n"
	}
	s.suffix += "\r\n"
	return s, nil
}
