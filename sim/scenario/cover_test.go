package scenario

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestGoodFilesSayEverything: every key of the language stands in a good file, so
// that none is described and cannot be read.
func TestGoodFilesSayEverything(t *testing.T) {
	said, all := map[string]bool{}, map[string]bool{}
	paths, _ := filepath.Glob("testdata/good/*.yaml")
	for _, path := range paths {
		sayings(reflect.ValueOf(good(t, strings.TrimSuffix(filepath.Base(path), ".yaml"))), said)
	}
	words(reflect.TypeFor[File](), all)
	for word := range all {
		if !said[word] {
			t.Errorf("no good file says %s", word)
		}
	}
	if len(all) < 150 {
		t.Errorf("only %d words were looked for", len(all))
	}
}

// words collects every field that a file can fill.
func words(t reflect.Type, into map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		words(t.Elem(), into)
	case reflect.Struct:
		for f := range t.Fields() {
			if tag := f.Tag.Get("json"); f.Anonymous {
				words(f.Type, into)
			} else if key, _, _ := strings.Cut(tag, ","); key != "" && key != "-" && !into[t.Name()+"."+key] {
				into[t.Name()+"."+key] = true
				words(f.Type, into)
			}
		}
	}
}

// sayings collects every field that is filled.
func sayings(v reflect.Value, into map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			sayings(v.Elem(), into)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			sayings(v.Index(i), into)
		}
	case reflect.Struct:
		for f, value := range v.Fields() {
			if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); key != "" && key != "-" && !value.IsZero() {
				into[v.Type().Name()+"."+key] = true
			}
			if f.IsExported() {
				sayings(value, into)
			}
		}
	}
}

func TestVerb(t *testing.T) {
	f := good(t, "verbs")
	var verbs []string
	for i := range f.Timeline {
		verb := f.Timeline[i].Verb()
		if !slices.Contains(verbs, verb) {
			verbs = append(verbs, verb)
		}
		if !f.Has(fmt.Sprintf("timeline[%d].%s", i, verb)) {
			t.Errorf("%s: the file has no verb %q", f.Timeline[i].Name, verb)
		}
	}
	slices.Sort(verbs)
	want := verbNames()
	slices.Sort(want)
	if !slices.Equal(verbs, want) {
		t.Errorf("verbs %v, want %v", verbs, want)
	}
	if (&Entry{}).Verb() != "" {
		t.Error("an entry without a verb has one")
	}
}

func TestWho(t *testing.T) {
	for _, e := range good(t, "verbs").Timeline {
		who := e.Who()
		switch e.Name {
		case "reset":
			if who != &e.Cut.Who {
				t.Error("not the cut's own")
			}
		case "push":
			if who != &e.KickOther.Who {
				t.Error("not the call's own")
			}
		case "half":
			if want := (Accounts{{17, 17}, {100, 199}, {300, 300}}); !slices.Equal(who.Accounts, want) || !who.Accounts.Holds(150) || who.Accounts.Holds(200) {
				t.Errorf("accounts %v, want %v", who.Accounts, want)
			}
		case "deploy", "race", "that-night", "alone", "limit":
			if who != nil {
				t.Errorf("%s chooses %+v", e.Name, who)
			}
		}
	}
}

func TestRepetitionsBegin(t *testing.T) {
	f := good(t, "verbs")
	if e := f.Timeline[0]; e.At != *e.Every || f.Has("timeline[0].at") || e.Times != 3 {
		t.Errorf("at %v, every %v", e.At, e.Every)
	}
	if e := f.Timeline[1]; e.At.String() != "1s" || e.Every.String() != "5m0s" {
		t.Errorf("at %v, every %v", e.At, e.Every)
	}
}

func TestFiles(t *testing.T) {
	if got, want := good(t, "verbs").Files(), []string{"night.csv", "logs/day.ndjson"}; !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	if got := good(t, "everything").Files(); !slices.Equal(got, []string{"./my.yaml"}) {
		t.Errorf("files %v, want ./my.yaml alone: a secret and accounts are no such", got)
	}
}
