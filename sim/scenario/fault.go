package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Place is where something stands in a file, both counted from 1; columns count
// characters. The zero Place is the file as a whole.
type Place struct{ Line, Column int }

func (p Place) compare(q Place) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Fault is something wrong with a file: where, what, and what to do about it.
type Fault struct {
	File    string
	Place   Place
	Message string // Lower case, no full stop.
	Remedy  string // What to write instead; "" = the message says it.
	Excerpt string // The offending line, cut around the column; "" = none.
	caret   int    // Column of the caret in Excerpt, from 0.
	within  where  // The patch at fault, and where in it; zero = the file.
}

// String returns the fault on one line: file:line:column: message.
func (f Fault) String() string {
	switch {
	case f.Place == Place{}:
		return f.File + ": " + f.Message
	default:
		return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Place.Line, f.Place.Column, f.Message)
	}
}

// Faults is every fault of a file, in the order of their places. It is an error.
type Faults []Fault

// Error returns the faults, one a line, without excerpts.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// maxPrinted bounds what Format prints: past it nobody reads on.
const maxPrinted = 50

// Format returns the faults for people: each with its excerpt, a caret under the
// place, and the remedy.
func (fs Faults) Format() string {
	var b strings.Builder
	for i, f := range fs {
		if i == maxPrinted {
			fmt.Fprintf(&b, "... and %d more faults.\n", len(fs)-i)
			break
		}
		b.WriteString(f.String())
		b.WriteByte('\n')
		if f.Excerpt != "" {
			fmt.Fprintf(&b, "%5d | %s\n      | %*s\n", f.Place.Line, f.Excerpt, f.caret+1, "^")
		}
		if f.Remedy != "" {
			fmt.Fprintf(&b, "      = %s\n", f.Remedy)
		}
	}
	return b.String()
}

// sort orders faults by place, then message, and drops repetitions.
func (fs Faults) sort() Faults {
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(a.Place.compare(b.Place), cmp.Compare(a.within.patch, b.within.patch), a.within.compare(b.within.Place),
			strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(fs, func(a, b Fault) bool {
		return a.Place == b.Place && a.within == b.within && a.Message == b.Message
	})
}

// Sort returns the faults in the order of their places, repetitions dropped.
func (fs Faults) Sort() Faults { return slices.Clone(fs).sort() }

// source is the text of a file, for excerpts, and of the patches on it.
type source struct {
	name    string
	text    string
	patches []Patch
	word    string // What such a file is called; "" = a scenario.
}

// excerptWidth bounds an excerpt, in characters.
const excerptWidth = 100

// fault builds a fault with its excerpt. A fault of a patch shows the patch alone.
func (s *source) fault(at where, message, remedy string) Fault {
	if at.patch > 0 {
		return Fault{File: s.patches[at.patch-1].String(), Message: message, Remedy: remedy, within: at}
	}
	message, remedy = s.reword(message), s.reword(remedy)
	f := Fault{File: s.name, Place: at.Place, Message: message, Remedy: remedy}
	if at.Line < 1 {
		return f
	}
	f.Excerpt, f.caret = cut(s.line(at), at.Column-1)
	return f
}

// line returns a line without its end, of the file or of a patch.
func (s *source) line(at where) string {
	rest := s.text
	if at.patch > 0 {
		rest = s.patches[at.patch-1].Text
	}
	for n := at.Line; n > 1; n-- {
		i := strings.IndexByte(rest, '\n')
		if i < 0 {
			return ""
		}
		rest = rest[i+1:]
	}
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return strings.TrimSuffix(rest, "\r")
}

// cut returns the part of a line around a column, and the column within it.
// What a terminal would obey is shown as a question mark.
func cut(line string, column int) (string, int) {
	var kept []rune
	first := max(0, column-excerptWidth*2/3)
	i, more := 0, false
	for _, r := range line {
		if i >= first+excerptWidth {
			more = true
			break
		}
		if i >= first {
			switch {
			case r == '\t':
				r = ' '
			case r == utf8.RuneError || !unicode.IsPrint(r):
				r = '?'
			}
			kept = append(kept, r)
		}
		i++
	}
	text, at := string(kept), min(max(column, 0), i)-first
	if first > 0 {
		text, at = "..."+text, at+3
	}
	if more {
		text += "..."
	}
	return text, at
}
