package account

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"loginstorm/sim/plan"
)

// CheckSum signs a call of the server API: lowercase hex of SHA1(AppSecret + Nonce +
// CurTime). Spec section 8.
func CheckSum(appSecret, nonce, curTime string) string {
	sum := sha1.Sum([]byte(appSecret + nonce + curTime))
	return hex.EncodeToString(sum[:])
}

// action is a path of the server API.
type action string

// The actions of the server API, as POST with a form. Spec section 8.
const (
	create  action = "/nimserver/user/create.action"
	refresh action = "/nimserver/user/refreshToken.action"
	block   action = "/nimserver/user/block.action"
	unblock action = "/nimserver/user/unblock.action"
)

// Codes of the server API, in the body of an answer. Spec section 8.
const (
	codeOK           = 200
	codeBadParameter = 414 // Also a bad CheckSum, and an account that is there already.
	codeTooOften     = 416
)

// Client asks a server API. Its methods may be called one after the other.
type Client struct {
	conf  plan.Register
	agent string
	http  *http.Client
	pace  *pace
	now   func() time.Time
	again time.Duration // The first wait before a call is made again.
	often time.Duration // How long nothing but 416 is believed to be for a while.
}

// NewClient returns a client of the API that a plan names; Close ends it.
func NewClient(conf *plan.Register, userAgent string) *Client {
	t := &http.Transport{MaxIdleConnsPerHost: workers, IdleConnTimeout: conf.Timeout}
	return &Client{
		conf: *conf, agent: userAgent, now: time.Now, again: firstTry, often: patience, pace: newPace(conf.Rate),
		http: &http.Client{Transport: t, Timeout: conf.Timeout,
			// What is signed goes where the scenario says, and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Close lets its connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// answer is what the API says.
type answer struct {
	code  int
	token string
	after time.Duration // How long it asks to wait; 0 = it does not say.
	skew  time.Duration // How far its clock is ahead of ours, where it said the time.
}

// maxAnswer bounds an answer in bytes; one holds an account.
const maxAnswer = 64 << 10

// ask makes one call. An error is about the way there: the API did not answer as one.
func (c *Client) ask(ctx context.Context, do action, form url.Values) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.conf.URL+string(do), strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, errors.New("that is no address")
	}
	nonce, at := rand.Text(), strconv.FormatInt(c.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	r.Header.Set("User-Agent", c.agent)
	// As they are written in the API's own documentation.
	r.Header["AppKey"] = []string{c.conf.AppKey.Reveal()}
	r.Header["Nonce"] = []string{nonce}
	r.Header["CurTime"] = []string{at}
	r.Header["CheckSum"] = []string{CheckSum(c.conf.AppSecret.Reveal(), nonce, at)}
	w, err := c.http.Do(r)
	if err != nil {
		return answer{}, unwrapped(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err != nil {
		return answer{}, unwrapped(err)
	}
	a := answer{after: retryAfter(w.Header.Get("Retry-After"))}
	if date, err := http.ParseTime(w.Header.Get("Date")); err == nil {
		a.skew = date.Sub(c.now())
	}
	code := gjson.GetBytes(body, "code")
	switch {
	case w.StatusCode == http.StatusTooManyRequests:
		a.code = codeTooOften
	case w.StatusCode != http.StatusOK:
		return a, fmt.Errorf("answered with HTTP %d", w.StatusCode)
	case !gjson.ValidBytes(body) || code.Type != gjson.Number:
		return a, errors.New("the answer is no {\"code\": ...}")
	default:
		a.code, a.token = int(code.Int()), gjson.GetBytes(body, "info.token").String()
	}
	return a, nil
}

// unwrapped drops what quotes the address: it stands before it already.
func unwrapped(err error) error {
	var quoted *url.Error
	if errors.As(err, &quoted) {
		if quoted.Timeout() {
			return errors.New("no answer in time")
		}
		return quoted.Err
	}
	return err
}

// mostAfter bounds how long an API may ask to wait.
const mostAfter = 5 * time.Minute

// retryAfter reads whole seconds; 0 = that is no hint.
func retryAfter(text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, mostAfter)
}
