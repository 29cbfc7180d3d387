package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// Every word that a reader may write or meet is on the page, as code.

// code is everything on the page that is written as code.
func code(page string) string {
	var b strings.Builder
	for _, f := range fences(page) {
		if f.language != "text" {
			b.WriteString(f.text)
		}
		page = strings.Replace(page, f.text, "", 1)
	}
	page = regexp.MustCompile("(?m)^```.*$").ReplaceAllString(page, "")
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(page, -1) {
		b.WriteString(m[1] + "\n")
	}
	return b.String()
}

// keys are those of a type and of what it holds.
func keys(t reflect.Type, seen map[reflect.Type]bool) (all []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); f.IsExported() && key != "" && key != "-" {
			all = append(all, key)
		}
		if f.IsExported() {
			all = append(all, keys(f.Type, seen)...)
		}
	}
	return all
}

// wordsOf reads the list of words that a function of another room returns.
func wordsOf(t *testing.T, path, name string) (words []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", path), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
			ast.Inspect(fn, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					word, _ := strconv.Unquote(lit.Value)
					words = append(words, word)
				}
				return true
			})
		}
	}
	if len(words) == 0 {
		t.Fatalf("%s has no %s", path, name)
	}
	return words
}

// mention is a word that the page has to name in code, with what comes behind it; 0 =
// the word ends there.
type mention struct {
	what, word string
	behind     byte
}

// in reports whether a text has the word.
func (m mention) in(text string) bool {
	part := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] == '-' || text[i] == '_' || text[i] >= '0' && text[i] <= '9' || text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z')
	}
	for at := 0; ; at++ {
		i := strings.Index(text[at:], m.word)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(m.word)
		if !part(at-1) && (m.behind == 0 && !part(end) || m.behind != 0 && end < len(text) && text[end] == m.behind) {
			return true
		}
	}
}

// mentions is everything that a reader may write or meet.
func mentions(t *testing.T) (all []mention) {
	add := func(what string, behind byte, words ...string) {
		for _, word := range words {
			all = append(all, mention{what, word, behind})
		}
	}
	add("key", 0, keys(reflect.TypeFor[scenario.File](), map[reflect.Type]bool{})...)
	for _, fn := range wordsOf(t, "sim/record/threshold_words.go", "functions") {
		switch {
		case slices.Contains([]string{"mean", "min", "max", "sum"}, fn): // Of the same form as p99.
			add("figure", 0, fn)
		case fn == "p99", !strings.HasPrefix(fn, "p"):
			add("figure", '(', fn)
		}
	}
	add("filter", ':', wordsOf(t, "sim/record/threshold_words.go", "filters")...)
	add("class", 0, record.Classes()...)
	add("preset", 0, append(login.PolicyNames(), login.ProfileNames()...)...)
	root := newRoot(streams{})
	for _, c := range root.Commands() {
		add("command", 0, c.Name())
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				add("flag", 0, "--"+f.Name)
			}
		})
	}
	return all
}

func unnamed(page string, all []mention) (faults []string) {
	text := code(page)
	for _, m := range all {
		if !m.in(text) {
			faults = append(faults, fmt.Sprintf("README.md does not name the %s %s", m.what, m.word))
		}
	}
	for _, c := range []exitCode{exitPass, exitError, exitUsage, exitFailed, exitBroken, exitInvalid, exitInterrupted} {
		if !slices.ContainsFunc(rows(page, "| code | |"), func(r row) bool { return r[0] == fmt.Sprint(int(c)) }) {
			faults = append(faults, fmt.Sprintf("README.md does not explain exit code %d", c))
		}
	}
	return faults
}

func TestReadmeNamesWhatCanBeWritten(t *testing.T) {
	page, all := readme(t), mentions(t)
	for _, fault := range unnamed(page, all) {
		t.Error(fault)
	}
	for _, planted := range []string{
		strings.ReplaceAll(page, "clockSkew", "skew"), strings.ReplaceAll(page, "herd_index(", "herd("), strings.ReplaceAll(page, "--scale", "--size"),
		strings.ReplaceAll(page, "rongcloud", "rain"), strings.ReplaceAll(page, "metastable", "stable"), strings.ReplaceAll(page, "\n| 4 |", "\n| 6 |"),
	} {
		if len(unnamed(planted, all)) == 0 {
			t.Error("a page that lacks a word is let through")
		}
	}
}

// TestReadmeThresholdsAreSome reads the forms of thresholds that the page shows.
func TestReadmeThresholdsAreSome(t *testing.T) {
	found := 0
	for _, r := range rows(readme(t), "| form | figure |") {
		for _, m := range regexp.MustCompile("`([^`]+ [<>=!]+ [^`]+)`").FindAllStringSubmatch(strings.Join(r, " "), -1) {
			found++
			if _, err := record.ParseThreshold(m[1]); err != nil {
				t.Errorf("README.md: %v", err)
			}
		}
	}
	if found < 10 {
		t.Errorf("README.md shows %d thresholds", found)
	}
}
