package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	prompush "github.com/prometheus/client_golang/prometheus/push"
)

const (
	// Job is the label job of everything that is sent.
	Job = "loginstorm"
	// queue is how many batches of remote write wait for one that is under way.
	queue = 8
	// patience is how long one delivery may take with all its retries.
	patience = 20 * time.Second
	// maxError bounds what is kept of an error: a receiver's words are its own.
	maxError = 300
)

// Config says what is sent, and where to.
type Config struct {
	Gatherer prometheus.Gatherer
	Instance string        // The label instance: which run it is.
	Every    time.Duration // Above 0.
	// RemoteWrite and Pushgateway are addresses, "" = none. An address without a path
	// gets /api/v1/write. A user and password in them are sent as basic authorization,
	// a token as a bearer's.
	RemoteWrite, RemoteToken string
	Pushgateway, PushToken   string
	Native                   bool // Remote write sends native histograms, too.
	// Retry is how long to wait before a delivery is tried again, at first; 0 = a second.
	Retry time.Duration
	// Parting is how long Close waits for the last values at most; 0 = DefaultParting.
	Parting time.Duration
}

// DefaultParting is how long a run that is over waits for a receiver.
const DefaultParting = 8 * time.Second

// Result is what came of sending to one receiver.
type Result struct {
	To        string // For people, without secrets.
	Delivered uint64 // Batches.
	Series    uint64 // In the last batch that was delivered.
	Retried   uint64
	Failed    uint64 // Batches given up.
	Dropped   uint64 // Batches that found the queue full, or came too late.
	Last      string // The last error; "" = there was none.
	Final     bool   // The last values arrived.
}

// String says it in a sentence.
func (r Result) String() string {
	if lost := r.Failed + r.Dropped; lost > 0 || !r.Final {
		text := fmt.Sprintf("%s: %d of %d batches were not delivered (%d given up, %d dropped; %d retries)", r.To, lost, lost+r.Delivered, r.Failed, r.Dropped, r.Retried)
		if !r.Final {
			text += ", the last values among them"
		}
		if r.Last != "" {
			text += ": " + r.Last
		}
		return text
	}
	return fmt.Sprintf("%s: %d batches, the last with %d series; %d retries", r.To, r.Delivered, r.Series, r.Retried)
}

// Whole reports whether everything arrived.
func (r Result) Whole() bool { return r.Final && r.Failed+r.Dropped == 0 }

// Sender sends while a run goes on.
type Sender struct {
	cfg     Config
	stop    context.CancelFunc
	ended   chan struct{}
	lines   []*line
	senders sync.WaitGroup
}

// line is the way to one receiver.
type line struct {
	mu      sync.Mutex
	result  Result
	batches chan batch
	send    func(ctx context.Context, b batch, retried func(error)) error
}

// batch is what was gathered at an instant.
type batch struct {
	requests []request // Of remote write.
	gathered gathered  // Of a Pushgateway.
	series   int
	last     bool
}

// Start begins to send. An address that cannot be one is an error; one that nobody
// answers is not.
func Start(cfg Config) (*Sender, error) {
	if cfg.Parting <= 0 {
		cfg.Parting = DefaultParting
	}
	s := &Sender{cfg: cfg, ended: make(chan struct{})}
	if cfg.RemoteWrite != "" {
		if err := s.remote(); err != nil {
			return nil, err
		}
	}
	if cfg.Pushgateway != "" {
		if err := s.gateway(); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	sending, giveUp := context.WithCancel(context.Background())
	for _, l := range s.lines {
		s.senders.Go(func() { l.run(sending, cfg.Parting) })
	}
	go func() {
		defer close(s.ended)
		defer giveUp()
		s.gather(ctx)
		late := time.AfterFunc(cfg.Parting, giveUp)
		defer late.Stop()
		s.senders.Wait()
	}()
	return s, nil
}

// remote opens the way to a remote-write receiver.
func (s *Sender) remote() error {
	at, client, err := address(s.cfg.RemoteWrite, s.cfg.RemoteToken)
	if err != nil {
		return fmt.Errorf("remote write: %w", err)
	}
	path := ""
	if at.Path == "" || at.Path == "/" {
		path = "api/v1/write"
	}
	retry := s.cfg.Retry
	if retry <= 0 {
		retry = time.Second
	}
	api, err := remote.NewAPI(at.String(), remote.WithAPIHTTPClient(client), remote.WithAPIPath(path),
		remote.WithAPIBackoff(remote.BackoffConfig{Min: retry, Max: 5 * retry, MaxRetries: 4}))
	if err != nil {
		return fmt.Errorf("remote write: %w", innermost(err))
	}
	s.lines = append(s.lines, &line{result: Result{To: "remote write to " + at.String()}, batches: make(chan batch, queue),
		send: func(ctx context.Context, b batch, retried func(error)) error {
			for _, r := range b.requests {
				if _, err := api.Write(ctx, remote.WriteV1MessageType, r, remote.WithWriteRetryCallback(retried)); err != nil {
					return err
				}
			}
			return nil
		}})
	return nil
}

// gateway opens the way to a Pushgateway. It keeps what was pushed last, so an older
// batch is not worth a second try.
func (s *Sender) gateway() error {
	at, client, err := address(s.cfg.Pushgateway, s.cfg.PushToken)
	if err != nil {
		return fmt.Errorf("pushgateway: %w", err)
	}
	base := strings.TrimSuffix(at.String(), "/")
	s.lines = append(s.lines, &line{result: Result{To: "pushgateway " + at.String()}, batches: make(chan batch, 1),
		send: func(ctx context.Context, b batch, retried func(error)) error {
			for try := 0; ; try++ {
				err := prompush.New(base, Job).Gatherer(b.gathered).Grouping("instance", s.cfg.Instance).Client(client).PushContext(ctx)
				if err == nil || !b.last || try == 2 || ctx.Err() != nil {
					return err
				}
				retried(err)
				wait := time.NewTimer(max(s.cfg.Retry, time.Millisecond))
				select {
				case <-ctx.Done():
					wait.Stop()
					return err
				case <-wait.C:
				}
			}
		}})
	return nil
}

// gather makes a batch every few seconds, and a last one.
func (s *Sender) gather(ctx context.Context) {
	every := time.NewTicker(s.cfg.Every)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			s.offer(time.Now(), false)
		case <-ctx.Done():
			s.offer(time.Now(), true)
			for _, l := range s.lines {
				close(l.batches)
			}
			return
		}
	}
}

// offer hands a batch to every line. A full queue loses its oldest batch: the newest
// values are worth most.
func (s *Sender) offer(now time.Time, last bool) {
	families, err := s.cfg.Gatherer.Gather()
	b := batch{gathered: families, last: last}
	if err == nil && s.cfg.RemoteWrite != "" {
		b.requests, b.series = encode(families, now, [][2]string{{"instance", s.cfg.Instance}, {"job", Job}}, s.cfg.Native)
	}
	for _, l := range s.lines {
		if err != nil {
			l.note(func(r *Result) { r.Failed, r.Last = r.Failed+1, clip(err) })
			continue
		}
		for {
			select {
			case l.batches <- b:
			default:
				select {
				case <-l.batches:
					l.note(func(r *Result) { r.Dropped++ })
				default:
				}
				continue
			}
			break
		}
	}
}

// run delivers batches until there are no more.
func (l *line) run(ctx context.Context, parting time.Duration) {
	for b := range l.batches {
		if ctx.Err() != nil {
			l.note(func(r *Result) { r.Dropped++ })
			continue
		}
		one, cancel := context.WithTimeout(ctx, patience)
		err := l.send(one, b, func(err error) { l.note(func(r *Result) { r.Retried, r.Last = r.Retried+1, clip(err) }) })
		cancel()
		l.note(func(r *Result) {
			if err != nil {
				r.Failed++
				r.Last = why(ctx, err, parting)
				return
			}
			r.Delivered++
			r.Final = b.last
			if r.Series = uint64(b.series); b.series == 0 {
				r.Series = b.gathered.series()
			}
		})
	}
}

// why says in words what became of a delivery.
func why(ctx context.Context, err error, parting time.Duration) string {
	switch {
	case ctx.Err() != nil:
		return fmt.Sprintf("no answer within %v of the end", parting)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %v", patience)
	}
	return clip(err)
}

func (l *line) note(change func(*Result)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.result)
}

// Close sends the last values, waits for them a few seconds at most, and says what came
// of everything, a result a receiver.
func (s *Sender) Close() []Result {
	if s == nil {
		return nil
	}
	s.stop()
	<-s.ended
	var all []Result
	for _, l := range s.lines {
		l.mu.Lock()
		all = append(all, l.result)
		l.mu.Unlock()
	}
	return all
}

// Check reports whether an address can be sent to at all.
func Check(raw, token string) error {
	_, _, err := address(raw, token)
	return err
}

// address takes an address apart: it without its user, and a client that sends who asks.
func address(raw, token string) (*url.URL, *http.Client, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, nil, errors.New("the address is none of http://host:port/path")
	}
	auth := authorized{base: http.DefaultTransport, token: token, query: u.RawQuery}
	if u.User != nil {
		auth.user = u.User
		if token != "" {
			return nil, nil, errors.New("the address holds a user, and there is a token: keep one of the two")
		}
	}
	u.User, u.RawQuery = nil, "" // Errors name the address.
	return u, &http.Client{Transport: auth, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// authorized says with every request who asks, and adds what no error may name.
type authorized struct {
	base  http.RoundTripper
	user  *url.Userinfo
	token string
	query string // Of the address: it may hold a secret.
}

// RoundTrip implements http.RoundTripper.
func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.RawQuery = a.query
	switch {
	case a.user != nil:
		password, _ := a.user.Password()
		r.SetBasicAuth(a.user.Username(), password)
	case a.token != "":
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	return a.base.RoundTrip(r)
}

// innermost takes addresses off an error: they may hold secrets.
func innermost(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}

// clip bounds an error, on one line.
func clip(err error) string {
	text := strings.Join(strings.Fields(innermost(err).Error()), " ")
	if r := []rune(text); len(r) > maxError {
		text = string(r[:maxError]) + "..."
	}
	return text
}
