package plan

import (
	"os"
	"testing"

	"loginstorm/sim/scenario"
)

func TestX(t *testing.T) {
	for _, n := range []string{"sketch", "everything"} {
		data, _ := os.ReadFile("../scenario/testdata/good/" + n + ".yaml")
		f, err := scenario.Parse(n+".yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(f, Options{})
		if fs, ok := err.(scenario.Faults); ok {
			t.Error(fs.Format())
			continue
		}
		p.Print(os.Stdout)
	}
}
