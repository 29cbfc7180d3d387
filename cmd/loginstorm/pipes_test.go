package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"

	"loginstorm/sim/dial"
)

// pipes is a network in memory: listeners whose connections are pipes.
type pipes struct{ listeners []*pipeListener }

type pipeListener struct {
	addr  net.TCPAddr
	conns chan net.Conn
	shut  chan struct{}
	once  sync.Once
}

// listen adds a listener with an address of its own.
func (p *pipes) listen() *pipeListener {
	l := &pipeListener{conns: make(chan net.Conn), shut: make(chan struct{}),
		addr: net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1 + len(p.listeners)}}
	p.listeners = append(p.listeners, l)
	return l
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.shut) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &l.addr }

// connect opens a connection to a host and a port.
func (p *pipes) connect(ctx context.Context, address string) (net.Conn, error) {
	for _, l := range p.listeners {
		if l.addr.String() != address {
			continue
		}
		near, far := net.Pipe()
		select {
		case l.conns <- far:
			return near, nil
		case <-l.shut:
			return nil, errors.New("connection refused")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, errors.New("no such address")
}

func (p *pipes) dial(ctx context.Context, e dial.Endpoint) (net.Conn, error) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return nil, err
	}
	return p.connect(ctx, u.Host)
}
