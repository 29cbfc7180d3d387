package scenario

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of a file. A scenario that somebody wrote is far below them.
const (
	MaxBytes = 1 << 20
	MaxDepth = 64
)

// rawDepth bounds nesting as it looks without regard to quotes and comments.
// Whatever the scan below might misjudge, the library never recurses deeper.
const rawDepth = 4 * MaxDepth

// The library needs time that grows with the square of the keys of one block
// mapping and of the values left out; nobody writes so many by hand.
const (
	maxKeys  = 2000
	maxEmpty = 200
)

// maxScanned bounds the faults of a scan: past it the file is no scenario.
const maxScanned = 20

// scan looks at the bytes of a file once, before the library does, and refuses
// what would make the library run away (aliases, deep nesting) or what the
// language leaves out (anchors, tags, merge keys, several documents, tabs). It
// errs only where the text is no valid YAML or a plain scalar goes over several
// lines; reading the tree afterwards checks the same things once more.
func scan(src *source) Faults {
	s := scanner{src: src, rest: src.text, line: 0}
	switch {
	case len(src.text) > MaxBytes:
		return Faults{{File: src.name, Message: fmt.Sprintf("the file has %d bytes, more than %d", len(src.text), MaxBytes),
			Remedy: "long lists of accounts belong into a file of their own: target: {accounts: {file: ...}}"}}
	case strings.TrimSpace(src.text) == "":
		return Faults{{File: src.name, Message: "the file is empty", Remedy: "a scenario needs at least duration and populations; `loginstorm schema` describes it"}}
	}
	for len(s.faults) < maxScanned && s.next() {
		s.scanLine()
	}
	return s.faults
}

// scanPatch looks at the value of a patch as scan does at a file.
func scanPatch(src *source, patch int) Faults {
	s := scanner{src: src, patch: patch, rest: src.patches[patch-1].Text}
	for len(s.faults) < maxScanned && s.next() {
		s.scanLine()
	}
	return s.faults
}

// scanner goes through a file line by line.
type scanner struct {
	src    *source
	patch  int // Which patch is scanned, from 1; 0 = the file.
	rest   string
	text   string // The line.
	line   int
	quote  byte // Within a quoted scalar: its quote.
	flow   int  // Depth of [ and {.
	raw    int  // Depth of [ and {, quoted or not.
	block  int  // Within a block scalar: the column its parent stands in; -1 = not.
	opened bool // Between --- and the end of its line, or past any content.
	inits  bool
	stack  []int   // Columns of the block collections around.
	levels []level // Ever deeper lines, quoted or not.
	empty  int     // Lines that end with a colon and open nothing.
	faults Faults
}

func (s *scanner) next() bool {
	if s.rest == "" {
		return false
	}
	if !s.inits {
		s.inits, s.block = true, -1
		s.rest = strings.TrimPrefix(s.rest, "\ufeff")
	}
	s.text, s.rest, _ = strings.Cut(s.rest, "\n")
	s.text = strings.TrimSuffix(s.text, "\r")
	s.line++
	return true
}

func (s *scanner) fault(i int, message, remedy string) {
	at := where{Place{s.line, utf8.RuneCountInString(s.text[:min(i, len(s.text))]) + 1}, s.patch}
	s.faults = append(s.faults, s.src.fault(at, message, remedy))
}

const tooDeep = "nested deeper than 64 levels"

func (s *scanner) scanLine() {
	if !s.legible() || !s.shallow() {
		return
	}
	i := 0
	for i < len(s.text) && s.text[i] == ' ' {
		i++
	}
	switch {
	case s.quote != 0:
		s.tokens(s.quoted(0))
		return
	case s.block >= 0 && (i > s.block || i == len(s.text)):
		return
	case i == len(s.text):
		return
	}
	s.block = -1
	if s.text[i] == '\t' && strings.TrimSpace(s.text) != "" && s.flow == 0 {
		s.fault(i, "a tab indents this line", "YAML indents by spaces alone")
		return
	}
	if s.flow == 0 && i == 0 && s.marker() {
		return
	}
	if s.flow > 0 {
		s.tokens(i)
		return
	}
	s.tokens(s.indent(i))
}

// legible refuses bytes that are no text.
func (s *scanner) legible() bool {
	for i := 0; i < len(s.text); {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			s.fault(i, "not UTF-8 text", "save the file as UTF-8")
			return false
		case r < ' ' && r != '\t' || r == 0x7f || r == '\ufeff':
			s.fault(i, fmt.Sprintf("a control character (%U) stands here", r), "delete it")
			return false
		}
		i += n
	}
	return true
}

// level is a run of lines that begin in the same column.
type level struct {
	column int
	keys   int
	colon  bool // The last of them ends with a colon.
}

// shallow holds the bounds that do not care for quotes and comments.
func (s *scanner) shallow() bool {
	body := strings.TrimLeft(s.text, " -?:\t")
	indent := len(s.text) - len(body)
	if !s.narrow(indent, body) {
		return false
	}
	dashes := strings.Count(s.text[:indent], "-") + strings.Count(s.text[:indent], "?") + strings.Count(s.text[:indent], ":")
	at := 0
	for ; at < len(s.text) && s.raw <= rawDepth; at++ {
		switch s.text[at] {
		case '[', '{':
			s.raw++
		case ']', '}':
			s.raw = max(0, s.raw-1)
		}
	}
	if s.raw > rawDepth || len(s.levels) > rawDepth || dashes > rawDepth && strings.Trim(s.text, " -") != "" {
		s.fault(min(at, indent+rawDepth), tooDeep, "")
		s.rest = ""
		return false
	}
	return true
}

// narrow bounds the keys of a mapping and the values that are left out.
func (s *scanner) narrow(indent int, body string) bool {
	if body == "" || body[0] == '#' {
		return true
	}
	if dash := len(s.text) - len(strings.TrimLeft(s.text, " ")); s.text[dash] == '-' {
		// An item ends what is deeper, and is no key of what stands in its column.
		s.enter(dash).colon = false
	}
	l := s.enter(indent)
	if l.colon {
		s.empty++
	}
	l.keys++
	text, _, _ := strings.Cut(body, " #")
	l.colon = strings.HasSuffix(strings.TrimRight(text, " \t"), ":")
	switch {
	case l.keys > maxKeys:
		s.fault(indent, fmt.Sprintf("more than %d keys stand in one mapping", maxKeys), "split it, or write it as a list")
	case s.empty > maxEmpty:
		s.fault(indent, fmt.Sprintf("more than %d keys have no value", maxEmpty), "write values, or leave the keys out")
	default:
		return true
	}
	s.rest = ""
	return false
}

// enter leaves what is deeper than a column and returns the column's level.
func (s *scanner) enter(column int) *level {
	for len(s.levels) > 0 && s.levels[len(s.levels)-1].column > column {
		s.levels = s.levels[:len(s.levels)-1]
	}
	if n := len(s.levels); n == 0 || s.levels[n-1].column < column {
		s.levels = append(s.levels, level{column: column})
	}
	return &s.levels[len(s.levels)-1]
}

// marker handles lines that begin or end a document.
func (s *scanner) marker() bool {
	switch {
	case strings.HasPrefix(s.text, "%"):
		s.fault(0, "a YAML directive stands here", "leave it out")
		return true
	case s.text == "---" || strings.HasPrefix(s.text, "--- "), s.text == "..." || strings.HasPrefix(s.text, "... "):
		if s.opened {
			if strings.Trim(s.text, ". ") == "" && strings.TrimSpace(s.rest) == "" {
				return true
			}
			s.fault(0, "a second document begins here", "a scenario file holds one document")
			s.rest = ""
		}
		s.opened = true
		if len(s.text) > 4 {
			s.tokens(4)
		}
		return true
	}
	return false
}

// indent keeps the stack of block collections and returns where the line's
// first scalar or key begins.
func (s *scanner) indent(i int) int {
	for {
		for len(s.stack) > 0 && s.stack[len(s.stack)-1] >= i {
			s.stack = s.stack[:len(s.stack)-1]
		}
		if i >= len(s.text) || s.text[i] == '#' {
			return i
		}
		s.stack = append(s.stack, i)
		if len(s.stack) > MaxDepth {
			s.fault(i, tooDeep, "")
			s.rest = ""
			return len(s.text)
		}
		if s.text[i] == '?' && (i+1 == len(s.text) || s.text[i+1] == ' ') {
			s.fault(i, "an explicit key (?) stands here", "write key: value")
			return len(s.text)
		}
		if s.text[i] != '-' || i+1 < len(s.text) && s.text[i+1] != ' ' {
			return i
		}
		i++
		for i < len(s.text) && s.text[i] == ' ' {
			i++
		}
	}
}

// tokens goes through the rest of a line; i is where a token may begin.
func (s *scanner) tokens(i int) {
	for i < len(s.text) && len(s.faults) < maxScanned {
		s.opened = s.opened || s.text[i] != '#'
		c, rest := s.text[i], s.text[i+1:]
		word := rest != "" && rest[0] != ' ' && rest[0] != '\t'
		switch {
		case c == ' ' || c == '\t' || c == ':' || c == ',' && s.flow > 0:
			i++
		case c == '#' && (i == 0 || strings.IndexByte(" \t,[{", s.text[i-1]) >= 0):
			return
		case c == '&' && word:
			s.fault(i, "an anchor stands here", "scenarios have no anchors and aliases; if it is text, put it in quotes")
			i = s.plain(i)
		case c == '*' && word:
			s.fault(i, "an alias stands here", "scenarios have no anchors and aliases; if it is text, put it in quotes")
			i = s.plain(i)
		case c == '!':
			s.fault(i, "a tag stands here", "scenarios have no tags; if it is text, put it in quotes")
			i = s.plain(i)
		case c == '<' && strings.HasPrefix(rest, "<") && strings.HasPrefix(strings.TrimLeft(rest[1:], " "), ":"):
			s.fault(i, "a merge key stands here", "scenarios have no merge keys: write the values out")
			i = s.plain(i)
		case c == '"' || c == '\'':
			s.quote = c
			i = s.quoted(i + 1)
		case c == '[' || c == '{':
			s.flow++
			if s.flow+len(s.stack) > MaxDepth {
				s.fault(i, tooDeep, "")
				s.rest = ""
				return
			}
			i++
		case c == ']' || c == '}':
			s.flow = max(0, s.flow-1)
			i++
		case (c == '|' || c == '>') && s.flow == 0:
			s.block = 0
			if len(s.stack) > 0 {
				s.block = s.stack[len(s.stack)-1]
			}
			return
		default:
			i = s.plain(i)
		}
	}
}

// quoted goes to behind the closing quote, or to the end of the line.
func (s *scanner) quoted(i int) int {
	for ; i < len(s.text); i++ {
		switch {
		case s.text[i] == '\\' && s.quote == '"':
			i++
		case s.text[i] == s.quote && s.quote == '\'' && i+1 < len(s.text) && s.text[i+1] == '\'':
			i++
		case s.text[i] == s.quote:
			s.quote = 0
			return i + 1
		}
	}
	return len(s.text)
}

// plain goes to the end of a plain scalar.
func (s *scanner) plain(i int) int {
	for i++; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == ':' && (i+1 == len(s.text) || strings.IndexByte(" \t", s.text[i+1]) >= 0 || s.flow > 0 && strings.IndexByte(",[]{}", s.text[i+1]) >= 0),
			c == '#' && strings.IndexByte(" \t", s.text[i-1]) >= 0,
			s.flow > 0 && strings.IndexByte(",[]{}", c) >= 0:
			return i
		}
	}
	return i
}
