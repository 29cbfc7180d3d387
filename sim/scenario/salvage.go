package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Salvage returns what is left of a file that Parse refuses: the values at fault
// are taken out, so that the meaning of the others can be judged in the same go.
// It is nil when nothing is left to judge. Lost tells which parts of it stand for
// something that could not be read. Patches are put onto it as by Parse; those that
// do not fit are left out.
func Salvage(name string, data []byte, patches ...Patch) *File {
	src := open(name, data, patches)
	d, _ := load(&src)
	if d == nil {
		return nil
	}
	schema, err := compile()
	if err != nil {
		return nil
	}
	w := wreck{document: d, lost: map[string]bool{}, given: map[string]int{}}
	tree := json.NewDecoder(bytes.NewReader(d.out))
	tree.UseNumber()
	if tree.Decode(&w.tree) != nil || w.tree == nil {
		return nil
	}
	if !w.clear(schema) {
		return nil
	}
	text, err := json.Marshal(w.tree)
	if err != nil {
		return nil
	}
	f := &File{source: src, places: d.places, lost: w.lost}
	if json.Unmarshal(text, f) != nil {
		return nil
	}
	return f
}

// wreck is a file of which the parts at fault are taken out.
type wreck struct {
	*document
	tree  map[string]any
	lost  map[string]bool
	round int
	given map[string]int // Entries that were given up, and in which round.
}

// rounds bounds how often the rest is looked at again: what is taken out may be
// missed by what is around it, and there are three levels above any part.
const rounds = 4

// clear takes out parts until the schema has nothing to say.
func (w *wreck) clear(schema *jsonschema.Schema) bool {
	for w.round = range rounds {
		var found *jsonschema.ValidationError
		if err := schema.Validate(w.tree); !errors.As(err, &found) {
			return err == nil
		}
		w.drop(found)
	}
	return false
}

func (w *wreck) drop(err *jsonschema.ValidationError) {
	for _, c := range err.Causes {
		w.drop(c)
	}
	if len(err.Causes) > 0 {
		return
	}
	at := err.InstanceLocation
	if k, ok := err.ErrorKind.(*kind.AdditionalProperties); ok {
		// What the language does not have says nothing about the rest.
		if around, ok := w.find(at).(map[string]any); ok {
			for _, key := range k.Properties {
				delete(around, key)
			}
		}
		return
	}
	w.give(part(at))
}

// part returns what is given up when something within it is at fault: a key of a
// population, of the gateway, a server beside it, the network or the target, an entry of the timeline,
// a threshold, or else a key of the file.
func part(location []string) []string {
	depth := 1
	if len(location) > 0 {
		switch location[0] {
		case "populations":
			depth = 3
		case "gateway", "app", "addressServer", "network", "target", "timeline", "thresholds", "gate", "abort":
			depth = 2
		}
	}
	return location[:min(depth, len(location))]
}

// give gives up a part. Something harmless stands where the rest needs something.
func (w *wreck) give(part []string) {
	path := w.path(part)
	w.lost[path] = true
	if path == "" {
		// Only what every file must have can be missing here.
		if _, ok := w.tree["duration"]; !ok {
			w.lost["duration"], w.tree["duration"] = true, MaxSpan.String()
		}
		return
	}
	key := part[len(part)-1]
	around := w.find(part[:len(part)-1])
	switch part[0] {
	case "timeline":
		if list, ok := around.([]any); ok {
			i, _ := strconv.Atoi(key)
			if round, again := w.given[path]; again && round < w.round {
				list[i] = nil // Its name is at fault.
			}
			w.given[path] = w.round
			list[i] = blank(list[i])
			return
		}
	case "thresholds":
		if list, ok := around.([]any); ok {
			i, _ := strconv.Atoi(key)
			list[i] = "-"
			return
		}
	case "gate", "abort":
		if list, ok := around.([]any); ok {
			i, _ := strconv.Atoi(key)
			list[i] = "-"
			return
		}
	case "populations":
		if len(part) == 2 {
			w.needs(part)
			return
		}
	}
	if m, ok := around.(map[string]any); ok {
		delete(m, key)
	}
}

// needs gives a population what it cannot be without.
func (w *wreck) needs(part []string) {
	all, ok := w.tree["populations"].(map[string]any)
	if !ok {
		return
	}
	name := part[1]
	p, ok := all[name].(map[string]any)
	if !ok {
		p = map[string]any{}
		all[name] = p
	}
	for key, value := range map[string]any{"accounts": 1, "clientType": "android"} {
		if _, has := p[key]; !has {
			p[key], w.lost[w.path(part)+"."+key] = value, true
		}
	}
	delete(w.lost, w.path(part))
}

// NoName is the name of an entry whose own could not be read.
const NoName = "no-name"

// blank is an entry without what was wrong with it, but its name and instants
// where they can be read. Its verb changes nothing that another entry builds on.
func blank(entry any) any {
	out := map[string]any{"name": NoName, "logout": map[string]any{}}
	old, _ := entry.(map[string]any)
	if name, ok := old["name"].(string); ok && name != "" {
		out["name"] = name
	}
	if every, ok := old["every"].(string); ok {
		if _, err := parsePositive(every); err == nil {
			out["every"] = every
		}
	}
	if at, ok := old["at"].(string); ok {
		if _, err := parseSpan(at); err == nil {
			out["at"] = at
		}
	}
	if times, ok := old["times"].(json.Number); ok {
		if n, err := times.Int64(); err == nil && n >= 1 && n <= MaxTimes {
			out["times"] = times
		}
	}
	if out["at"] == nil && out["every"] == nil {
		out["at"] = "0s"
	}
	return out
}

// find returns what stands at a location; nil = nothing does.
func (w *wreck) find(location []string) any {
	var at any = w.tree
	for _, step := range location {
		switch around := at.(type) {
		case map[string]any:
			at = around[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(around) {
				return nil
			}
			at = around[i]
		default:
			return nil
		}
	}
	return at
}

// path writes a location as File.At reads it.
func (w *wreck) path(location []string) string {
	e := explainer{document: w.document}
	return e.path(location)
}

// Lost reports whether the value of a path could not be read, so that what
// stands there, or around it, was not written by anybody.
func (f *File) Lost(path string) bool {
	for ; path != ""; path = parent(path) {
		if f.lost[path] {
			return true
		}
	}
	return false
}
