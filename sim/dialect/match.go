package dialect

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// sourceKind is where a value comes from.
type sourceKind uint8

const (
	fromSlot   sourceKind = iota
	fromText              // The whole message, or the text of a close.
	fromPrefix            // What stands before the JSON.
	fromState             // The state's name.
	fromNoted             // What was noted.
	fromCode              // The close code.
)

// source is where a value comes from.
type source struct {
	kind sourceKind
	slot int
}

// get returns the value; what was noted has none.
func (f source) get(s *Session, g *described, sc *Scratch) value {
	switch f.kind {
	case fromSlot:
		if v := &sc.slots[f.slot]; v.kind != absent {
			return *v
		}
	case fromText:
		return value{sc.raw, text}
	case fromPrefix:
		return value{sc.prefix, text}
	case fromState:
		sc.plain = append(sc.plain[:0], g.states[s.phase].name...)
		return value{sc.plain, text}
	case fromCode:
		sc.plain = strconv.AppendUint(sc.plain[:0], uint64(sc.code), 10)
		return value{sc.plain, number}
	}
	return value{}
}

// testKind is what a field has to be.
type testKind uint8

const (
	isEqual testKind = iota
	isOther
	isOneOf
	isThere
	isAbsent
	isLike
	isIncluded
	isLeast
	isMost
)

// matcher is one condition on one field.
type matcher struct {
	from  source
	op    testKind
	word  string
	words []string
	bound float64
	re    *regexp.Regexp
	plain bool   // It is a field of the message that equals a word.
	note  uint32 // Of $noted: the bits of the words.
}

// fits reports whether the condition holds.
func (m *matcher) fits(s *Session, g *described, sc *Scratch) bool {
	if m.from.kind == fromNoted {
		there := s.extra != nil && s.extra.notes&m.note != 0
		return there != (m.op == isOther || m.op == isAbsent)
	}
	v := m.from.get(s, g, sc)
	switch m.op {
	case isEqual:
		return v.is(m.word)
	case isOther:
		return !v.is(m.word)
	case isOneOf:
		for _, w := range m.words {
			if v.is(w) {
				return true
			}
		}
		return false
	case isThere:
		return v.kind != absent
	case isAbsent:
		return v.kind == absent
	case isLike:
		return v.kind != absent && m.re.Match(v.text)
	case isIncluded:
		return v.includes(m.word)
	}
	n, err := strconv.ParseFloat(string(v.text), 64)
	if err != nil || v.kind == absent {
		return false
	}
	return m.op == isLeast && n >= m.bound || m.op == isMost && n <= m.bound
}

// is compares with a word of the description. A number is equal however it is written.
func (v value) is(word string) bool {
	switch {
	case v.kind == absent:
		return false
	case string(v.text) == word:
		return true
	case v.kind != number || !bytes.ContainsAny(v.text, ".eE") && !strings.ContainsAny(word, ".eE"):
		return false
	}
	a, err := strconv.ParseFloat(string(v.text), 64)
	b, also := strconv.ParseFloat(word, 64)
	return err == nil && also == nil && a == b
}

// includes looks for a word among lines, or among the items of a JSON array.
func (v value) includes(word string) bool {
	if v.kind != nested {
		for line := range bytes.SplitSeq(v.text, []byte("\n")) {
			if v.kind != absent && string(line) == word {
				return true
			}
		}
		return false
	}
	var found bool
	eachItem(v.text, func(item value) bool {
		found = item.is(word)
		return !found
	})
	return found
}

// eachItem visits the items of an array that was read already.
func eachItem(array []byte, visit func(value) bool) {
	if len(array) == 0 || array[0] != '[' {
		return
	}
	slots := make([]value, 1)
	r := jsonReader{in: array, at: 1, slots: slots}
	whole := jsonPath{slot: 0, index: -1}
	for r.space() != ']' && !r.bad && r.at < len(r.in) {
		slots[0] = value{}
		r.value(&whole, 1)
		if r.bad || !visit(slots[0]) {
			return
		}
		if r.space() == ',' {
			r.at++
		}
	}
}
