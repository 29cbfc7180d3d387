package dialect

import (
	"strings"
	"unicode/utf8"
)

// template is a text with values in it: ${account}. Between $[ and ]$ stands what is
// left out when a value in it is empty; $$ is a dollar.
type template []part

// part is a text, a value, or a section.
type part struct {
	text    string
	value   *expr
	section template
}

// escape is how values are written into what is around them.
type escape uint8

const (
	asIs escape = iota
	asJSON
	asXML
	asURL
)

// template compiles a text; faults point at path.
func (c *compiler) template(path, in string, mode escape) template {
	t, rest := c.parts(path, in, false, mode)
	if rest != "" {
		c.fault(path, "]$ stands where no $[ is open", "write $$ for a dollar")
	}
	return t
}

// parts compiles up to the end, or within a section to behind its ]$.
func (c *compiler) parts(path, in string, section bool, mode escape) (t template, rest string) {
	for {
		i := strings.IndexByte(in, '$')
		if end := strings.Index(in, "]$"); end >= 0 && (i < 0 || end < i) && section {
			return t.text(in[:end]), in[end+2:]
		}
		if i < 0 || i+1 == len(in) {
			if section {
				c.fault(path, "$[ is not closed", "write ]$ behind what may be left out")
			}
			return t.text(in), ""
		}
		t = t.text(in[:i])
		in = in[i:]
		switch in[1] {
		case '$':
			t, in = t.text("$"), in[2:]
		case '{':
			end := closing(in)
			if end < 0 {
				c.fault(path, "${ is not closed", "write } behind the value; $$ is a dollar")
				return t, ""
			}
			x := c.expression(path, in[2:end])
			if x.bytes() {
				c.fault(path, in[:end+1]+" is no text", "put hex(...) or base64(...) around it")
			}
			t, in = append(t, part{value: x.guarded(mode)}), in[end+1:]
		case '[':
			if section {
				c.fault(path, "$[ stands within $[", "sections do not nest")
				return t, ""
			}
			var s template
			s, in = c.parts(path, in[2:], true, mode)
			t = append(t, part{section: s})
		default:
			t, in = t.text("$"), in[1:]
		}
	}
}

func (t template) text(s string) template {
	switch {
	case s == "":
		return t
	case len(t) > 0 && t[len(t)-1].value == nil && t[len(t)-1].section == nil:
		t[len(t)-1].text += s
		return t
	}
	return append(t, part{text: s})
}

// closing returns where the } of a value stands that begins with ${, -1 = nowhere.
func closing(in string) int {
	quote := byte(0)
	for i := 2; i < len(in); i++ {
		switch c := in[i]; {
		case quote != 0 && c == '\\':
			i++
		case c == quote:
			quote = 0
		case quote != 0:
		case c == '\'' || c == '"':
			quote = c
		case c == '}':
			return i
		}
	}
	return -1
}

// guarded returns the expression with the escapes that its place wants.
func (x expr) guarded(mode escape) *expr {
	x.mode = mode
	if x.escaped() || x.op == opBase64 && mode == asJSON {
		x.mode = asIs
	}
	return &x
}

// append appends the template as it is said.
func (t template) append(dst []byte, sp *speech) []byte {
	dst, _ = t.appendFull(dst, sp)
	return dst
}

// appendFull also tells whether every value was there.
func (t template) appendFull(dst []byte, sp *speech) (_ []byte, full bool) {
	full = true
	for i := range t {
		p := &t[i]
		mark := len(dst)
		switch {
		case p.value == nil && p.section == nil:
			dst = append(dst, p.text...)
		case p.value != nil:
			dst = p.value.append(dst, sp)
			full = full && len(dst) > mark
			if p.value.mode != asIs {
				dst = escapeFrom(dst, mark, p.value.mode)
			}
		default:
			whole := false
			if dst, whole = p.section.appendFull(dst, sp); !whole {
				dst = dst[:mark]
			}
		}
	}
	return dst, full
}

// constant returns the text of a template without values.
func (t template) constant() (string, bool) {
	switch {
	case len(t) == 0:
		return "", true
	case len(t) == 1 && t[0].value == nil && t[0].section == nil:
		return t[0].text, true
	}
	return "", false
}

// personal reports whether a value of the account is in the template.
func (t template) personal() bool {
	for i := range t {
		if t[i].value != nil && t[i].value.personal() || t[i].section.personal() {
			return true
		}
	}
	return false
}

// settled is constant for a template whose values are settings.
func (t template) settled() (string, bool) {
	var b strings.Builder
	for i := range t {
		switch {
		case t[i].section != nil, t[i].value != nil && t[i].value.op != opText:
			return b.String(), false
		case t[i].value != nil:
			b.WriteString(t[i].value.text)
		}
		b.WriteString(t[i].text)
	}
	return b.String(), true
}

// escapeFrom escapes what stands behind a mark.
func escapeFrom(dst []byte, mark int, mode escape) []byte {
	if mode == asJSON {
		for mark < len(dst) && plainJSON(dst[mark]) {
			mark++
		}
	}
	for i := mark; i < len(dst); i++ {
		if special(dst[i], mode) {
			tail := append([]byte(nil), dst[i:]...)
			return appendEscaped(dst[:i], tail, mode)
		}
	}
	return dst
}

// plainJSON reports whether a byte stands for itself in a JSON string.
func plainJSON(c byte) bool { return c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf }

// special reports whether a byte may have to be escaped.
func special(c byte, mode escape) bool {
	switch mode {
	case asJSON:
		return !plainJSON(c)
	case asXML:
		return c < ' ' || c == '<' || c == '>' || c == '&' || c == '"' || c == '\'' || c >= utf8.RuneSelf
	case asURL:
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0)
	}
	return false
}

// appendEscaped appends in with its escapes. Bytes that are no UTF-8 become the
// replacement character, but in a URL.
func appendEscaped(dst, in []byte, mode escape) []byte {
	const digits = "0123456789ABCDEF"
	if mode == asIs {
		return append(dst, in...)
	}
	for i := 0; i < len(in); {
		c := in[i]
		switch {
		case !special(c, mode):
			dst = append(dst, c)
		case mode == asURL:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(in[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		case mode == asJSON && c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15]|0x20)
		case mode == asJSON:
			dst = append(dst, '\\', c)
		default:
			dst = appendEntity(dst, c)
		}
		i++
	}
	return dst
}

// appendEntity writes a character that XML text cannot hold as it is. XML 1.0, section
// 2.2 has no way to say the control characters; they become spaces.
func appendEntity(dst []byte, c byte) []byte {
	switch c {
	case '<':
		return append(dst, "&lt;"...)
	case '>':
		return append(dst, "&gt;"...)
	case '&':
		return append(dst, "&amp;"...)
	case '"':
		return append(dst, "&quot;"...)
	case '\'':
		return append(dst, "&apos;"...)
	case '\t':
		return append(dst, "&#9;"...)
	case '\n':
		return append(dst, "&#10;"...)
	case '\r':
		return append(dst, "&#13;"...)
	}
	return append(dst, ' ')
}
