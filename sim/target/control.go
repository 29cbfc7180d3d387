package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"loginstorm/sim/gateway"
)

// Bounds of the control port. The longest command names gateway.MaxBatch accounts of
// eleven bytes each, and as many devices of twenty-one.
const (
	maxCommand     = 256 << 10 // Bytes of a body.
	maxControlHead = 8 << 10   // Bytes of headers.
	controlTimeout = 10 * time.Second
)

// controlPort is the control port, or that of the server API, while it is served.
type controlPort struct {
	server *http.Server
	failed chan error
}

// serveControl begins to serve the control port, if there is one.
func (s *Server) serveControl() *controlPort {
	return s.serveHTTP(s.control, s.controlHandler())
}

// serveHTTP begins to serve a port that is none of the load's; nil = there is none.
func (s *Server) serveHTTP(ln net.Listener, handler http.Handler) *controlPort {
	p := &controlPort{failed: make(chan error, 1)}
	if ln == nil {
		return p
	}
	p.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: controlTimeout,
		ReadTimeout:       controlTimeout,
		WriteTimeout:      controlTimeout,
		IdleTimeout:       controlTimeout,
		MaxHeaderBytes:    maxControlHead,
	}
	s.wg.Go(func() {
		if err := p.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			p.failed <- err
		}
	})
	return p
}

// stop ends the control port, after the answer that is on its way.
func (p *controlPort) stop(within time.Duration) {
	if p.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if p.server.Shutdown(ctx) != nil {
		_ = p.server.Close() // What is left has had its time.
	}
}

// controlHandler routes the control port. POST bodies must be called JSON, so
// that no web page can send one without being asked first.
func (s *Server) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /stats", s.guarded(s.getStats))
	mux.HandleFunc("POST /command", s.guarded(s.postCommand))
	mux.HandleFunc("POST /stop", s.guarded(s.postStop))
	return mux
}

// guarded lets in who knows the secret.
func (s *Server) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		offered, bearer := strings.CutPrefix(r.Header.Get("Authorization"), authScheme)
		if s.cfg.Secret.Set() && !(bearer && s.cfg.Secret.is(offered)) {
			w.Header().Set("WWW-Authenticate", strings.TrimSpace(authScheme))
			http.Error(w, "control: wrong or missing secret", http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodPost {
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != jsonType {
				http.Error(w, "control: the body must be "+jsonType, http.StatusUnsupportedMediaType)
				return
			}
		}
		next(w, r)
	}
}

const jsonType = "application/json"

func (s *Server) getStats(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", jsonType)
	_ = json.NewEncoder(w).Encode(s.Stats()) // The peer has gone.
}

func (s *Server) postCommand(w http.ResponseWriter, r *http.Request) {
	var cmd gateway.Command
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCommand))
	in.DisallowUnknownFields()
	if err := in.Decode(&cmd); err != nil {
		http.Error(w, fmt.Sprintf("control: read command: %v", err), http.StatusBadRequest)
		return
	}
	if err := s.Do(r.Context(), cmd); err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) postStop(w http.ResponseWriter, _ *http.Request) {
	s.cfg.Log.Info("stop asked for on the control port")
	w.WriteHeader(http.StatusAccepted)
	s.Stop()
}

// statusOf maps an error of Do to the control port's answer.
func statusOf(err error) int {
	switch {
	case err == nil:
		return http.StatusNoContent
	case errors.Is(err, errStopped):
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}
