package page

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"loginstorm/report"
	"loginstorm/report/html"
	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

const (
	// MaxReaders is how many pages may be open at once.
	MaxReaders = 16
	// patience is how long a reader waits for the next second: it asks again then. A
	// reader that was not heard of for twice as long is gone.
	patience = 10 * time.Second
	// writing is how long an answer may take; it begins after the wait.
	writing = 10 * time.Second
	// farewell is how long the end waits until all readers know of it.
	farewell = 1500 * time.Millisecond
	// awake is how long ago a reader was heard of that is waited for at the end: one in
	// a hidden tab does not ask.
	awake = 3 * time.Second
)

// Server serves the live page of one run. Its methods may be called by several
// goroutines.
type Server struct {
	listener net.Listener
	standing Standing
	server   *http.Server
	done     sync.WaitGroup

	pending chan struct{} // Something is to be folded in.
	inbox   sync.Mutex
	rows    []record.Row
	samples []rundir.TargetSample
	last    *report.Summary // How the run ended.
	closed  bool

	mu      sync.Mutex
	live    *html.Live
	moment  int
	ended   bool
	changed chan struct{} // Closed when there is a newer moment.
	figures []byte        // Of the moment written.
	written int
	readers map[string]*reader
}

// reader is an open page.
type reader struct {
	heard time.Time
	knows int // The moment that it was given last.
}

// Standing is how thresholds stand now; ok is false when that cannot be had at once.
type Standing func() (all []record.Outcome, ok bool)

// New begins to serve the run that a manifest describes; l comes from Listen and is
// closed by Close. standing is asked once a second while somebody reads; nil = nobody
// knows.
func New(l net.Listener, m rundir.Manifest, standing Standing) *Server {
	s := &Server{listener: l, standing: standing, live: html.NewLive(m), pending: make(chan struct{}, 1), changed: make(chan struct{}), written: -1, readers: map[string]*reader{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /figures", s.next)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s.server = &http.Server{Handler: s.guarded(mux), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: patience + writing, IdleTimeout: 2 * patience, MaxHeaderBytes: 16 << 10}
	s.done.Go(func() { _ = s.server.Serve(l) }) // It ends by Close, or when the listener breaks: the run goes on.
	s.done.Go(s.fold)
	return s
}

// URL is where the page is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// Row takes a sealed second. It does not wait, and changes nothing in the row.
func (s *Server) Row(row record.Row) {
	s.put(func() { s.rows = append(s.rows, row) })
}

// Target takes a sample of the target's own series. It does not wait.
func (s *Server) Target(one rundir.TargetSample) {
	s.put(func() { s.samples = append(s.samples, one) })
}

// End says how the run ended: its readers are told at once. No row comes after it.
func (s *Server) End(sum *report.Summary) {
	s.put(func() { s.last = sum })
}

func (s *Server) put(what func()) {
	s.inbox.Lock()
	defer s.inbox.Unlock()
	if s.closed {
		return
	}
	what()
	select {
	case s.pending <- struct{}{}:
	default:
	}
}

// fold takes what was put, until Close.
func (s *Server) fold() {
	for range s.pending {
		s.inbox.Lock()
		rows, last, closed := s.rows, s.last, s.closed
		samples := s.samples
		s.rows, s.samples = nil, nil
		s.inbox.Unlock()
		now, known := s.stand(last)
		s.mu.Lock()
		for _, row := range rows {
			s.live.Add(row)
		}
		for _, one := range samples {
			s.live.Target(one)
		}
		if known {
			s.live.Stand(now)
		}
		ends := last != nil && !s.ended
		if ends {
			s.ended = true
			s.live.End(last)
		}
		if len(rows) > 0 || ends {
			s.moment++
			close(s.changed)
			s.changed = make(chan struct{})
		}
		s.mu.Unlock()
		if closed {
			return
		}
	}
}

// stand asks how the thresholds stand, without a lock of its own.
func (s *Server) stand(last *report.Summary) ([]record.Outcome, bool) {
	if s.standing == nil || last != nil {
		return nil, false
	}
	s.mu.Lock()
	read := len(s.readers) > 0
	s.mu.Unlock()
	if !read {
		return nil, false
	}
	return s.standing()
}

// Close ends the server. Readers that are awake get to know how the run ended, if it
// was said, for as long as farewell at most.
func (s *Server) Close() {
	until := time.Now().Add(farewell)
	for !s.told() && time.Now().Before(until) {
		time.Sleep(farewell / 100)
	}
	_ = s.server.Close()
	s.put(func() { s.closed = true })
	s.done.Wait()
}

// told reports whether all readers that are awake know the end.
func (s *Server) told() bool {
	s.inbox.Lock()
	last := s.last
	s.inbox.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if last == nil {
		return true // There is nothing to tell.
	}
	for _, r := range s.readers {
		if time.Since(r.heard) < awake && (!s.ended || r.knows < s.moment) {
			return false
		}
	}
	return s.ended
}

// guarded refuses what does not come under the server's own address, and tells
// browsers to keep nothing and to show the page nowhere else.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !own(r.Host, s.listener.Addr()) {
			http.Error(w, "open "+s.URL()+": this page answers under its own address alone", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// page is the page itself.
func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	s.mu.Lock()
	err := s.live.Page(&b)
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // A reader that is gone is none of ours.
}

// next answers with the figures of a moment after the one that the reader has, as soon
// as there is one.
func (s *Server) next(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("reader")
	after, err := strconv.Atoi(r.URL.Query().Get("after"))
	const longest = 64
	if err != nil || id == "" || len(id) > longest {
		http.Error(w, "ask for figures?after=N&reader=ID", http.StatusBadRequest)
		return
	}
	if !s.admit(id) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, fmt.Sprintf("%d pages are open already", MaxReaders), http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	text, moment, err := s.later(ctx, after)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	case text == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if _, err := w.Write(text); err != nil {
		return
	}
	_ = http.NewResponseController(w).Flush() // Before the end of the process.
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.readers[id]; one != nil {
		one.heard, one.knows = time.Now(), moment
	}
}

// admit notes that a reader was heard of; false when there are too many.
func (s *Server) admit(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if one := s.readers[id]; one != nil {
		one.heard = now
		return true
	}
	for other, one := range s.readers {
		if now.Sub(one.heard) > 2*patience {
			delete(s.readers, other)
		}
	}
	if len(s.readers) >= MaxReaders {
		return false
	}
	s.readers[id] = &reader{heard: now, knows: -1}
	return true
}

// later waits for a moment after the one given, and returns its figures; nil when none
// came. A reader that knows of a moment to come was served by another run: it gets this
// one's.
func (s *Server) later(ctx context.Context, after int) (text []byte, moment int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for after == s.moment {
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		s.mu.Lock()
		if ctx.Err() != nil && after == s.moment {
			return nil, 0, nil
		}
	}
	if s.written != s.moment {
		if s.figures, err = s.live.Figures(s.moment); err != nil {
			return nil, 0, err
		}
		s.written = s.moment
	}
	return s.figures, s.moment, nil
}
