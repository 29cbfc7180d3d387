//go:build !linux

package dial

// socket is Linux's own carrier; here streams carry everything.
type socket struct{}

func (s *socket) of(c *Conn) carrier { return newStream(c) }

type poller struct{}

func newPoller(*Dialer) (*poller, error)    { return nil, nil }
func (p *poller) conns(all []*Conn) []*Conn { return all }
func (p *poller) refuse()                   {}
func (p *poller) stop()                     {}
