package target

import (
	"errors"
	"io"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// scratch is what it takes to understand one frame. It is taken from a pool
// when a frame has come, so that an idle link has none.
type scratch struct {
	frame   []byte
	message wire.Message
	request gateway.Request
	in      gateway.Input
	t       touched
}

// frameSize is room for a login with a static token.
const frameSize = 1 << 10

// lingerBytes bounds what is thrown away from a peer whose link is over, so that
// it hears why before the connection is reset for what it sent.
const lingerBytes = 2 * wire.MaxFrame

// over ends a link whose reader failed.
func (s *Server) over(l *link, err error) {
	if errors.Is(err, websocket.ErrReadLimit) {
		l.mu.Lock()
		l.closing = true // The peer was told 1009 already.
		l.mu.Unlock()
		s.malformed(l)
		s.linger(l)
	}
	var t touched
	s.end(l, &t)
}

// frame reads one message and hands it to the gateway.
func (s *Server) frame(l *link) error {
	kind, r, err := l.ws.NextReader()
	if err != nil {
		return err
	}
	sc := s.scratches.get()
	defer s.scratches.put(sc)
	if err := sc.read(r); err != nil {
		return err
	}
	sc.in = gateway.Input{}
	if kind != websocket.TextMessage || wire.Decode(sc.frame, &sc.message) != nil || !s.input(sc) {
		sc.in = gateway.Input{Kind: gateway.Garbage}
	}
	s.hear(l, sc)
	return nil
}

// read reads the whole message; the link's read limit bounds it.
func (sc *scratch) read(r io.Reader) error {
	sc.frame = sc.frame[:0]
	for {
		if len(sc.frame) == cap(sc.frame) {
			sc.frame = append(sc.frame, 0)[:len(sc.frame)]
		}
		n, err := r.Read(sc.frame[len(sc.frame):cap(sc.frame)])
		sc.frame = sc.frame[:len(sc.frame)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// input turns the message into the gateway's input; false means that it is none
// that a client may send.
func (s *Server) input(sc *scratch) bool {
	m, in := &sc.message, &sc.in
	in.Serial = m.Serial
	switch m.Kind {
	case wire.Login:
		s.resolve(m.Login, &sc.request)
		in.Kind, in.Login = gateway.LoginAsked, &sc.request
	case wire.Logout:
		in.Kind = gateway.LogoutAsked
	case wire.Ping:
		in.Kind = gateway.Pinged
	case wire.KickOther:
		in.Kind, in.Device = gateway.KickOtherAsked, m.Device
	default:
		return false
	}
	return true
}

// resolve turns names and secrets into the numbers the gateway compares.
func (s *Server) resolve(c *wire.Credentials, r *gateway.Request) {
	account, ok := s.cfg.Directory(c.Account)
	if !ok {
		account = gateway.NoAccount
	}
	*r = gateway.Request{
		Account:    account,
		App:        gateway.TokenDigest(c.AppKey),
		Token:      gateway.TokenDigest(c.Token),
		Device:     c.Device,
		AuthType:   c.AuthType,
		ClientType: c.ClientType,
		Origin:     c.Origin,
		Force:      c.Force,
		CustomType: c.CustomType,
		Version:    c.Version,
		Tag:        c.Tag,
	}
	if c.AuthType == wire.AuthDynamic {
		s.dynamic(c.Token, c.AppKey, c.Account, r)
	}
}

// hear hands an input of a link to the gateway, unless the link is over for it.
func (s *Server) hear(l *link, sc *scratch) {
	c := &s.core
	c.mu.Lock()
	if l.known {
		if sc.in.Kind == gateway.Garbage {
			c.garbage++
		}
		sc.in.Link = l.id
		s.stepLocked(&sc.in, &sc.t)
	}
	c.mu.Unlock()
	s.flushAll(&sc.t)
}

// malformed tells the gateway of a frame that could not even be read.
func (s *Server) malformed(l *link) {
	sc := s.scratches.get()
	defer s.scratches.put(sc)
	sc.in = gateway.Input{Kind: gateway.Garbage}
	s.hear(l, sc)
}

// linger reads on for a while and forgets what it reads.
func (s *Server) linger(l *link) {
	_ = l.conn.SetReadDeadline(time.Now().Add(s.cfg.CloseTimeout)) // Fails with the read.
	_, _ = io.CopyN(io.Discard, l.conn, lingerBytes)               // However it ends, the link is closed next.
}

// end tells the gateway that the link is gone, if it does not know yet, and
// closes the connection, or leaves that to whoever writes to it still.
func (s *Server) end(l *link, t *touched) {
	c := &s.core
	c.mu.Lock()
	if l.known {
		s.stepLocked(&gateway.Input{Kind: gateway.Closed, Link: l.id}, t)
		if l.known {
			c.release(l.id)
		}
	}
	c.mu.Unlock()
	s.flushAll(t)
	l.mu.Lock()
	l.over = true
	if l.writing {
		_ = l.conn.SetWriteDeadline(time.Now().Add(s.cfg.CloseTimeout)) // Fails with the write.
		l.mu.Unlock()
		return
	}
	s.settle(l)
}

// scratches is a pool of scratch.
type scratches struct{ pool pool[scratch] }

func (p *scratches) get() *scratch {
	sc := p.pool.get()
	if sc.frame == nil {
		sc.frame = make([]byte, 0, frameSize)
		sc.message.Login = new(wire.Credentials)
	}
	return sc
}

func (p *scratches) put(sc *scratch) {
	if cap(sc.frame) > bufferKept {
		return
	}
	if sc.message.Login != nil {
		*sc.message.Login = wire.Credentials{} // It held a token.
	}
	sc.request, sc.in = gateway.Request{}, gateway.Input{}
	p.pool.put(sc)
}
