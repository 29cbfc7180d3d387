package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values that are skipped may nest: no message needs
// more than three levels.
const maxDepth = 32

// scanner reads JSON (RFC 8259) from a byte slice in one pass. The first fault
// sticks: after it every method returns a zero value at once.
type scanner struct {
	in    []byte
	at    int    // Offset of what is read next.
	fault string // What is wrong at offset at; "" = nothing yet.
	plain []byte // Holds the last string that had escapes.
}

func (s *scanner) fail(problem string) {
	if s.fault == "" {
		s.fault = problem
	}
}

// next skips white space and returns the byte behind it, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.in) {
		switch c := s.in[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// expect takes the byte c after white space.
func (s *scanner) expect(c byte, problem string) {
	if s.fault != "" {
		return
	}
	if s.next() != c || s.at == len(s.in) {
		s.fail(problem)
		return
	}
	s.at++
}

// end demands that nothing but white space is left.
func (s *scanner) end() {
	if s.fault == "" && (s.next() != 0 || s.at < len(s.in)) {
		s.fail("has something behind its end")
	}
}

// more steps to the next member of an object or array that ends with stop, or
// takes the stop and returns false.
func (s *scanner) more(first bool, stop byte) bool {
	if s.fault != "" {
		return false
	}
	c := s.next()
	if c == stop {
		s.at++
		return false
	}
	if !first {
		if c != ',' {
			s.fail("lacks a comma or an end")
			return false
		}
		s.at++
		if s.next() == stop {
			s.fail("has a comma before its end")
			return false
		}
	}
	return true
}

// name takes the name of an object's member and its colon. It is valid until
// the next string is read.
func (s *scanner) name() []byte {
	name := s.text()
	s.expect(':', "lacks a colon")
	return name
}

// text takes a string and returns its characters, valid until the next call.
func (s *scanner) text() []byte {
	s.expect('"', "is no string")
	if s.fault != "" {
		return nil
	}
	from := s.at
	wide := false
	for ; s.at < len(s.in); s.at++ {
		switch c := s.in[s.at]; {
		case c == '"':
			raw := s.in[from:s.at]
			if wide && !utf8.Valid(raw) {
				s.fail("is no UTF-8")
				return nil
			}
			s.at++
			return raw
		case c == '\\':
			return s.escaped(from)
		case c < ' ':
			s.fail("has a control character in a string")
			return nil
		case c >= utf8.RuneSelf:
			wide = true
		}
	}
	s.fail("ends within a string")
	return nil
}

// escaped takes the rest of a string that began at from and whose first escape
// is next.
func (s *scanner) escaped(from int) []byte {
	s.plain = append(s.plain[:0], s.in[from:s.at]...)
	for s.at < len(s.in) {
		c := s.in[s.at]
		s.at++
		switch {
		case c == '"':
			if !utf8.Valid(s.plain) {
				s.fail("is no UTF-8")
				return nil
			}
			return s.plain
		case c < ' ':
			s.fail("has a control character in a string")
			return nil
		case c != '\\':
			s.plain = append(s.plain, c)
		default:
			if !s.escape() {
				s.fail("has a bad escape in a string")
				return nil
			}
		}
	}
	s.fail("ends within a string")
	return nil
}

// escape takes what follows a backslash. Half of a surrogate pair is no character.
func (s *scanner) escape() bool {
	if s.at == len(s.in) {
		return false
	}
	c := s.in[s.at]
	s.at++
	switch c {
	case '"', '\\', '/':
		s.plain = append(s.plain, c)
		return true
	case 'u':
		r, ok := s.unit()
		if ok && utf16.IsSurrogate(r) {
			if !bytes.HasPrefix(s.in[s.at:], []byte(`\u`)) {
				return false
			}
			s.at += 2
			var low rune
			low, ok = s.unit()
			r = utf16.DecodeRune(r, low)
			ok = ok && r != utf8.RuneError
		}
		if ok {
			s.plain = utf8.AppendRune(s.plain, r)
		}
		return ok
	}
	if i := bytes.IndexByte([]byte("bfnrt"), c); i >= 0 {
		s.plain = append(s.plain, "\b\f\n\r\t"[i])
		return true
	}
	return false
}

// unit takes four hexadecimal digits.
func (s *scanner) unit() (rune, bool) {
	if len(s.in)-s.at < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s.in[s.at : s.at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	s.at += 4
	return r, true
}

// whole takes a number without fraction and exponent between least and most.
func (s *scanner) whole(least, most int64) int64 {
	if s.fault != "" {
		return 0
	}
	negative := s.next() == '-'
	if negative {
		s.at++
	}
	from := s.at
	var n int64
	for ; s.at < len(s.in) && digit(s.in[s.at]); s.at++ {
		if s.at-from >= 18 { // More digits than any bound has.
			s.fail("is out of range")
			return 0
		}
		n = n*10 + int64(s.in[s.at]-'0')
	}
	if negative {
		n = -n
	}
	switch {
	case s.at == from || s.in[from] == '0' && s.at-from > 1:
		s.fail("is no whole number")
	case s.at < len(s.in) && (s.in[s.at] == '.' || s.in[s.at]|0x20 == 'e'):
		s.fail("is no whole number")
	case n < least || n > most:
		s.fail("is out of range")
	default:
		return n
	}
	return 0
}

// truth takes true or false.
func (s *scanner) truth() bool {
	if s.word("true") {
		return true
	}
	if !s.word("false") {
		s.fail("is neither true nor false")
	}
	return false
}

// word takes w if it comes next, after white space.
func (s *scanner) word(w string) bool {
	if s.fault != "" {
		return false
	}
	s.next()
	if len(s.in)-s.at < len(w) || string(s.in[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// skip takes a value of any type.
func (s *scanner) skip(depth int) {
	if s.fault != "" {
		return
	}
	if depth > maxDepth {
		s.fail("is nested too deep")
		return
	}
	switch c := s.next(); {
	case c == '"':
		s.text()
	case c == '{':
		s.at++
		for first := true; s.more(first, '}'); first = false {
			s.name()
			s.skip(depth + 1)
		}
	case c == '[':
		s.at++
		for first := true; s.more(first, ']'); first = false {
			s.skip(depth + 1)
		}
	case c == '-' || digit(c):
		s.number()
	case s.word("true"), s.word("false"), s.word("null"):
	default:
		s.fail("has no value")
	}
}

// number takes any JSON number.
func (s *scanner) number() {
	if s.in[s.at] == '-' {
		s.at++
	}
	from := s.at
	if n := s.digits(); n == 0 || n > 1 && s.in[from] == '0' {
		s.fail("has a bad number")
		return
	}
	if s.at < len(s.in) && s.in[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			s.fail("has a bad number")
			return
		}
	}
	if s.at < len(s.in) && s.in[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.in) && (s.in[s.at] == '+' || s.in[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			s.fail("has a bad number")
		}
	}
}

func (s *scanner) digits() (n int) {
	for ; s.at < len(s.in) && digit(s.in[s.at]); s.at++ {
		n++
	}
	return n
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
