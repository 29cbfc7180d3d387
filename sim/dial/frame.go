package dial

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"loginstorm/sim/wire"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// Close codes of RFC 6455, section 7.4.1, that this side sends or makes up.
const (
	codeProtocolError = 1002
	codeNoStatus      = 1005
	codeTooBig        = 1009
)

// errIncomplete: the bytes end before the frame does.
var errIncomplete = errors.New("the frame is not complete")

// violation is a frame that ends the link.
type violation struct {
	code    uint16 // What the peer is told.
	problem string
}

func (v *violation) Error() string { return "frame " + v.problem }

// frame is one frame as it came.
type frame struct {
	opcode  byte
	final   bool
	payload []byte
}

// parseFrame takes the first frame of data, which comes from a server. It
// returns how many bytes it takes, errIncomplete when more have to come, or a
// *violation. Payloads above limit are a violation as soon as the header says so.
func parseFrame(data []byte, limit int) (frame, int, error) {
	if len(data) < 2 {
		return frame{}, 0, errIncomplete
	}
	f := frame{opcode: data[0] & 0x0f, final: data[0]&0x80 != 0}
	if data[0]&0x70 != 0 {
		return f, 0, &violation{codeProtocolError, "has a reserved bit set"}
	}
	if data[1]&0x80 != 0 {
		return f, 0, &violation{codeProtocolError, "of a server is masked"}
	}
	length, head := uint64(data[1]), 2
	switch f.opcode {
	case opContinuation, opText, opBinary:
	case opClose, opPing, opPong:
		if !f.final || length > 125 {
			return f, 0, &violation{codeProtocolError, "of control is fragmented or too long"}
		}
	default:
		return f, 0, &violation{codeProtocolError, fmt.Sprintf("has the unknown opcode %#x", f.opcode)}
	}
	switch length {
	case 126:
		if head = 4; len(data) < head {
			return f, 0, errIncomplete
		}
		length = uint64(binary.BigEndian.Uint16(data[2:]))
	case 127:
		if head = 10; len(data) < head {
			return f, 0, errIncomplete
		}
		length = binary.BigEndian.Uint64(data[2:])
	}
	if length > uint64(max(limit, 125)) {
		return f, 0, &violation{codeTooBig, fmt.Sprintf("of %d bytes is longer than %d", length, limit)}
	}
	if uint64(len(data)-head) < length {
		return f, 0, errIncomplete
	}
	end := head + int(length)
	f.payload = data[head:end:end]
	return f, end, nil
}

// incoming is what a Conn keeps between reads: nothing while it is idle.
type incoming struct {
	partial []byte // The beginning of a frame.
	message []byte // What came of a message in several frames.
	opcode  byte   // That message's kind; 0 = none is open.
}

// join puts a data frame to what came before. It returns the whole message when
// the frame completes it.
func (in *incoming) join(f frame) (message []byte, opcode byte, err error) {
	switch {
	case f.opcode == opContinuation && in.opcode == 0:
		return nil, 0, &violation{codeProtocolError, "continues no message"}
	case f.opcode != opContinuation && in.opcode != 0:
		return nil, 0, &violation{codeProtocolError, "begins a message inside another"}
	case f.opcode != opContinuation && f.final:
		return f.payload, f.opcode, nil
	}
	if f.opcode != opContinuation {
		in.opcode = f.opcode
	}
	in.message = append(in.message, f.payload...)
	if len(in.message) > wire.MaxFrame {
		return nil, 0, &violation{codeTooBig, fmt.Sprintf("makes a message longer than %d bytes", wire.MaxFrame)}
	}
	if !f.final {
		return nil, 0, nil
	}
	message, opcode = in.message, in.opcode
	in.message, in.opcode = nil, 0
	return message, opcode, nil
}

// closeCode reads the payload of a close frame. RFC 6455, section 7.4.
func closeCode(payload []byte) (uint16, error) {
	if len(payload) == 0 {
		return codeNoStatus, nil
	}
	if len(payload) == 1 {
		return 0, &violation{codeProtocolError, "of close has half a code"}
	}
	code := binary.BigEndian.Uint16(payload)
	switch {
	case code >= 3000 && code <= 4999, code >= 1000 && code <= 1003, code >= 1007 && code <= 1014:
	default:
		return 0, &violation{codeProtocolError, fmt.Sprintf("of close has the reserved code %d", code)}
	}
	if !utf8.Valid(payload[2:]) {
		return 0, &violation{codeProtocolError, "of close gives a reason that is not UTF-8"}
	}
	return code, nil
}
