package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loginstorm/sim/scenario"
)

// FuzzCompile feeds whatever the language allows: a plan or faults, never a
// panic, and every plan can be printed.
func FuzzCompile(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "../scenario/testdata/good/*.yaml"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	o := Options{MaxClients: 5000, Virtual: true, Files: night(f)}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := scenario.Parse("fuzz.yaml", data)
		if err != nil {
			if rest := scenario.Salvage("fuzz.yaml", data); rest != nil {
				Faults(rest, o)
			}
			return
		}
		p, err := Compile(file, o)
		if err != nil {
			if len(err.(scenario.Faults)) == 0 {
				t.Fatal("refused without a fault")
			}
			return
		}
		var b strings.Builder
		p.Print(&b)
		p.Digest()
	})
}
