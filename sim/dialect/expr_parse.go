package dialect

import (
	"strconv"
	"strings"
)

// exprParser reads an expression: name, 'text', 12, function(a, b).
type exprParser struct {
	c    *compiler
	path string
	in   string
	at   int
	bad  bool
}

// expression compiles a text; faults point at path.
func (c *compiler) expression(path, in string) expr {
	p := exprParser{c: c, path: path, in: in}
	x := p.expr(0)
	p.space()
	if !p.bad && p.at < len(in) {
		p.fail("something stands behind the value: "+in[p.at:], "write one name, text or function in ${...}")
	}
	return x
}

func (p *exprParser) fail(message, remedy string) {
	if !p.bad {
		p.bad = true
		p.c.fault(p.path, "${"+p.in+"}: "+message, remedy)
	}
}

func (p *exprParser) space() byte {
	for p.at < len(p.in) {
		if c := p.in[p.at]; c != ' ' && c != '\n' && c != '\t' {
			return c
		}
		p.at++
	}
	return 0
}

// maxCalls bounds how deep functions may nest.
const maxCalls = 16

func (p *exprParser) expr(depth int) expr {
	c := p.space()
	switch {
	case depth > maxCalls:
		p.fail("functions nest too deep", "")
	case c == '\'' || c == '"':
		return expr{op: opText, text: p.literal(c)}
	case c == '-' || c >= '0' && c <= '9':
		from := p.at
		for p.at++; p.at < len(p.in) && p.in[p.at] >= '0' && p.in[p.at] <= '9'; p.at++ {
		}
		return expr{op: opText, text: p.in[from:p.at]}
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
		from := p.at
		for p.at < len(p.in) && (isWord(p.in[p.at]) || p.in[p.at] == '.') {
			p.at++
		}
		word := p.in[from:p.at]
		if p.space() == '(' {
			return p.function(word, depth)
		}
		return p.name(word)
	default:
		p.fail("a value is missing", "write a name, a 'text', a number or a function")
	}
	return expr{}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// literal takes a text in quotes; \0 \n \r \t \\ \' \" stand for what they do in C.
func (p *exprParser) literal(quote byte) string {
	var b strings.Builder
	for p.at++; p.at < len(p.in); p.at++ {
		c := p.in[p.at]
		switch {
		case c == quote:
			p.at++
			return b.String()
		case c == '\\' && p.at+1 < len(p.in):
			p.at++
			i := strings.IndexByte(`0nrt\'"`, p.in[p.at])
			if i < 0 {
				p.fail(`\`+p.in[p.at:p.at+1]+" is no escape", `escapes are \0 \n \r \t \\ \' \"`)
				return ""
			}
			b.WriteByte("\x00\n\r\t\\'\""[i])
		default:
			b.WriteByte(c)
		}
	}
	p.fail("a quote is not closed", "")
	return ""
}

func (p *exprParser) name(word string) expr {
	if value, ok := p.c.d.Settings[word]; ok {
		return expr{op: opText, text: value}
	}
	for i, cap := range p.c.captures {
		if cap.name == word {
			return expr{op: opCapture, index: i}
		}
	}
	for i, column := range p.c.columns {
		if column == word {
			return expr{op: opColumn, index: i}
		}
	}
	o, ok := nameOf(word)
	if !ok {
		p.unknown("name", word)
	}
	return expr{op: o}
}

func (p *exprParser) unknown(what, word string) {
	remedy := "a name is of the account, of settings, of columns, or captured by a rule"
	if near := nearest(word, p.c.words()); near != "" {
		remedy = "did you mean " + near + "?"
	}
	p.fail("unknown "+what+" `"+word+"`", remedy)
}

func (p *exprParser) function(word string, depth int) expr {
	f, ok := functionOf(word)
	if !ok {
		p.unknown("function", word)
		return expr{}
	}
	p.at++
	x := expr{op: f.op}
	for p.space() != ')' && !p.bad {
		x.args = append(x.args, p.expr(depth+1))
		switch p.space() {
		case ',':
			p.at++
		case ')':
		default:
			p.fail("a comma or ) is missing", "")
		}
	}
	p.at++
	if n := len(x.args); !p.bad && (n < f.least || f.most >= 0 && n > f.most) {
		p.fail(word+" takes "+countWords(f)+", not "+strconv.Itoa(n), "")
	}
	p.check(word, &x)
	return x
}

func countWords(f signature) string {
	switch {
	case f.least == f.most && f.least == 1:
		return "one argument"
	case f.least == f.most:
		return strconv.Itoa(f.least) + " arguments"
	case f.most < 0:
		return "at least " + strconv.Itoa(f.least) + " arguments"
	}
	return "from " + strconv.Itoa(f.least) + " to " + strconv.Itoa(f.most) + " arguments"
}

// check holds what a function wants of its arguments.
func (p *exprParser) check(word string, x *expr) {
	if p.bad {
		return
	}
	switch x.op {
	case opUnix, opUnixMs:
		if len(x.args) == 1 && (x.args[0].op != opText || !x.args[0].number()) {
			p.fail(word+" takes a number that is added to the time", "write "+word+"(3600)")
		}
	case opJWT:
		if len(x.args)%2 == 0 {
			p.fail("jwt takes a key, and then names and values of claims in turn", "write jwt(secret, 'sub', account, 'exp', unix(3600))")
		}
	case opSASLFirst:
		if m := x.args[0]; m.op != opText || m.text != plain && hashOf(m.text) == nil {
			p.fail("saslFirst takes the name of a mechanism", "write 'PLAIN', 'SCRAM-SHA-1' or 'SCRAM-SHA-256', or a setting that is one")
		}
	}
}
