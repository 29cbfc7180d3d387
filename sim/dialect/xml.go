package dialect

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
)

// xmlPath is where something stands in an element.
type xmlPath struct {
	steps []xmlStep // Children, from the outermost element's on.
	attr  string    // The attribute that is meant; "" = the element's text.
	name  bool      // Its name is meant.
	ns    bool      // Its namespace is meant.
	slot  int
}

// xmlStep is a child by its local name; any namespace unless one is given.
type xmlStep struct {
	name, ns string
	bound    bool
}

// compileXML reads $name, $ns, $body, @attribute, child/grandchild, child@attribute,
// {namespace}child, child/*.
func compileXML(path string) (p xmlPath, problem string) {
	switch path {
	case "$name":
		return xmlPath{name: true}, ""
	case "$ns":
		return xmlPath{ns: true}, ""
	case "$body":
		return xmlPath{}, ""
	}
	for rest := path; rest != ""; {
		var s xmlStep
		if strings.HasPrefix(rest, "{") {
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return p, "a { is not closed"
			}
			s.ns, s.bound, rest = rest[1:end], true, rest[end+1:]
		}
		end := strings.IndexAny(rest, "/@")
		if end < 0 {
			end = len(rest)
		}
		s.name = rest[:end]
		rest = rest[end:]
		if strings.HasPrefix(rest, "@") {
			p.attr, rest = rest[1:], ""
			if p.attr == "" {
				return p, "an attribute has no name"
			}
		}
		rest = strings.TrimPrefix(rest, "/")
		switch {
		case s.name == "*" && rest == "" && p.attr == "":
			p.name = true
			p.steps = append(p.steps, s)
		case s.name != "":
			p.steps = append(p.steps, s)
		case p.attr == "" || len(p.steps) > 0:
			return p, "a step has no name"
		}
	}
	if len(p.steps) == 0 && p.attr == "" {
		return p, "it names nothing"
	}
	return p, ""
}

// xmlNode is an element, in the order of their beginnings.
type xmlNode struct {
	name   xml.Name
	attrs  []xml.Attr
	text   []byte
	parent int // -1 = the outermost one.
}

// readXML takes one element and fills the slots.
func (g *described) readXML(raw []byte, sc *Scratch) bool {
	nodes, n, ok := parseXML(raw, sc.nodes[:0])
	sc.nodes = nodes
	if !ok || n != len(bytes.TrimRight(raw, " \t\r\n")) {
		return false
	}
	for i := range g.xml {
		p := &g.xml[i]
		sc.slots[p.slot] = p.find(nodes)
	}
	return true
}

// parseXML takes the first element of a text and returns what it takes of it.
// Declarations, directives and instructions have no place on a stream.
func parseXML(raw []byte, nodes []xmlNode) (_ []xmlNode, n int, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	open, depth := -1, 0
	for {
		t, err := d.Token()
		if err != nil {
			return nodes, 0, false
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxNesting {
				return nodes, 0, false
			}
			nodes = append(nodes, xmlNode{name: t.Name, attrs: t.Attr, parent: open})
			open = len(nodes) - 1
		case xml.EndElement:
			if depth--; depth == 0 {
				return nodes, int(d.InputOffset()), true
			}
			open = nodes[open].parent
		case xml.CharData:
			if open >= 0 {
				nodes[open].text = append(nodes[open].text, t...)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return nodes, 0, false
			}
		case xml.Comment:
		default:
			return nodes, 0, false
		}
	}
}

// splitXML returns the length of the first element of a text; 0 = only space is left.
func splitXML(raw []byte) (n int, ok bool) {
	if len(bytes.TrimLeft(raw, " \t\r\n")) == 0 {
		return 0, true
	}
	d := xml.NewDecoder(bytes.NewReader(raw))
	for depth := 0; ; {
		t, err := d.RawToken()
		if err != nil {
			return 0, err == io.EOF && depth == 0
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth <= 0 {
				return int(d.InputOffset()), depth == 0
			}
		}
		if depth > maxNesting {
			return 0, false
		}
	}
}

// find returns what stands at a path: of several, all, a line each.
func (p *xmlPath) find(nodes []xmlNode) (v value) {
	for i := range nodes {
		n := &nodes[i]
		if !p.at(nodes, i) {
			continue
		}
		var found []byte
		switch {
		case p.attr != "":
			there := false
			for _, a := range n.attrs {
				if a.Name.Local == p.attr || a.Name.Space != "" && a.Name.Space+":"+a.Name.Local == p.attr {
					found, there = []byte(a.Value), true
					break
				}
			}
			if !there {
				continue
			}
		case p.name:
			found = []byte(n.name.Local)
		case p.ns:
			found = []byte(n.name.Space)
		default:
			found = n.text
		}
		if v.kind == absent {
			v = value{found, text}
			continue
		}
		v.text = append(append(append([]byte(nil), v.text...), '\n'), found...)
	}
	return v
}

// at reports whether the path leads to a node.
func (p *xmlPath) at(nodes []xmlNode, i int) bool {
	for s := len(p.steps) - 1; s >= 0; s-- {
		n, step := &nodes[i], &p.steps[s]
		if n.parent < 0 || step.name != "*" && n.name.Local != step.name || step.bound && n.name.Space != step.ns {
			return false
		}
		i = n.parent
	}
	return nodes[i].parent < 0
}
