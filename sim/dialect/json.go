package dialect

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxNesting bounds how deep the JSON of a gateway may nest.
const maxNesting = 64

// jsonPath is a tree of the members that a description looks at: one pass over a
// text validates it and finds them all.
type jsonPath struct {
	key   string // A member's name, or an index in digits.
	index int    // -1 = no index.
	slot  int    // Where its value goes; -1 = only what is below it counts.
	below []jsonPath
}

// add puts a path into the tree.
func (p *jsonPath) add(steps []string, slot int) {
	if len(steps) == 0 {
		p.slot = slot
		return
	}
	for i := range p.below {
		if p.below[i].key == steps[0] {
			p.below[i].add(steps[1:], slot)
			return
		}
	}
	index := -1
	if n, err := strconv.Atoi(steps[0]); err == nil && n >= 0 {
		index = n
	}
	p.below = append(p.below, jsonPath{key: steps[0], index: index, slot: -1})
	p.below[len(p.below)-1].add(steps[1:], slot)
}

// kind is what a value is.
type kind uint8

const (
	absent kind = iota
	text        // Of a string: its characters. Everything that is no JSON is a text.
	number      // Its digits.
	truth       // true or false.
	null
	nested // An object or an array as it stands.
)

// value is what stands at a path of a unit. It is valid until the next unit. The text of
// one that is absent means nothing.
type value struct {
	text []byte
	kind kind
}

// jsonReader reads JSON (RFC 8259) in one pass, strictly. The first fault sticks.
type jsonReader struct {
	in    []byte
	at    int
	bad   bool
	slots []value
	plain []byte // Holds strings that had escapes.
}

// read takes one JSON text with nothing behind it and fills the slots of the tree.
func (r *jsonReader) read(in []byte, root *jsonPath) bool {
	r.in, r.at, r.bad, r.plain = in, 0, false, r.plain[:0]
	r.value(root, 0)
	r.space()
	return !r.bad && r.at == len(r.in)
}

func (r *jsonReader) space() byte {
	if r.at < len(r.in) && r.in[r.at] > ' ' {
		return r.in[r.at] // There rarely is any.
	}
	return r.spaces()
}

func (r *jsonReader) spaces() byte {
	for r.at < len(r.in) {
		switch c := r.in[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

// value takes a value; p says which parts of it count, nil = none.
func (r *jsonReader) value(p *jsonPath, depth int) {
	c := r.space()
	if depth > maxNesting || r.bad {
		r.bad = true
		return
	}
	from := r.at
	var is kind
	switch {
	case c == '"':
		chars := r.text()
		if !r.bad && p != nil && p.slot >= 0 {
			r.slots[p.slot] = value{chars, text}
		}
		return
	case c == '{':
		is = nested
		r.object(p, depth)
	case c == '[':
		is = nested
		r.array(p, depth)
	case c == '-' || c >= '0' && c <= '9':
		is = number
		r.number()
	case c == 't':
		is = truth
		r.word("true")
	case c == 'f':
		is = truth
		r.word("false")
	case c == 'n':
		is = null
		r.word("null")
	default:
		r.bad = true
	}
	if !r.bad && p != nil && p.slot >= 0 {
		r.slots[p.slot] = value{r.in[from:r.at], is}
	}
}

func (r *jsonReader) object(p *jsonPath, depth int) {
	r.at++
	for first := true; ; first = false {
		c := r.space()
		if c == '}' {
			r.at++
			return
		}
		if !first {
			if c != ',' {
				r.bad = true
				return
			}
			r.at++
			c = r.space()
		}
		if c != '"' {
			r.bad = true
			return
		}
		name := r.text()
		if r.space() != ':' {
			r.bad = true
			return
		}
		r.at++
		r.value(p.member(name), depth+1)
		if r.bad {
			return
		}
	}
}

func (r *jsonReader) array(p *jsonPath, depth int) {
	r.at++
	for i := 0; ; i++ {
		c := r.space()
		if c == ']' && i == 0 {
			r.at++
			return
		}
		r.value(p.item(i), depth+1)
		if r.bad {
			return
		}
		switch r.space() {
		case ',':
			r.at++
		case ']':
			r.at++
			return
		default:
			r.bad = true
			return
		}
	}
}

// member returns what counts below a member, nil = nothing.
func (p *jsonPath) member(name []byte) *jsonPath {
	if p == nil {
		return nil
	}
	for i := range p.below {
		if p.below[i].key == string(name) {
			return &p.below[i]
		}
	}
	return nil
}

// item is member for an array's item.
func (p *jsonPath) item(n int) *jsonPath {
	if p == nil {
		return nil
	}
	for i := range p.below {
		if p.below[i].index == n {
			return &p.below[i]
		}
	}
	return nil
}

func (r *jsonReader) word(w string) {
	if !bytes.HasPrefix(r.in[r.at:], []byte(w)) {
		r.bad = true
		return
	}
	r.at += len(w)
}

// number takes a number. RFC 8259, section 6.
func (r *jsonReader) number() {
	if r.in[r.at] == '-' {
		r.at++
	}
	from := r.at
	if n := r.digits(); n == 0 || n > 1 && r.in[from] == '0' {
		r.bad = true
		return
	}
	if r.at < len(r.in) && r.in[r.at] == '.' {
		r.at++
		r.bad = r.digits() == 0
	}
	if r.at < len(r.in) && r.in[r.at]|0x20 == 'e' {
		r.at++
		if r.at < len(r.in) && (r.in[r.at] == '+' || r.in[r.at] == '-') {
			r.at++
		}
		r.bad = r.digits() == 0 || r.bad
	}
}

func (r *jsonReader) digits() int {
	from := r.at
	for r.at < len(r.in) && r.in[r.at]-'0' < 10 {
		r.at++
	}
	return r.at - from
}

// text takes a string. Its characters stand in the input, or, if there were escapes, in
// r.plain.
func (r *jsonReader) text() []byte {
	in, from, wide := r.in, r.at+1, false
	for at := from; at < len(in); at++ {
		c := in[at]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			continue
		}
		switch {
		case c == '"':
			r.at = at + 1
			r.bad = r.bad || wide && !utf8.Valid(in[from:at])
			return in[from:at]
		case c == '\\':
			r.at = at
			return r.escaped(from)
		case c < ' ':
			r.bad = true
			return nil
		}
		wide = true
	}
	r.bad = true
	return nil
}

// escaped takes the rest of a string whose first escape is next.
func (r *jsonReader) escaped(from int) []byte {
	start := len(r.plain)
	r.plain = append(r.plain, r.in[from:r.at]...)
	for r.at < len(r.in) {
		c := r.in[r.at]
		r.at++
		switch {
		case c == '"':
			whole := r.plain[start:]
			r.bad = r.bad || !utf8.Valid(whole)
			return whole
		case c < ' ':
			r.bad = true
			return nil
		case c == '\\':
			r.escape()
		default:
			r.plain = append(r.plain, c)
		}
		if r.bad {
			return nil
		}
	}
	r.bad = true
	return nil
}

// escape takes what follows a backslash. Half of a surrogate pair becomes the
// replacement character, as it does with most readers.
func (r *jsonReader) escape() {
	if r.at == len(r.in) {
		r.bad = true
		return
	}
	c := r.in[r.at]
	r.at++
	switch c {
	case '"', '\\', '/':
		r.plain = append(r.plain, c)
	case 'b':
		r.plain = append(r.plain, '\b')
	case 'f':
		r.plain = append(r.plain, '\f')
	case 'n':
		r.plain = append(r.plain, '\n')
	case 'r':
		r.plain = append(r.plain, '\r')
	case 't':
		r.plain = append(r.plain, '\t')
	case 'u':
		u, ok := r.unit()
		if utf16.IsSurrogate(u) {
			back := r.at
			low := rune(-1)
			if bytes.HasPrefix(r.in[r.at:], []byte(`\u`)) {
				r.at += 2
				low, _ = r.unit()
			}
			if u = utf16.DecodeRune(u, low); u == utf8.RuneError {
				r.at = back
			}
		}
		r.bad = r.bad || !ok
		r.plain = utf8.AppendRune(r.plain, u)
	default:
		r.bad = true
	}
}

// unit takes four hexadecimal digits.
func (r *jsonReader) unit() (rune, bool) {
	if len(r.in)-r.at < 4 {
		return 0, false
	}
	var u rune
	for _, c := range r.in[r.at : r.at+4] {
		switch {
		case c >= '0' && c <= '9':
			u = u<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			u = u<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	r.at += 4
	return u, true
}
