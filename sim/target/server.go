package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// Server is a gateway that listens. Its methods may be called from any
// goroutine; Listen and Attach come before Serve, and Serve is called once.
type Server struct {
	cfg      Config
	core     core
	doors    []*door
	control  net.Listener
	api      net.Listener // Of the server API; nil = there is none.
	book     *book        // nil: accounts are neither made nor given tokens through an API.
	upgrader websocket.Upgrader

	web       web
	app       *service // nil = it costs nothing to ask it.
	address   *service
	appSecret string
	addresses atomic.Pointer[[]byte] // What the address server says.

	roster     roster
	arrivals   chan arrival
	idle       atomic.Int32
	accepted   atomic.Uint64
	slow       atomic.Uint64
	buffers    buffers
	directs    directs
	scratches  scratches
	handshakes handshakes

	stopping chan struct{} // Closed by Stop.
	stopOnce sync.Once
	ending   chan struct{} // Closed when Serve has stopped accepting.
	wg       sync.WaitGroup
}

// errStopped is what Do returns when the gateway no longer runs.
var errStopped = errors.New("the target has stopped")

// New returns a server that does not listen yet, or all faults of cfg. The
// gateway's Time 0 is now.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.normal()
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	start := time.Now()
	if cfg.Gateway.Epoch == 0 {
		cfg.Gateway.Epoch = start.UnixMilli()
	}
	var accounts *book
	if cfg.API.Addr != "" {
		ruled := cfg.Gateway.Accounts
		cfg.Gateway.Accounts += min(cfg.API.Room, gateway.NoAccount-1-ruled)
		accounts = newBook(cfg.Directory, ruled, cfg.Gateway.Accounts, cfg.API.Only)
		cfg.Directory = accounts.number
	}
	gw, err := gateway.New(cfg.Gateway)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	s := &Server{
		cfg: cfg,
		upgrader: websocket.Upgrader{
			WriteBufferSize: answerBuffer,
			WriteBufferPool: new(sync.Pool),
			Subprotocols:    []string{wire.Subprotocol},
		},
		arrivals: make(chan arrival),
		stopping: make(chan struct{}),
		ending:   make(chan struct{}),

		book:      accounts,
		appSecret: cmp.Or(cfg.AppSecret.text(), gateway.AppSecret(cfg.Gateway.TokenSeed)),
	}
	s.web.open()
	if s.app, err = newService(cfg.App, backend.App, cfg.Gateway.Seed); err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if s.address, err = newService(cfg.Address, backend.Address, cfg.Gateway.Seed); err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	s.core.gw, s.core.start, s.core.observed, s.core.given = gw, start, cfg.Observe, cfg.Given
	s.core.timer, s.core.armed = time.NewTimer(time.Hour), forever
	s.core.timer.Stop()
	return s, nil
}

// Listen binds all addresses, so that URLs and ControlURL are known. When one
// cannot be bound, none is.
func (s *Server) Listen() error {
	for _, a := range s.cfg.Addrs {
		ln, err := listen(a.Listen)
		if err != nil {
			s.unlisten()
			return fmt.Errorf("target: %w", err)
		}
		s.doors = append(s.doors, newDoor(ln, a.Node, false))
	}
	if s.cfg.Web != "" {
		ln, err := listen(s.cfg.Web)
		if err != nil {
			s.unlisten()
			return fmt.Errorf("target: web: %w", err)
		}
		s.web.door = newDoor(ln, 0, false)
	}
	if s.cfg.Control != "" {
		ln, err := listen(s.cfg.Control)
		if err != nil {
			s.unlisten()
			return fmt.Errorf("target: control: %w", err)
		}
		s.control = ln
	}
	if s.cfg.API.Addr != "" {
		ln, err := listen(s.cfg.API.Addr)
		if err != nil {
			s.unlisten()
			return fmt.Errorf("target: server API: %w", err)
		}
		s.api = ln
	}
	return nil
}

// unlisten closes what was bound.
func (s *Server) unlisten() {
	for _, d := range s.doors {
		d.close()
	}
	s.doors = nil
	if s.web.door != nil {
		s.web.door.close()
		s.web.door = nil
	}
	if s.control != nil {
		_ = s.control.Close() // It was never used.
	}
	if s.api != nil {
		_ = s.api.Close() // The same.
	}
}

// Attach adds a listener of a node that the caller made, also one in memory.
// While the node is down, connections are closed as they come. Serve closes it.
func (s *Server) Attach(node uint8, ln net.Listener) {
	s.doors = append(s.doors, newDoor(ln, node, true))
}

// Addrs returns the bound addresses, in the order of Config.Addrs, then of Attach.
func (s *Server) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(s.doors))
	for i, d := range s.doors {
		addrs[i] = d.addr
	}
	return addrs
}

// URLs returns where to connect, in the order of Addrs.
func (s *Server) URLs() []string {
	urls := make([]string, len(s.doors))
	for i, d := range s.doors {
		urls[i] = s.scheme() + d.addr.String() + Path
	}
	return urls
}

func (s *Server) scheme() string {
	if s.cfg.TLS != nil {
		return "wss://"
	}
	return "ws://"
}

// NodeOf returns the node behind each of URLs.
func (s *Server) NodeOf() []uint8 {
	nodes := make([]uint8, len(s.doors))
	for i, d := range s.doors {
		nodes[i] = d.node
	}
	return nodes
}

// ControlURL returns where a ControlClient connects; "" = there is no control port.
func (s *Server) ControlURL() string {
	if s.control == nil {
		return ""
	}
	return "http://" + s.control.Addr().String()
}

// Serve serves until ctx ends or Stop is called. Then it closes every link with
// 1001, waits as long as StopTimeout for the peers, cuts those that are left,
// and returns when every connection is closed and every goroutine has ended. A
// stop that was asked for is no error.
func (s *Server) Serve(ctx context.Context) error {
	if len(s.doors) == 0 {
		return errors.New("target: serve: nothing to listen on")
	}
	for _, d := range s.doors {
		if d.node >= s.cfg.Gateway.Nodes {
			s.unlisten()
			return fmt.Errorf("target: serve %s: node %d of %d", d.addr, d.node, s.cfg.Gateway.Nodes)
		}
	}
	s.core.mu.Lock()
	s.nameNodes()
	s.core.mu.Unlock()
	accepting, shut := context.WithCancel(context.Background())
	defer shut()
	var doors sync.WaitGroup
	for _, d := range s.doors {
		doors.Go(func() { d.run(accepting, s) })
	}
	ticking, halt := context.WithCancel(context.Background())
	defer halt()
	s.wg.Go(func() { s.clock(ticking) })
	if s.web.door != nil {
		s.web.door.visited = true
		doors.Go(func() { s.web.door.run(accepting, s) })
		s.wg.Go(func() { s.answerDue(ticking) })
	}
	control, calls := s.serveControl(), s.serveAPI()

	var err error
	select {
	case <-ctx.Done():
	case <-s.stopping:
	case err = <-control.failed:
		err = fmt.Errorf("target: control: %w", err)
	case err = <-calls.failed:
		err = fmt.Errorf("target: server API: %w", err)
	}
	shut()
	for _, d := range s.doors {
		d.close()
	}
	if s.web.door != nil {
		s.web.door.close()
	}
	doors.Wait()
	s.web.close()
	s.goodbye()
	halt()
	close(s.ending)
	control.stop(s.cfg.StopTimeout)
	calls.stop(s.cfg.StopTimeout)
	s.wait()
	return err
}

// Stop makes Serve end. It does not wait for that.
func (s *Server) Stop() { s.stopOnce.Do(func() { close(s.stopping) }) }

// goodbye closes every link in order, and at once those that are not open yet.
func (s *Server) goodbye() {
	s.core.mu.Lock()
	s.core.stopped = true
	s.core.timer.Stop()
	s.core.mu.Unlock()
	s.roster.close()
	for _, l := range s.roster.all() {
		l.mu.Lock()
		ready := l.ready
		l.mu.Unlock()
		if !ready {
			l.cut()
			continue
		}
		l.pushClose(&s.buffers, wire.CloseGoingAway)
		s.flush(l)
	}
}

// wait waits for all goroutines, and cuts the links that outlast StopTimeout.
func (s *Server) wait() {
	ended := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(ended)
	}()
	late := time.NewTimer(s.cfg.StopTimeout)
	defer late.Stop()
	select {
	case <-ended:
		return
	case <-late.C:
	}
	for _, l := range s.roster.all() {
		l.cut()
	}
	<-ended
}

// clock ticks the gateway at its deadlines.
func (s *Server) clock(ctx context.Context) {
	for {
		select {
		case <-s.core.timer.C:
			s.tick()
		case <-ctx.Done():
			return
		}
	}
}

// Ready describes a server that listens to whoever started its process.
func (s *Server) Ready(pid int) Ready {
	return Ready{URLs: s.URLs(), NodeOf: s.NodeOf(), Control: s.ControlURL(), Web: s.WebURL(), PID: pid}
}
