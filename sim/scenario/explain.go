package scenario

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// explain turns what the validator found into faults in plain words.
func (d *document) explain(err *jsonschema.ValidationError, schema *jsonschema.Schema) Faults {
	e := explainer{document: d, root: schema, seen: map[string]bool{}}
	e.visit(err)
	return e.faults
}

type explainer struct {
	*document
	root   *jsonschema.Schema
	seen   map[string]bool // Places where a more telling fault was found.
	faults Faults
}

func (e *explainer) visit(err *jsonschema.ValidationError) {
	switch err.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		e.leaf(err) // What each choice lacks is not what is wrong.
		return
	}
	// What says more comes first: it silences what follows from it.
	causes := slices.Clone(err.Causes)
	slices.SortStableFunc(causes, func(a, b *jsonschema.ValidationError) int { return weight(a) - weight(b) })
	for _, c := range causes {
		e.visit(c)
	}
	if len(err.Causes) == 0 {
		e.leaf(err)
	}
}

func weight(err *jsonschema.ValidationError) int {
	switch err.ErrorKind.(type) {
	case *kind.Type, *kind.Format, *kind.AdditionalProperties:
		return 0
	case *kind.Required:
		return 1
	case *kind.Pattern, *kind.MinProperties, *kind.MaxProperties, *kind.OneOf, *kind.AnyOf:
		return 2
	}
	return 1
}

// path rebuilds the path of a location in the instance.
func (e *explainer) path(location []string) string {
	path := ""
	for _, step := range location {
		if _, ok := e.places[path+"["+step+"]"]; ok {
			path += "[" + step + "]"
		} else {
			path = join(path, step)
		}
	}
	return path
}

// maxFaults bounds what is found in one file: finding a line takes its time, and
// nobody reads more.
const maxFaults = 200

func (e *explainer) add(at where, message, remedy string) {
	if len(e.faults) >= maxFaults {
		return
	}
	e.faults = append(e.faults, e.src.fault(at, message, remedy))
}

// leaf explains one finding.
func (e *explainer) leaf(err *jsonschema.ValidationError) {
	path := e.path(err.InstanceLocation)
	at, key := e.places[path].value, e.places[path].key
	switch k := err.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		e.seen[path] = true
		e.unknown(path, k.Properties, err)
	case *kind.Required:
		for _, missing := range k.Missing {
			at := key
			if n := e.gone[path][missing]; n > 0 {
				at = where{patch: n}
			}
			e.add(at, fmt.Sprintf("%s lacks `%s`", show(path), missing), e.describe(err, missing))
		}
		e.seen[path] = true
	case *kind.Type:
		e.seen[path] = true
		if k.Got == "null" {
			return // Reading the tree has said so.
		}
		e.wrongType(path, at, k, err)
	case *kind.Format:
		e.seen[path] = true
		message, remedy := k.Err.Error(), ""
		if strings.HasPrefix(message, `"`) {
			message, remedy, _ = strings.Cut(message, ": ")
		}
		e.add(at, message, remedy)
	case *kind.Pattern:
		if !e.seen[path] {
			remedy := "it must match " + k.Want
			if strings.HasSuffix(k.Want, "{0,63}$") {
				remedy = "a name has letters, digits, - and _, at most 64, and no - in front"
			}
			e.add(at, fmt.Sprintf("%q cannot be the value of %s", clip(k.Got), show(path)), remedy)
		}
	case *kind.PropertyNames:
		at = e.places[join(path, k.Property)].key
		e.add(at, fmt.Sprintf("%q cannot be a name", clip(k.Property)), "a name begins with a letter and has letters, digits, - and _, at most 64")
	case *kind.Enum:
		e.enum(path, at, k)
	case *kind.MinProperties, *kind.MaxProperties, *kind.OneOf:
		if !e.seen[path] {
			e.choose(path, key, err)
		}
	case *kind.AnyOf:
		if !e.seen[path] {
			e.add(e.emptied(path, key), fmt.Sprintf("%s changes nothing", show(path)), "write one at least of "+strings.Join(e.choices(err), ", "))
		}
	default:
		e.other(path, at, err)
	}
}

// other explains bounds.
func (e *explainer) other(path string, at where, err *jsonschema.ValidationError) {
	name := show(path)
	switch k := err.ErrorKind.(type) {
	case *kind.Minimum:
		e.add(at, fmt.Sprintf("%s is %s, less than %s", name, plain(k.Got), plain(k.Want)), "")
	case *kind.Maximum:
		e.add(at, fmt.Sprintf("%s is %s, more than %s", name, plain(k.Got), plain(k.Want)), "")
	case *kind.MultipleOf:
		e.add(at, fmt.Sprintf("%s is %s, with more than three decimals", name, plain(k.Got)), "")
	case *kind.MinItems:
		e.add(e.emptied(path, at), fmt.Sprintf("%s has %d items, fewer than %d", name, k.Got, k.Want), "")
	case *kind.MaxItems:
		e.add(at, fmt.Sprintf("%s has %d items, more than %d", name, k.Got, k.Want), "")
	case *kind.MinLength:
		e.add(at, fmt.Sprintf("%s is empty", name), "")
	case *kind.MaxLength:
		e.add(at, fmt.Sprintf("%s has %d characters, more than %d", name, k.Got, k.Want), "")
	default:
		message, _, _ := strings.Cut(err.Error(), "\n")
		e.add(at, fmt.Sprintf("%s is not valid: %s", name, message), "")
	}
}

// plain writes a number as people do.
func plain(r *big.Rat) string {
	if r.IsInt() {
		return clip(r.RatString())
	}
	return strings.TrimRight(r.FloatString(6), "0")
}

// unknown explains keys that the language does not have.
func (e *explainer) unknown(path string, keys []string, err *jsonschema.ValidationError) {
	known := e.known(err)
	for _, key := range keys {
		if len(e.faults) >= maxFaults {
			return
		}
		remedy := ""
		if near := Nearest(key, known); near != "" {
			remedy = fmt.Sprintf("did you mean `%s`?", near)
		} else if len(known) > 0 {
			remedy = "known here: " + strings.Join(known, ", ")
		}
		e.add(e.places[join(path, key)].key, fmt.Sprintf("unknown key `%s`", clip(key)), remedy)
	}
}

// choose explains a mapping that must hold exactly one of its keys.
func (e *explainer) choose(path string, key where, err *jsonschema.ValidationError) {
	known := e.choices(err)
	remedy := "split it in two, or leave one out"
	var has []string
	for _, k := range e.keys[path] {
		if !slices.Contains(known, k) {
			continue
		}
		has = append(has, "`"+k+"`")
		if set := e.places[join(path, k)].key; set.patch > 0 {
			key, remedy = set, fmt.Sprintf("set %s whole, or take the other one out first", show(path))
		}
	}
	if len(has) == 0 {
		key = e.emptied(path, key)
	}
	switch {
	case path == "populations":
		e.add(key, "`populations` holds none, or too many", "write from one to a thousand populations")
	case len(has) == 0:
		e.add(key, fmt.Sprintf("%s does not say what it is", show(path)), "write one of "+strings.Join(known, ", "))
	default:
		e.add(key, fmt.Sprintf("%s has %s where one belongs", show(path), strings.Join(has, " and ")), remedy)
	}
}

// emptied is where a collection lacks something: in the patch that took something
// out of it, or else where it stands.
func (e *explainer) emptied(path string, at where) where {
	if n := e.gone[path][""]; n > 0 {
		return where{patch: n}
	}
	return at
}

func (e *explainer) enum(path string, at where, k *kind.Enum) {
	words := make([]string, len(k.Want))
	for i, w := range k.Want {
		words[i] = fmt.Sprint(w)
	}
	got := clip(fmt.Sprint(k.Got))
	remedy := "write one of " + strings.Join(words, ", ")
	if near := Nearest(got, words); near != "" {
		remedy = fmt.Sprintf("did you mean %s?", near)
	}
	e.add(at, fmt.Sprintf("%s cannot be %q", show(path), got), remedy)
}

// wrongType explains a value of another type than the language wants.
func (e *explainer) wrongType(path string, at where, k *kind.Type, err *jsonschema.ValidationError) {
	got := e.number(path)
	if s := e.schemaAt(err); s != nil && s.Format != nil && k.Got == "number" {
		switch s.Format.Name {
		case "span", "signed-span":
			e.add(at, fmt.Sprintf("unit missing: write %ss, not %s", got, got), "units are ns, us, ms, s, m, h")
			return
		case "share", "jitter":
			e.add(at, fmt.Sprintf("percent sign missing: write %s, not %s", percent(got), got), "")
			return
		case "rate":
			e.add(at, fmt.Sprintf("unit missing: write %s/s, not %s", got, got), "units are /s, /m, /h")
			return
		}
	}
	if s := e.schemaAt(err); s != nil && s.Format != nil && s.Format.Name == "factor" && k.Got == "string" {
		if word := e.text(path); e.factor(at, word) {
			return
		}
	}
	names := map[string]string{"string": "a text", "object": "a mapping of keys to values", "array": "a list", "integer": "a whole number",
		"number": "a number", "boolean": "true or false", "null": "nothing"}
	var want []string
	for _, w := range k.Want {
		want = append(want, names[w])
	}
	article := names[k.Got]
	remedy := e.describe(err, "")
	if known := e.known(err); remedy == "" && len(known) > 0 {
		remedy = "known here: " + strings.Join(known, ", ")
	}
	e.add(at, fmt.Sprintf("%s is %s, not %s", show(path), article, strings.Join(want, " or ")), remedy)
}

// factor explains a factor that was written with a sign of its own.
func (e *explainer) factor(at where, word string) bool {
	times, ok := strings.CutSuffix(word, "x")
	if percents, is := strings.CutSuffix(word, "%"); is && !ok {
		if f, err := strconv.ParseFloat(percents, 64); err == nil {
			times, ok = strconv.FormatFloat(f/100, 'f', -1, 64), true
		}
	}
	if _, err := parseFactor(times); !ok || err != nil {
		return false
	}
	e.add(at, fmt.Sprintf("a factor is a plain number: write %s, not %s", times, word), "")
	return true
}

// text returns the word at a path, as the file has it.
func (e *explainer) text(path string) string {
	p := e.places[path].value
	line := []rune(e.src.line(p))
	if p.Column < 1 || p.Column > len(line) {
		return ""
	}
	text := strings.TrimLeft(string(line[p.Column-1:]), `"'`)
	if i := strings.IndexAny(text, " ,]}\"'"); i >= 0 {
		text = text[:i]
	}
	return clip(text)
}

// number returns the text of the number at a path, as the file has it.
func (e *explainer) number(path string) string {
	text := e.text(path)
	if i := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789.", r) }); i >= 0 {
		text = text[:i]
	}
	if text == "" {
		return "10"
	}
	return text
}

// schemaAt finds the part of the schema that a finding speaks of.
func (e *explainer) schemaAt(err *jsonschema.ValidationError) *jsonschema.Schema {
	// What follows from an if speaks of the keys around it.
	return find(e.root, strings.TrimSuffix(err.SchemaURL, "/then"), map[*jsonschema.Schema]bool{})
}

// find goes through a compiled schema for a location.
func find(s *jsonschema.Schema, url string, seen map[*jsonschema.Schema]bool) *jsonschema.Schema {
	if s == nil || seen[s] {
		return nil
	}
	seen[s] = true
	if s.Location == url {
		return s
	}
	below := []*jsonschema.Schema{s.Ref, s.Items2020}
	if more, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		below = append(below, more)
	}
	for _, p := range s.Properties {
		below = append(below, p)
	}
	for _, b := range below {
		if hit := find(b, url, seen); hit != nil {
			return hit
		}
	}
	return nil
}

// choices lists the keys of which a finding wants one, sorted: those that the
// schema's choice names, or else all.
func (e *explainer) choices(err *jsonschema.ValidationError) []string {
	s := e.schemaAt(err)
	if s == nil {
		return nil
	}
	var keys []string
	for _, c := range slices.Concat(s.OneOf, s.AnyOf) {
		keys = append(keys, c.Required...)
	}
	if keys == nil {
		return e.known(err)
	}
	slices.Sort(keys)
	return keys
}

// known lists the keys of the mapping that a finding speaks of, sorted.
func (e *explainer) known(err *jsonschema.ValidationError) []string {
	s := e.schemaAt(err)
	if s == nil {
		return nil
	}
	var keys []string
	for k := range s.Properties {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// describe returns what the schema says about a key, or about the value itself.
func (e *explainer) describe(err *jsonschema.ValidationError, key string) string {
	s := e.schemaAt(err)
	if s != nil && key != "" {
		s = s.Properties[key]
	}
	for s != nil && s.Description == "" && s.Ref != nil {
		s = s.Ref
	}
	if s == nil || s.Description == "" {
		return ""
	}
	return strings.ToLower(s.Description[:1]) + strings.TrimSuffix(s.Description[1:], ".")
}

// clip keeps a word of a file short enough for a message.
func clip(word string) string {
	if r := []rune(word); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return word
}
