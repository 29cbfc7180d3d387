package target

import (
	"encoding/json"
	"time"

	"loginstorm/sim/gateway"
)

// appendToken appends the token that the app server gives out: of a static one the
// rotation in force, of a dynamic one what its clock says. Spec section 8.
func (s *Server) appendToken(dst []byte, e *errand) []byte {
	cfg := &s.cfg
	if e.want == wantDynamic {
		made := cfg.Gateway.Epoch + (s.now() + cfg.AppSkew).Milliseconds()
		return gateway.AppendDynamicToken(dst, cfg.AppKey.text(), e.name, max(0, made), int64(cfg.AppTTL/time.Second), s.appSecret)
	}
	return append(dst, s.staticToken(e.account)...)
}

// dynamic reads the dynamic token of a login. It takes a SHA-1, and is done before
// the gateway's lock is taken. Spec section 8.
func (s *Server) dynamic(token, appKey, accid string, r *gateway.Request) {
	if s.cfg.AppKey.Set() {
		appKey = s.cfg.AppKey.text()
	}
	r.ReadDynamic(token, appKey, accid, s.appSecret, s.cfg.Gateway.Epoch)
}

// address is one entry of what the address server says.
type address struct {
	URL  string `json:"url"`
	Node uint8  `json:"node"`
}

// directory is the body of its answer.
type directory struct {
	Addresses []address `json:"addresses"`
}

// nameNodes makes the address server's answer: every address but those of nodes
// that drain. It is called under the gateway's lock.
func (s *Server) nameNodes() {
	said := directory{Addresses: []address{}}
	for i, url := range s.URLs() {
		if node := s.doors[i].node; !s.core.gw.Draining(node) {
			said.Addresses = append(said.Addresses, address{url, node})
		}
	}
	body, err := json.Marshal(said)
	if err != nil {
		panic("target: a list of addresses does not marshal: " + err.Error())
	}
	s.addresses.Store(&body)
}
