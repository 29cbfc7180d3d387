package scenario

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// where is where something was written: at a place of the file, or in a patch.
type where struct {
	Place
	patch int // Counted from 1; 0 = the file.
}

// spot is where a key and its value stand.
type spot struct{ key, value where }

// tree is a value of a file, with what a patch changed in it.
type tree struct {
	kind   treeKind
	scalar string   // JSON.
	keys   []member // Of a mapping, in the file's order.
	items  []*tree  // Of a list.
	at     where
	gone   map[string]int // What patches took out, by key, and which patch; "" = anything.
}

// treeKind is what a tree is.
type treeKind uint8

const (
	isScalar treeKind = iota
	isMapping
	isList
)

// member is a key of a mapping with its value.
type member struct {
	name  string
	key   where
	value *tree
}

// nothing stands for a value that was refused; that was said.
func nothing(at where) *tree { return &tree{scalar: "null", at: at} }

// member returns the index of a key, -1 = the mapping has none.
func (t *tree) member(name string) int {
	for i := range t.keys {
		if t.keys[i].name == name {
			return i
		}
	}
	return -1
}

// text returns a scalar that is a text.
func (t *tree) text() (text string, ok bool) {
	return text, t.kind == isScalar && json.Unmarshal([]byte(t.scalar), &text) == nil && t.scalar != "null"
}

// document is a tree written as JSON in its order, and where everything stands.
type document struct {
	src    *source
	places map[string]spot
	keys   map[string][]string       // The keys of each mapping, in order.
	gone   map[string]map[string]int // What patches took out of it.
	out    []byte
	faults Faults
}

func (d *document) note(at where, message, remedy string) {
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, d.src.fault(at, message, remedy))
	}
}

// write makes a document of a tree.
func write(src *source, t *tree) *document {
	d := &document{src: src, places: map[string]spot{"": {}}, keys: map[string][]string{}, gone: map[string]map[string]int{}}
	d.value(t, "", 0)
	return d
}

// value appends a value as JSON.
func (d *document) value(t *tree, path string, depth int) {
	if depth > MaxDepth {
		d.note(t.at, tooDeep, "")
		d.out = append(d.out, "null"...)
		return
	}
	if t.gone != nil {
		d.gone[path] = t.gone
	}
	switch t.kind {
	case isScalar:
		d.out = append(d.out, t.scalar...)
	case isList:
		d.out = append(d.out, '[')
		for i, item := range t.items {
			if i > 0 {
				d.out = append(d.out, ',')
			}
			at := path + "[" + strconv.Itoa(i) + "]"
			d.places[at] = spot{key: item.at, value: item.at}
			d.value(item, at, depth+1)
		}
		d.out = append(d.out, ']')
	case isMapping:
		d.mapping(t, path, depth)
	}
}

func (d *document) mapping(t *tree, path string, depth int) {
	d.out = append(d.out, '{')
	first := true
	for _, m := range t.keys {
		below := join(path, m.name)
		if old, twice := d.places[below]; twice {
			stands := fmt.Sprintf("it stands in line %d already", old.key.Line)
			if m.key.patch > 0 {
				stands = "it stands there already"
			}
			d.note(m.key, fmt.Sprintf("duplicate key `%s`: %s", clip(m.name), stands), "keep one of the two")
			continue
		}
		if !first {
			d.out = append(d.out, ',')
		}
		first = false
		value := m.value.at
		if m.value.kind != isScalar || m.value.scalar == "null" {
			value = m.key
		}
		d.places[below] = spot{key: m.key, value: value}
		d.keys[path] = append(d.keys[path], m.name)
		name, _ := json.Marshal(m.name)
		d.out = append(append(d.out, name...), ':')
		d.value(m.value, below, depth+1)
	}
	d.out = append(d.out, '}')
}
