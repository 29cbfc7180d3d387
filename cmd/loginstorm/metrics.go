package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"loginstorm/report"
)

const (
	// metricsPort is where /metrics is served when nobody says otherwise; the next
	// ports are tried while it is taken, so that two runs do not get in each
	// other's way.
	metricsPort  = 9464
	metricsTries = 20
	// A scrape copies the figures in memory first, so that a slow reader holds
	// nothing but its own copy: of those there are at most so many, each for at most
	// so long.
	metricsReaders = 8
	metricsWrite   = 10 * time.Second
)

// metricsServer serves /metrics while a run goes on.
type metricsServer struct {
	url     string // "" = it serves nothing.
	server  *http.Server
	done    chan struct{}
	scrapes scrapes
}

// newRegistry gathers the figures of a storm. Those of its gateway stand beside them,
// unless nobody can be asked for them, and what this process costs under the names that
// the client library gives it.
func newRegistry(st *storm, side *gatewaySide) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(report.NewCollector(st, st.exported()),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if side != nil {
		registry.MustRegister(side)
	}
	return registry
}

// serveMetrics begins to serve figures; on no listener, nothing.
func serveMetrics(listener net.Listener, figures *prometheus.Registry) *metricsServer {
	if listener == nil {
		return &metricsServer{}
	}
	m := &metricsServer{url: "http://" + listener.Addr().String() + "/metrics", done: make(chan struct{})}
	handler := promhttp.HandlerFor(figures, promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: metricsReaders, CoalesceGather: true})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		fresh := m.scrapes.begin()
		handler.ServeHTTP(w, r)
		fresh()
	})
	m.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: metricsWrite}
	go func() {
		defer close(m.done)
		_ = m.server.Serve(listener) // It ends by close, or when the listener breaks: the run goes on.
	}()
	return m
}

// scrapes knows when somebody has scraped.
type scrapes struct {
	mu      sync.Mutex
	waiting chan struct{} // nil = nobody waits.
}

// begin notes that a scrape began; the result is called when it was served.
func (s *scrapes) begin() func() {
	s.mu.Lock()
	waiting := s.waiting
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if waiting != nil && waiting == s.waiting {
			close(waiting)
			s.waiting = nil
		}
	}
}

// after returns what is closed when a scrape that begins from now on was served.
func (s *scrapes) after() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = make(chan struct{})
	return s.waiting
}

// listenMetrics binds an address for the figures, before anything else of a run is
// there: "" picks a free port on loopback, and "off" is no listener.
func listenMetrics(addr string) (net.Listener, error) {
	switch addr {
	case "":
	case "off":
		return nil, nil
	default:
		return net.Listen("tcp", addr)
	}
	var err error
	for port := metricsPort; port < metricsPort+metricsTries; port++ {
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// close ends the server; a scrape that is under way may finish.
func (m *metricsServer) close() {
	if m == nil || m.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := m.server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		_ = m.server.Close()
	}
	<-m.done
}
