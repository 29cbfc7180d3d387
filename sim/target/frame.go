package target

import "encoding/binary"

// Opcodes of the frames that a gateway sends. RFC 6455, section 5.2.
const (
	opText  = 0x1
	opClose = 0x8
	opPong  = 0xa
	final   = 0x80
)

// Payload lengths from which a frame's header grows. RFC 6455, section 5.2.
const (
	length16 = 126
	length64 = 1 << 16
)

// appendFrame appends one whole unmasked frame, as a server sends it. Written
// by hand so that all frames of a step leave in one write.
func appendFrame(dst []byte, op byte, payload []byte) []byte {
	dst = append(dst, final|op)
	switch n := len(payload); {
	case n < length16:
		dst = append(dst, byte(n))
	case n < length64:
		dst = append(dst, length16)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, length16+1)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return append(dst, payload...)
}

// buffer is bytes on their way to a peer; idle links have none.
type buffer struct{ b []byte }

// Sizes of pooled buffers: a login's answer, with its list and its sync frames,
// fits the first; what a long list grew beyond the second is not kept.
const (
	bufferSize = 512
	bufferKept = 8 << 10
)

// buffers is a pool of buffers.
type buffers struct{ pool pool[buffer] }

func (p *buffers) get() *buffer {
	b := p.pool.get()
	if b.b == nil {
		b.b = make([]byte, 0, bufferSize)
	}
	return b
}

func (p *buffers) put(b *buffer) {
	if cap(b.b) <= bufferKept {
		b.b = b.b[:0]
		p.pool.put(b)
	}
}
