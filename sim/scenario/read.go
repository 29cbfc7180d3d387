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

// reader turns a YAML tree into JSON in the file's order, and remembers where
// everything stands.
type reader struct {
	src    *source
	places map[string]spot
	keys   map[string][]string // The keys of each mapping, in order.
	out    []byte
	faults Faults
}

// read parses a scanned file. It returns JSON only when there is no fault.
func read(src *source) (r *reader, faults Faults) {
	r = &reader{src: src, places: map[string]spot{}, keys: map[string][]string{}}
	// The library may panic on text that is no YAML; then that is the fault.
	defer func() {
		if p := recover(); p != nil {
			faults = Faults{src.fault(Place{}, "not valid YAML", "check quotes, brackets and indentation")}
		}
	}()
	file, err := parser.ParseBytes([]byte(quoteThresholds(src.text)), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return r, Faults{r.syntax(err)}
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			return r, Faults{src.fault(place(doc.Body), "a second document begins here", "a scenario file holds one document")}
		}
		body = doc.Body
	}
	switch body.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return r, Faults{{File: src.name, Message: "the file is empty", Remedy: "a scenario needs at least duration and populations; `loginstorm schema` describes it"}}
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		return r, Faults{src.fault(place(body), "a scenario is a mapping of keys to values", "begin with duration: and populations:")}
	}
	r.places[""] = spot{value: Place{}}
	r.node(body, "", 0)
	return r, r.faults
}

// syntax makes a fault of the library's error. Its Error is not asked where it
// can be helped: it prints the tokens around, in time that grows with the square
// of a line's.
func (r *reader) syntax(err error) Fault {
	message, at := "", Place{}
	var known yaml.Error
	if errors.As(err, &known) {
		message = known.GetMessage()
		if t := known.GetToken(); t != nil && t.Position != nil {
			at = Place{t.Position.Line, t.Position.Column}
		}
	} else {
		message = err.Error()
	}
	message, _, _ = strings.Cut(message, "\n")
	return r.src.fault(at, "not valid YAML: "+message, "check quotes, brackets and indentation, here and in the lines around")
}

func place(n ast.Node) Place {
	if v, ok := n.(*ast.MappingValueNode); ok && v.Key != nil {
		n = v.Key
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return Place{t.Position.Line, t.Position.Column}
	}
	return Place{}
}

// fault notes a fault of a value, and lets null stand for the value.
func (r *reader) fault(at Place, message, remedy string) {
	r.note(at, message, remedy)
	r.out = append(r.out, "null"...)
}

func (r *reader) note(at Place, message, remedy string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, r.src.fault(at, message, remedy))
	}
}

// node appends a value as JSON.
func (r *reader) node(n ast.Node, path string, depth int) {
	if depth > MaxDepth {
		r.fault(place(n), tooDeep, "")
		return
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		r.mapping(n.Values, path, depth)
	case *ast.MappingValueNode:
		r.mapping([]*ast.MappingValueNode{n}, path, depth)
	case *ast.SequenceNode:
		r.out = append(r.out, '[')
		for i, item := range n.Values {
			if i > 0 {
				r.out = append(r.out, ',')
			}
			at := path + "[" + strconv.Itoa(i) + "]"
			r.places[at] = spot{key: place(item), value: place(item)}
			r.node(item, at, depth+1)
		}
		r.out = append(r.out, ']')
	case *ast.StringNode:
		r.text(n.Value)
	case *ast.LiteralNode:
		r.text(n.Value.Value)
	case *ast.IntegerNode:
		r.out = fmt.Append(r.out, n.Value)
	case *ast.FloatNode:
		if f := n.Value; f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			r.out = strconv.AppendInt(r.out, int64(f), 10)
		} else {
			r.out = strconv.AppendFloat(r.out, f, 'g', -1, 64)
		}
	case *ast.BoolNode:
		r.out = strconv.AppendBool(r.out, n.Value)
	case *ast.NullNode, nil:
		at := r.places[path].key
		r.fault(at, fmt.Sprintf("%s has no value", show(path)), "write a value, or leave the key out")
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		r.fault(place(n), "an anchor, alias, tag or merge key stands here", "write the values out; if it is text, put it in quotes")
	default:
		r.fault(place(n), "this is no value a scenario can hold", "write a text, a number, true or false, a list or a mapping")
	}
}

func (r *reader) text(s string) {
	data, _ := json.Marshal(s)
	r.out = append(r.out, data...)
}

func (r *reader) mapping(values []*ast.MappingValueNode, path string, depth int) {
	r.out = append(r.out, '{')
	first := true
	for _, v := range values {
		key, ok := keyOf(v.Key)
		at := place(v.Key)
		if !ok {
			r.note(at, "this is no key a scenario can have", "a key is a plain word")
			continue
		}
		below := join(path, key)
		if old, twice := r.places[below]; twice {
			r.note(at, fmt.Sprintf("duplicate key `%s`: it stands in line %d already", clip(key), old.key.Line), "keep one of the two")
			continue
		}
		if !first {
			r.out = append(r.out, ',')
		}
		first = false
		value := at
		switch v.Value.(type) {
		case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.NullNode, nil:
		default:
			value = place(v.Value)
		}
		r.places[below] = spot{key: at, value: value}
		r.keys[path] = append(r.keys[path], key)
		r.text(key)
		r.out = append(r.out, ':')
		r.node(v.Value, below, depth+1)
	}
	r.out = append(r.out, '}')
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

// quoteThresholds puts plain thresholds into quotes. "p99(x, during: y) < 2s"
// reads well and is not what YAML takes for a text, because of the colon.
func quoteThresholds(text string) string {
	if !strings.HasPrefix(text, "thresholds:") && !strings.Contains(text, "\nthresholds:") {
		return text
	}
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		switch body := strings.TrimLeft(line, " "); {
		case strings.HasPrefix(line, "thresholds:"):
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
