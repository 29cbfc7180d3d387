package dialect

import (
	"bytes"

	"loginstorm/sim/dialect/mqtt"
	"loginstorm/sim/wire"
)

// request appends path, query and headers of the upgrade.
func (g *described) request(sp *speech) (path string, headers []Header) {
	path = string(g.path.append(nil, sp))
	for _, h := range g.headers {
		headers = append(headers, Header{h.name, string(bytes.Map(visible, h.value.append(nil, sp)))})
	}
	return path, headers
}

// visible keeps what would end a header out of it.
func visible(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// saying returns the number of what a message says; -1 = nothing.
func (g *described) saying(m *wire.Message) int {
	i := -1
	switch m.Kind {
	case wire.Login:
		i = g.states[stateLogin].say
	case wire.Ping:
		i = g.ping
	case wire.Logout:
		i = g.logout
	case wire.KickOther:
		i = g.kickOther
	case wire.NoMessage:
		i = int(m.Serial) - 1
	}
	if i >= len(g.says) {
		return -1
	}
	return i
}

// encode appends what is said as one frame.
func (g *described) encode(s *Session, dst []byte, m *wire.Message, who *Speaker) ([]byte, bool) {
	i := g.saying(m)
	if i < 0 {
		return dst, g.binary
	}
	mark := len(dst)
	for range g.head {
		dst = append(dst, 0)
	}
	sp := speech{s: s, m: m, who: who}
	dst, ok := g.says[i].append(dst, g.version(), &sp)
	if !ok || sp.spoil {
		return dst[:mark], g.binary
	}
	switch g.unit {
	case unitLineStream:
		dst = append(dst, '\n')
	case unitLength:
		g.measure(dst[mark:])
	}
	return dst, g.binary
}

// append appends what is said.
func (w *said) append(dst []byte, v mqtt.Version, sp *speech) ([]byte, bool) {
	switch {
	case w.ready != nil:
		return append(dst, w.ready...), true
	case w.packet == "":
		return w.text.append(dst, sp), true
	}
	return w.appendPacket(dst, v, *sp)
}

// appendPacket takes its own speech: only packets need one that outlives a call.
func (w *said) appendPacket(dst []byte, v mqtt.Version, sp speech) ([]byte, bool) {
	out, err := mqtt.Append(dst, v, w.packet, func(key string) string {
		for _, f := range w.fields {
			if f.key == key {
				return string(f.value.append(nil, &sp))
			}
		}
		return ""
	})
	return out, err == nil && !sp.spoil
}
