package gateway

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
)

// ParseDynamicToken reads a dynamic token: standard base64 with its padding, in it
// one JSON object with exactly the members signature (40 lowercase hex digits),
// curTime and ttl (whole, 0 to 2^53-1), each once, in any order. Errors never quote
// the token. Spec section 8.
func ParseDynamicToken(token string) (DynamicToken, error) {
	var t DynamicToken
	if len(token) > MaxDynamicToken {
		return t, fmt.Errorf("dynamic token: longer than %d bytes", MaxDynamicToken)
	}
	var in, room [MaxDynamicToken]byte
	n, err := base64.StdEncoding.Strict().Decode(room[:], in[:copy(in[:], token)])
	// A decoder that skips line ends would let one token be written in many ways.
	if err != nil || base64.StdEncoding.EncodedLen(n) != len(token) {
		return t, errors.New("dynamic token: no base64")
	}
	p := tokenParser{text: room[:n]}
	if p.object(&t); p.fault != "" {
		return DynamicToken{}, errors.New("dynamic token: " + p.fault)
	}
	return t, nil
}

// tokenParser reads the JSON of a token. The first fault sticks, and what is read
// after it means nothing.
type tokenParser struct {
	text  []byte
	at    int
	fault string
}

func (p *tokenParser) fail(fault string) {
	if p.fault == "" {
		p.fault = fault
	}
}

// object reads the three members.
func (p *tokenParser) object(t *DynamicToken) {
	p.expect('{')
	var seen uint8
	for n := range 3 {
		if n > 0 {
			p.expect(',')
		}
		name := p.quoted()
		p.expect(':')
		var member uint8
		switch string(name) {
		case "signature":
			member = 1
			p.signature(t)
		case "curTime":
			member = 2
			t.CurTime = p.whole()
		case "ttl":
			member = 4
			t.TTL = p.whole()
		default:
			p.fail("a member that it does not have")
		}
		if seen&member != 0 {
			p.fail("a member twice")
		}
		if seen |= member; p.fault != "" {
			return
		}
	}
	p.expect('}')
	if p.next(); p.at < len(p.text) {
		p.fail("something behind its end")
	}
}

// next skips white space and returns the byte behind it, 0 at the end.
func (p *tokenParser) next() byte {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return c
		}
	}
	return 0
}

// expect takes one byte.
func (p *tokenParser) expect(c byte) {
	if p.next() != c {
		p.fail("no object of three members")
		return
	}
	p.at++
}

// quoted takes a string. None of those that belong here has an escape, so one that
// has is simply another string.
func (p *tokenParser) quoted() []byte {
	p.expect('"')
	s := p.text[p.at:]
	end := bytes.IndexByte(s, '"')
	if end < 0 {
		p.fail("a string without an end")
		return nil
	}
	p.at += end + 1
	return s[:end]
}

func (p *tokenParser) signature(t *DynamicToken) {
	s := p.quoted()
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			s = nil
			break
		}
	}
	if len(s) != len(t.signature) {
		p.fail("a signature that is not 40 lowercase hex digits")
		return
	}
	copy(t.signature[:], s)
}

// whole takes a number without sign, fraction or exponent.
func (p *tokenParser) whole() int64 {
	first := p.next()
	n, digits := int64(0), 0
	for ; p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' && n <= maxWhole; digits++ {
		n = 10*n + int64(p.text[p.at]-'0')
		p.at++
	}
	if digits == 0 || digits > 1 && first == '0' || n > maxWhole {
		p.fail("a number that is not whole, 0 to 2^53-1")
	}
	return n
}
