package worlds

import (
	"encoding/binary"
	"math/bits"

	"loginstorm/sim/gateway"
)

// state appends what decides how a world goes on: equal bytes, equal futures.
func (w *world) state(dst []byte) []byte {
	b := &w.left
	dst = append(dst, b.Logins, b.Faults, b.Logouts, b.KickOthers, b.ServerKicks, b.Cuts, b.Mutes, b.Kills, b.Losses, b.Lates, b.Timeouts)
	for i := range w.actors {
		a := &w.actors[i]
		dst = a.v.AppendState(dst)
		dst = append(dst, pack(a.pending, a.v.Gen() == 0), a.owed)
	}
	var links [3 * MaxClients]gateway.Link
	held := links[:0]
	for n := range w.conns {
		c := &w.conns[n]
		dst = append(dst, c.client, pack(c.gen == w.actors[c.client].v.Gen(), c.near, c.dialling, c.far, c.mute, c.session, c.login != 0, c.kick != 0))
		dst = c.appendQueue(dst, c.up)
		dst = c.appendQueue(dst, c.down)
		if c.far {
			held = append(held, c.number)
		}
	}
	dst = append(dst, 0xff)
	for n := range w.jobs {
		j := &w.jobs[n]
		_, _, linked := w.gw.Job(j.job)
		dst = append(dst, j.client, pack(linked))
	}
	dst = append(dst, 0xff)
	return w.gw.AppendState(dst, account, held)
}

// appendQueue appends what is on its way. A serial counts only by what it answers.
func (c *conn) appendQueue(dst []byte, queue []packet) []byte {
	for i := range queue {
		p := &queue[i]
		dst = append(dst, 1+byte(p.what), byte(p.kind), byte(p.reason), byte(p.clientType), byte(p.origin), p.device,
			pack(p.force, p.serial == c.login, p.serial == c.kick))
		dst = binary.AppendUvarint(dst, uint64(p.code))
	}
	return append(dst, 0)
}

func pack(flags ...bool) (b byte) {
	for i, f := range flags {
		if f {
			b |= 1 << i
		}
	}
	return b
}

// hash names a state. With 128 bits two states of a billion share a name once in
// many billion explorations.
type hash struct{ a, b uint64 }

// hashOf mixes the bytes of a state, eight at a time.
func hashOf(state []byte) hash {
	h := hash{0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9 ^ uint64(len(state))}
	for len(state) > 0 {
		var word [8]byte
		n := copy(word[:], state)
		state = state[n:]
		x := binary.LittleEndian.Uint64(word[:])
		h.a = fold(h.a^x, 0xd6e8feb86659fd93)
		h.b = fold(h.b+x, 0xa0761d6478bd642f) ^ h.a>>7
	}
	return hash{fold(h.a, 0x94d049bb133111eb), fold(h.b^h.a, 0xe7037ed1a0b428db)}
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^b, b)
	return hi ^ lo ^ a
}
