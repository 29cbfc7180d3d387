package main

import (
	"fmt"
	"strings"
	"testing"

	"loginstorm/sim/dialect"
)

// TestReadmeDescriptionsCompile: what the page shows of the language is the language.
func TestReadmeDescriptionsCompile(t *testing.T) {
	found := 0
	for _, f := range fences(readme(t)) {
		if f.language != "yaml" || !strings.Contains(f.text, "\nstates:") {
			continue
		}
		found++
		name := fmt.Sprintf("README.md:%d", f.line)
		if _, err := dialect.Parse(name, []byte(f.text), nil); err != nil {
			t.Errorf("%v", err)
		}
		if _, err := dialect.Parse(name, []byte(strings.Replace(f.text, "means: ", "meens: ", 1)), nil); err == nil {
			t.Errorf("%s: a fault is let through", name)
		}
	}
	if found == 0 {
		t.Error("README.md shows no description")
	}
}
