package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// scripts are the shell steps of a recipe and what its variables stand for.
type scripts struct {
	lines     []string
	variables map[string]string
}

// recipe reads the shell steps of a GitHub workflow or a GitLab configuration.
func recipe(text []byte) (s scripts, err error) {
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return s, err
	}
	s.variables = map[string]string{}
	s.collect("", tree)
	if len(s.lines) == 0 {
		return s, errors.New("it has no shell step")
	}
	return s, nil
}

// collect walks the tree: below run, script and after_script everything is shell, below
// env and variables everything is a variable.
func (s *scripts) collect(key string, node any) {
	switch node := node.(type) {
	case map[string]any:
		for k, v := range node {
			if key == "env" || key == "variables" {
				s.variables[k] = fmt.Sprint(v)
				continue
			}
			s.collect(k, v)
		}
	case []any:
		for _, v := range node {
			s.collect(key, v)
		}
	case string:
		if key == "run" || strings.HasSuffix(key, "script") {
			s.lines = append(s.lines, strings.Split(strings.TrimSpace(node), "\n")...)
		}
	}
}

// word is one word of a shell line, whole in its quotes.
var word = regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s"'])+`)

// shellWords splits a line into its words, without their quotes, up to where the shell
// takes over.
func shellWords(line string) (words []string) {
	for _, w := range word.FindAllString(line, -1) {
		if strings.ContainsAny(w[:1], "|<>&;") {
			break
		}
		words = append(words, strings.NewReplacer(`"`, "", "'", "").Replace(w))
	}
	return words
}

// recipeFaults checks the commands of a recipe against ours, also those within flags.
// It returns how many it found.
func recipeFaults(s scripts) (found int, faults []string) {
	for _, line := range s.lines {
		n, err := s.understood(shellWords(line))
		found += n
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", line, err))
		}
	}
	return found, faults
}

// understood parses the words of a call of ours; base is what a recipe calls the build
// that a change is compared with.
func (s scripts) understood(words []string) (found int, err error) {
	if len(words) == 0 || path.Base(words[0]) != "loginstorm" && path.Base(words[0]) != "base" {
		return 0, nil
	}
	for i, w := range words {
		words[i] = os.Expand(w, func(name string) string {
			if v := s.variables[name]; regexp.MustCompile(`\$\{\{.*'(\d+)' *\}\}`).MatchString(v) {
				return regexp.MustCompile(`'(\d+)'`).FindStringSubmatch(v)[1] // The default of an input.
			} else if v != "" {
				return v
			}
			return "no-variable-" + name
		})
		words[i] = strings.ReplaceAll(words[i], "{seed}", "1")
	}
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	cmd, rest, err := root.Find(words[1:])
	if err == nil && cmd == root {
		err = errors.New("it names no command")
	}
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		return 1, err
	}
	found = 1
	for _, arg := range cmd.Flags().Args() {
		if _, err := os.Stat(filepath.Join("..", "..", arg)); err != nil {
			return found, err
		}
	}
	for _, side := range []string{"base-command", "candidate-command"} {
		if f := cmd.Flags().Lookup(side); f != nil && f.Changed {
			n, err := s.understood(strings.Fields(f.Value.String()))
			found += n
			if err != nil {
				return found, fmt.Errorf("--%s: %w", side, err)
			}
			if n == 0 {
				return found, fmt.Errorf("--%s: %q is no command of ours", side, f.Value)
			}
		}
	}
	return found, nil
}

func TestRecipesUnderstood(t *testing.T) {
	for _, name := range []string{".github/workflows/gate.yml", ".gitlab-ci.yml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		s, err := recipe(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found, faults := recipeFaults(s)
		for _, fault := range faults {
			t.Errorf("%s: %s", name, fault)
		}
		const want = 4 // Two comparisons, one of them with two commands.
		if found != want {
			t.Errorf("%s: %d commands of ours, want %d", name, found, want)
		}
	}
}

// TestRecipeChecksCatch plants a fault of each kind into the workflow.
func TestRecipeChecksCatch(t *testing.T) {
	text, err := os.ReadFile("../../.github/workflows/gate.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, with string }{
		{"loginstorm compare --interleave", "loginstorm compete --interleave"},
		{"--interleave", "--interweave"},
		{"--metrics off", "--metric off"},
		{"--format junit", "--form junit"},
		{"scenarios/login-storm.yaml", "scenarios/no-such.yaml"},
		{"$SCENARIO\" --candidate", "\" --candidate"},
		{"./build/base run", "./build/base ran"},
		{"./build/base run", "./build/old run"},
		{"--seed {seed}", "--seed {sead}"},
		{"'10' }}", "'ten' }}"},
		{"run:", "ran:"},
	} {
		if !strings.Contains(string(text), c.old) {
			t.Fatalf("the workflow has no %s to plant a fault at", c.old)
		}
		s, err := recipe([]byte(strings.ReplaceAll(string(text), c.old, c.with)))
		if err != nil {
			continue
		}
		if _, faults := recipeFaults(s); len(faults) == 0 {
			t.Errorf("%s for %s is let through", c.with, c.old)
		}
	}
}
