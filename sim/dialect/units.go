package dialect

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"

	"loginstorm/sim/dialect/mqtt"
)

// unit is where a message ends.
type unit uint8

const (
	unitFrame      unit = iota
	unitLines           // The end of a frame ends a line, too.
	unitLineStream      // Lines go over frames.
	unitElements
	unitLength
	unitPackets
)

// split returns the message that a stream begins with and how many bytes it takes;
// n 0 = it is not complete. ok false: there can be none.
func (g *described) split(stream []byte) (message []byte, n int, ok bool) {
	switch g.unit {
	case unitLines, unitLineStream:
		i := bytes.IndexByte(stream, '\n')
		switch {
		case i >= 0:
		case g.unit == unitLines:
			return stream, len(stream), len(stream) <= g.longest
		default:
			return nil, 0, len(stream) <= g.longest
		}
		return bytes.TrimSuffix(stream[:i], []byte("\r")), i + 1, i <= g.longest
	case unitLength:
		return g.measured(stream)
	case unitPackets:
		n, err := mqtt.Split(stream, g.longest)
		return stream[:n], n, err == nil
	case unitElements:
		n, ok := splitXML(stream)
		if n == 0 {
			return nil, len(stream), ok
		}
		return stream[:n], n, ok
	}
	return stream, len(stream), len(stream) <= g.longest
}

// measured splits by the length in front.
func (g *described) measured(stream []byte) (message []byte, n int, ok bool) {
	if len(stream) < g.head {
		return nil, 0, true
	}
	var length uint64
	for i := range g.head {
		at := i
		if g.little {
			at = g.head - 1 - i
		}
		length = length<<8 | uint64(stream[at])
	}
	if g.itself {
		if length < uint64(g.head) {
			return nil, 0, false
		}
		length -= uint64(g.head)
	}
	if length > uint64(g.longest) {
		return nil, 0, false
	}
	if uint64(len(stream)-g.head) < length {
		return nil, 0, true
	}
	n = g.head + int(length)
	return stream[g.head:n], n, true
}

// measure writes the length in front of a message.
func (g *described) measure(frame []byte) {
	length := uint64(len(frame))
	if !g.itself {
		length -= uint64(g.head)
	}
	var b [8]byte
	if g.little {
		binary.LittleEndian.PutUint64(b[:], length)
		copy(frame, b[:g.head])
		return
	}
	binary.BigEndian.PutUint64(b[:], length)
	copy(frame, b[8-g.head:])
}

// decodeBase64 appends what is encoded in any of the usual ways; nothing if it is none.
func decodeBase64(dst, in []byte) []byte {
	in = bytes.TrimRight(bytes.TrimSpace(in), "=")
	coding := base64.RawStdEncoding
	if bytes.ContainsAny(in, "-_") {
		coding = base64.RawURLEncoding
	}
	out, err := coding.AppendDecode(dst, in)
	if err != nil {
		return dst
	}
	return out
}
