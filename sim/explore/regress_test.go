package explore

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRegressions replays scenarios in which a rule broke once. Each opens with what
// went wrong.
func TestRegressions(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "regressions", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Read(path, text, nil)
			if err != nil {
				t.Fatal(err)
			}
			out := Try(t.Context(), c, nil)
			if out.Refused != nil {
				t.Fatal(out.Refused)
			}
			if out.Failure != nil {
				t.Error(out.Failure)
			}
		})
	}
}
