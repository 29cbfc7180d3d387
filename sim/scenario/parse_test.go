package scenario

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestBadFilesAreRefusedWithAllTheirFaults(t *testing.T) {
	paths, _ := filepath.Glob("testdata/bad/*.yaml")
	if len(paths) == 0 {
		t.Fatal("no bad files")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(filepath.Base(path), data)
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("got %v, want faults", err)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", faults.Format())
		})
	}
}

func good(t *testing.T, name string) *File {
	t.Helper()
	path := "testdata/good/" + name + ".yaml"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(path, data)
	if err != nil {
		var faults Faults
		errors.As(err, &faults)
		t.Fatalf("%v\n%s", err, faults.Format())
	}
	return f
}

func TestGoodFiles(t *testing.T) {
	paths, _ := filepath.Glob("testdata/good/*.yaml")
	for _, path := range paths {
		good(t, strings.TrimSuffix(filepath.Base(path), ".yaml"))
	}
}

func TestAByteOrderMarkIsNoText(t *testing.T) {
	f, err := Parse("x", []byte("\ufeff# Why?\nduration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\n"))
	if err != nil || f.Description != "Why?" {
		t.Errorf("got %+v, %v", f, err)
	}
}
