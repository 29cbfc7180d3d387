package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// Patch changes one value of a file before it is judged. Path says which:
// populations.phones.reconnect, timeline[2].at, or an entry of the timeline by its
// name, timeline.deploy.cut.share. Keys that are missing on the way are created.
// Text is the new value as YAML, flow style where it is a list or a mapping; an
// empty text takes the key out.
type Patch struct{ Path, Text string }

// The bounds of patches: more is a scenario of its own.
const (
	MaxPatches   = 100
	MaxPatchText = 64 << 10
	maxPatchPath = 1024
)

// ParsePatch reads path=value, as a command line has it.
func ParsePatch(text string) (Patch, error) {
	path, value, ok := strings.Cut(text, "=")
	if !ok || path == "" {
		return Patch{}, fmt.Errorf("%q sets nothing: write path=value, such as populations.phones.reconnect=full-jitter", clip(text))
	}
	return Patch{Path: path, Text: value}, nil
}

// String returns the patch as a command line has it, cut where it is long.
func (p Patch) String() string {
	return "--set " + clip(legible(p.Path)) + "=" + clip(legible(p.Text))
}

// legible shows what a terminal would obey as question marks.
func legible(text string) string {
	line, _ := cut(text, 0)
	return line
}

// step is one step of a path: a key of a mapping or an item of a list.
type step struct {
	key   string
	index int // -1 = it is a key.
}

// String writes a step as a path has it.
func (s step) String() string {
	if s.index >= 0 {
		return "[" + strconv.Itoa(s.index) + "]"
	}
	return s.key
}

// steps takes a path apart.
func steps(path string) ([]step, bool) {
	if len(path) > maxPatchPath {
		return nil, false
	}
	var out []step
	for part := range strings.SplitSeq(path, ".") {
		key, items, _ := strings.Cut(part, "[")
		if key == "" || strings.ContainsAny(key, "]{}\"' ") || strings.ContainsFunc(key, unprintable) {
			return nil, false
		}
		out = append(out, step{key, -1})
		if key == part {
			continue
		}
		for item := range strings.SplitSeq(items, "[") {
			number, ok := strings.CutSuffix(item, "]")
			n, err := strconv.ParseUint(number, 10, 31)
			if !ok || err != nil {
				return nil, false
			}
			out = append(out, step{index: int(n)})
		}
	}
	return out, len(out) <= MaxDepth
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// patcher puts the patches of a source onto its tree, one after the other.
type patcher struct {
	src    *source
	root   *tree
	number int // The patch at work, from 1.
	faults Faults
}

// patch puts all patches onto a tree.
func patch(src *source, root *tree) Faults {
	if n := len(src.patches); n > MaxPatches {
		return Faults{{File: src.name, Message: fmt.Sprintf("%d patches, more than %d", n, MaxPatches), Remedy: "write a scenario file of its own"}}
	}
	p := patcher{src: src, root: root}
	for i, one := range src.patches {
		p.number = i + 1
		p.put(one)
	}
	return p.faults
}

func (p *patcher) here() where { return where{patch: p.number} }

func (p *patcher) fault(message, remedy string) {
	p.faults = append(p.faults, p.src.fault(p.here(), message, remedy))
}

func (p *patcher) put(one Patch) {
	path, ok := steps(one.Path)
	switch {
	case !ok:
		p.fault(fmt.Sprintf("%q is no path", clip(legible(one.Path))), "write keys with dots between and items in brackets, such as populations.phones.arrive[0].ramp.to")
		return
	case len(one.Text) > MaxPatchText:
		p.fault(fmt.Sprintf("the value has %d bytes, more than %d", len(one.Text), MaxPatchText), "write a scenario file of its own")
		return
	}
	if strings.TrimSpace(one.Text) == "" {
		p.remove(p.root, path, 0)
		return
	}
	p.set(p.root, path, 0, p.value(one, path))
}

// value reads the value of a patch; nothing stands for one that is at fault.
func (p *patcher) value(one Patch, path []step) *tree {
	if faults := scanPatch(p.src, p.number); len(faults) > 0 {
		p.faults = append(p.faults, faults...)
		return nothing(p.here())
	}
	text := one.Text
	if last := path[len(path)-1]; figures(path[0].key+":") && (last.index >= 0 || last.key == "threshold" || last.key == "metric" || last.key == "when") {
		text = quoteItem("- " + text)[2:]
	}
	r := &reader{src: p.src, patch: p.number}
	body := r.parse(text)
	t := nothing(p.here())
	if _, comment := body.(*ast.CommentGroupNode); comment {
		body = nil
	}
	if len(r.faults) == 0 {
		t = r.node(body, one.Path, p.here(), len(path))
	}
	p.faults = append(p.faults, r.faults...)
	return t
}

// set puts a value at a path below t, of which done steps are behind.
func (p *patcher) set(t *tree, path []step, done int, value *tree) {
	slot := p.enter(t, path, done)
	switch last := done == len(path)-1; {
	case slot == nil:
	case *slot == nil:
		p.create(t, path, done, value)
	case last:
		*slot = value
		if i := t.member(path[done].key); i >= 0 {
			t.keys[i].key = p.here()
		}
	default:
		p.set(*slot, path, done+1, value)
	}
}

// enter returns where the value of the next step stands in t: nil when there is no
// such place, which was said, and a place that holds nil for a key that is missing.
func (p *patcher) enter(t *tree, path []step, done int) **tree {
	next := path[done]
	switch {
	case t.kind == isList && next.index >= 0:
		if next.index < len(t.items) {
			return &t.items[next.index]
		}
		remedy := "the list is empty: set it whole"
		if n := len(t.items); n > 0 {
			remedy = fmt.Sprintf("the last item is %s[%d]", spell(path[:done]), n-1)
		}
		p.fault(fmt.Sprintf("there is no %s", spell(path[:done+1])), remedy)
	case t.kind == isList && done == 1 && path[0].key == "timeline":
		if i := p.entry(t, next.key); i >= 0 {
			return &t.items[i]
		}
	case t.kind == isList:
		p.fault(fmt.Sprintf("%s is a list, and has no key `%s`", spell(path[:done]), next.key), fmt.Sprintf("name one of its items, such as %s[0]", spell(path[:done])))
	case t.kind == isScalar && t.scalar != "null":
		p.fault(fmt.Sprintf("%s is %s, and nothing can be set within it", spell(path[:done]), clip(t.scalar)), fmt.Sprintf("set it whole: %s={...}", spell(path[:done])))
	case next.index >= 0:
		p.fault(fmt.Sprintf("%s is no list", spell(path[:done])), "set it whole")
	default:
		if i := t.member(next.key); i >= 0 {
			return &t.keys[i].value
		}
		return new(*tree)
	}
	return nil
}

// entry finds an entry of the timeline by its name.
func (p *patcher) entry(timeline *tree, name string) int {
	var known []string
	for i, item := range timeline.items {
		if m := item.member("name"); m >= 0 {
			text, _ := item.keys[m].value.text()
			if text == name {
				return i
			}
			known = append(known, text)
		}
	}
	p.unknown("entry of the timeline", name, known)
	return -1
}

func (p *patcher) unknown(what, name string, known []string) {
	remedy := ""
	if near := Nearest(name, known); near != "" {
		remedy = fmt.Sprintf("did you mean `%s`?", near)
	} else if len(known) > 0 {
		remedy = "there are " + clipList(known)
	}
	p.fault(fmt.Sprintf("there is no %s `%s`", what, clip(name)), remedy)
}

// clipList writes the first names of a list.
func clipList(names []string) string {
	const most = 20
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// create puts a key into a mapping, and mappings below it down to the value.
func (p *patcher) create(t *tree, path []step, done int, value *tree) {
	if done == 1 && len(path) > 2 && path[0].key == "populations" {
		p.unknown("population", path[1].key, names(t))
		return
	}
	for i := len(path) - 1; i > done; i-- {
		if path[i].index >= 0 {
			p.fault(fmt.Sprintf("there is no list %s", spell(path[:i])), fmt.Sprintf("set it whole: %s=[...]", spell(path[:i])))
			return
		}
		value = &tree{kind: isMapping, keys: []member{{path[i].key, p.here(), value}}, at: p.here()}
	}
	if done == 0 && path[0].key == "timeline" && len(path) > 1 {
		p.fault("the scenario has no timeline", "set it whole: timeline=[{name: ..., at: ..., ...}]")
		return
	}
	if t.kind != isMapping { // A value that was left out, or refused.
		*t = tree{kind: isMapping, at: t.at}
	}
	t.keys = append(t.keys, member{path[done].key, p.here(), value})
}

// remove takes out what stands at a path.
func (p *patcher) remove(t *tree, path []step, done int) {
	slot := p.enter(t, path, done)
	next := path[done]
	switch last := done == len(path)-1; {
	case slot == nil:
	case *slot == nil:
		p.unknown("key to take out of "+spell(path[:done])+":", next.key, names(t))
	case !last:
		p.remove(*slot, path, done+1)
	default:
		p.takeOut(t, slot, next)
	}
}

func (p *patcher) takeOut(t *tree, slot **tree, what step) {
	if t.gone == nil {
		t.gone = map[string]int{}
	}
	t.gone[""], t.gone[what.key] = p.number, p.number
	for i := range t.items {
		if &t.items[i] == slot {
			t.items = append(t.items[:i:i], t.items[i+1:]...)
			return
		}
	}
	for i := 0; i < len(t.keys); {
		if t.keys[i].name == what.key {
			t.keys = append(t.keys[:i:i], t.keys[i+1:]...)
			continue
		}
		i++
	}
}

// names lists the keys of a mapping.
func names(t *tree) []string {
	var out []string
	for i := range t.keys {
		out = append(out, t.keys[i].name)
	}
	return out
}

// spell writes steps as a path.
func spell(path []step) string {
	if len(path) == 0 {
		return "the scenario"
	}
	var b strings.Builder
	for i, s := range path {
		if i > 0 && s.index < 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.String())
	}
	return clip(b.String())
}
