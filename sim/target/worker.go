package target

import "net"

// arrival is what a worker is needed for: a connection nobody has read from, or
// news from a link or a visitor.
type arrival struct {
	conn net.Conn
	door *door

	link    *link    // Not nil: news from it.
	err     error    // The link ended.
	visitor *visitor // Not nil: news from it.
}

// idleWorkers is how many workers wait for something to do; more end.
const idleWorkers = 64

// hand gives an arrival to an idle worker, or to a new one. Workers upgrade
// connections and understand messages. They are used again because that grows a
// stack that an idle link should not keep: between two messages a link has only
// a fresh and shallow reader. There are as many workers as there is work in
// progress, so a peer that stops in the middle of something holds up nobody else.
func (s *Server) hand(a arrival) {
	select {
	case s.arrivals <- a:
	default:
		s.wg.Add(1)
		go s.work(a)
	}
}

// work does a and what comes after it.
func (s *Server) work(a arrival) {
	defer s.wg.Done()
	for {
		switch {
		case a.link != nil:
			s.heard(&a)
		case a.visitor != nil:
			s.request(a.visitor)
		case a.door.visited:
			s.visit(a.conn)
		default:
			s.welcome(a)
		}
		if s.idle.Add(1) > idleWorkers {
			s.idle.Add(-1)
			return
		}
		a = arrival{}
		select {
		case a = <-s.arrivals:
			s.idle.Add(-1)
		case <-s.ending:
			return
		}
	}
}

// await starts a reader for the link's next message.
func (s *Server) await(l *link) {
	s.wg.Add(1)
	go s.read(l)
}

// read waits for a link's next message. Its stack is what an idle link costs.
func (s *Server) read(l *link) {
	defer s.wg.Done()
	s.hand(arrival{link: l, err: l.wait()})
}

// heard deals with a link's message, or its end.
func (s *Server) heard(a *arrival) {
	err := a.err
	if err == nil {
		err = s.frame(a.link)
	}
	if err != nil {
		s.over(a.link, err)
		return
	}
	s.await(a.link)
}
