package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestLinger: a run that is over serves until somebody scraped once more. Who began
// before the end has not seen the last figures.
func TestLinger(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	hold, under := make(chan struct{}), make(chan struct{}, 2)
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "x", Help: "X."}, func() float64 {
		under <- struct{}{}
		<-hold
		return 1
	}))
	m := serveMetrics(listener, registry)
	defer m.close()
	scrape := func(done chan<- error) {
		response, err := http.Get(m.url)
		if err == nil {
			response.Body.Close()
		}
		done <- err
	}
	early := make(chan error, 1)
	go scrape(early)
	<-under
	lingered, told := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(lingered)
		m.linger(context.Background(), time.Hour, func(line string) { told <- line })
	}()
	if line := <-told; !strings.Contains(line, m.url) {
		t.Errorf("it says %q", line)
	}
	hold <- struct{}{}
	if err := <-early; err != nil {
		t.Fatal(err)
	}
	select {
	case <-lingered:
		t.Fatal("a scrape that began before the end was taken for the last one")
	default:
	}
	late := make(chan error, 1)
	go scrape(late)
	<-under
	hold <- struct{}{}
	if err := <-late; err != nil {
		t.Fatal(err)
	}
	<-lingered
	http.DefaultClient.CloseIdleConnections()
}

// TestLingerEnds: it waits no longer than it was told to, and not at all when it was
// interrupted or nothing is served.
func TestLingerEnds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := serveMetrics(listener, prometheus.NewRegistry())
	defer m.close()
	silent := func(string) {}
	m.linger(context.Background(), time.Millisecond, silent)
	gone, stop := context.WithCancel(context.Background())
	stop()
	m.linger(gone, time.Hour, silent)
	m.linger(context.Background(), 0, silent)
	serveMetrics(nil, nil).linger(context.Background(), time.Hour, silent)
}

// TestPushIsRefusedBeforehand: what cannot be sent with is said before a run directory is
// made and a gateway started.
func TestPushIsRefusedBeforehand(t *testing.T) {
	t.Setenv(remoteTokenEnv, "canary")
	o := pushOptions{remoteWrite: "http://me@127.0.0.1:9090"}
	if err := o.check(); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a user beside a token: %v", err)
	}
	o.remoteWrite = "http://127.0.0.1:9090"
	if err := o.check(); err != nil {
		t.Error(err)
	}
}
