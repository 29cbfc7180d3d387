package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// reader turns a YAML tree into ours.
type reader struct {
	src    *source
	patch  int // Which patch is read, from 1; 0 = the file.
	faults Faults
}

// read parses a scanned file. The tree is nil when nothing can be made of it.
func read(src *source) (*tree, Faults) {
	r := &reader{src: src}
	body := r.parse(quoteThresholds(src.text))
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	switch body.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return nil, Faults{{File: src.name, Message: "the file is empty", Remedy: "a scenario needs at least duration and populations; `loginstorm schema` describes it"}}
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		return nil, Faults{src.fault(r.place(body), "a scenario is a mapping of keys to values", "begin with duration: and populations:")}
	}
	t := r.node(body, "", where{}, 0)
	return t, r.faults
}

// parse returns the body of the one document of a text; nil = it is empty, or
// at fault.
func (r *reader) parse(text string) (body ast.Node) {
	// The library may panic on text that is no YAML; then that is the fault.
	defer func() {
		if p := recover(); p != nil {
			r.note(where{patch: r.patch}, "not valid YAML", "check quotes, brackets and indentation")
		}
	}()
	file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.faults = append(r.faults, r.syntax(err))
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			r.note(r.place(doc.Body), "a second document begins here", "a scenario file holds one document")
			return nil
		}
		body = doc.Body
	}
	return body
}

// syntax makes a fault of the library's error. Its Error is not asked where it
// can be helped: it prints the tokens around, in time that grows with the square
// of a line's.
func (r *reader) syntax(err error) Fault {
	message, at := "", where{patch: r.patch}
	var known yaml.Error
	if errors.As(err, &known) {
		message = known.GetMessage()
		if t := known.GetToken(); t != nil && t.Position != nil {
			at.Place = Place{t.Position.Line, t.Position.Column}
		}
	} else {
		message = err.Error()
	}
	message, _, _ = strings.Cut(message, "\n")
	return r.src.fault(at, "not valid YAML: "+message, "check quotes, brackets and indentation, here and in the lines around")
}

func (r *reader) place(n ast.Node) where {
	if v, ok := n.(*ast.MappingValueNode); ok && v.Key != nil {
		n = v.Key
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key
	}
	at := where{patch: r.patch}
	if t := n.GetToken(); t != nil && t.Position != nil {
		at.Place = Place{t.Position.Line, t.Position.Column}
	}
	return at
}

// fault notes a fault of a value, and lets nothing stand for the value.
func (r *reader) fault(at where, message, remedy string) *tree {
	r.note(at, message, remedy)
	return nothing(at)
}

func (r *reader) note(at where, message, remedy string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, r.src.fault(at, message, remedy))
	}
}

// node makes a tree of a value; key is where its key stands.
func (r *reader) node(n ast.Node, path string, key where, depth int) *tree {
	switch n := n.(type) {
	case *ast.NullNode, nil:
		return r.fault(key, fmt.Sprintf("%s has no value", show(path)), "write a value, or leave the key out")
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return r.fault(r.place(n), "an anchor, alias, tag or merge key stands here", "write the values out; if it is text, put it in quotes")
	}
	if depth > MaxDepth {
		return r.fault(r.place(n), tooDeep, "")
	}
	t := &tree{at: r.place(n)}
	switch n := n.(type) {
	case *ast.MappingNode:
		r.mapping(t, n.Values, path, depth)
	case *ast.MappingValueNode:
		r.mapping(t, []*ast.MappingValueNode{n}, path, depth)
	case *ast.SequenceNode:
		t.kind = isList
		for i, item := range n.Values {
			at := path + "[" + strconv.Itoa(i) + "]"
			t.items = append(t.items, r.node(item, at, r.itemPlace(item, t.at), depth+1))
		}
	case *ast.StringNode:
		t.scalar = quote(n.Value)
	case *ast.LiteralNode:
		t.scalar = quote(n.Value.Value)
	case *ast.IntegerNode:
		t.scalar = fmt.Sprint(n.Value)
	case *ast.FloatNode:
		if f := n.Value; f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			t.scalar = strconv.FormatInt(int64(f), 10)
		} else {
			t.scalar = strconv.FormatFloat(f, 'g', -1, 64)
		}
	case *ast.BoolNode:
		t.scalar = strconv.FormatBool(n.Value)
	default:
		return r.fault(t.at, "this is no value a scenario can hold", "write a text, a number, true or false, a list or a mapping")
	}
	return t
}

// itemPlace is where an item of a list stands, which may be left out.
func (r *reader) itemPlace(item ast.Node, list where) where {
	if item == nil {
		return list
	}
	return r.place(item)
}

func quote(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}

func (r *reader) mapping(t *tree, values []*ast.MappingValueNode, path string, depth int) {
	t.kind = isMapping
	for _, v := range values {
		name, ok := keyOf(v.Key)
		at := r.place(v.Key)
		if !ok {
			r.note(at, "this is no key a scenario can have", "a key is a plain word")
			continue
		}
		t.keys = append(t.keys, member{name, at, r.node(v.Value, join(path, name), at, depth+1)})
	}
}

// keyOf returns the text of a key that is a scalar.
func keyOf(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode, *ast.NullNode:
		return k.GetToken().Value, true
	}
	return "", false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// show names a path's last step for people.
func show(path string) string {
	if path == "" {
		return "the file"
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	if strings.HasSuffix(last, "]") {
		name, number, _ := strings.Cut(strings.TrimSuffix(last, "]"), "[")
		if n, err := strconv.Atoi(number); err == nil {
			return fmt.Sprintf("item %d of `%s`", n+1, name)
		}
	}
	return "`" + last + "`"
}

// quoteThresholds puts plain thresholds, conditions, and the figures of a gate, into quotes. "p99(x, during: y) < 2s"
// reads well and is not what YAML takes for a text, because of the colon.
func quoteThresholds(text string) string {
	if !figures(text) && !strings.Contains(text, "\nthresholds:") && !strings.Contains(text, "\ngate:") && !strings.Contains(text, "\nabort:") {
		return text
	}
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		switch body := strings.TrimLeft(line, " "); {
		case figures(line):
			inside = true
		case inside && strings.HasPrefix(body, "- "):
			line = quoteItem(line)
		case body == line && strings.TrimSpace(line) != "" && line[0] != '#':
			inside = false
		}
		b.WriteString(line)
	}
	return b.String()
}

// figures reports whether a text begins with a key whose items are about figures.
func figures(text string) bool {
	return strings.HasPrefix(text, "thresholds:") || strings.HasPrefix(text, "gate:") || strings.HasPrefix(text, "abort:")
}

func quoteItem(line string) string {
	dash := strings.IndexByte(line, '-')
	start := dash + 1 + len(line[dash+1:]) - len(strings.TrimLeft(line[dash+1:], " "))
	body := line[start:]
	end := len(body)
	if i := strings.Index(body, " #"); i >= 0 {
		end = i
	}
	plain := strings.TrimRight(body[:end], " \r\n")
	word := strings.IndexByte(plain, '(')
	if word < 1 || strings.Trim(plain[:word], "abcdefghijklmnopqrstuvwxyz_.0123456789") != "" || strings.ContainsAny(plain, `"'\`) || !strings.Contains(plain, ": ") {
		return line
	}
	return line[:start] + `"` + plain + `"` + body[len(plain):]
}
