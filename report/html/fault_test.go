package html

import (
	"strings"
	"testing"

	"loginstorm/report/rundir"
)

// A fault that one of two runs has is shaded in the charts of that run and in those of
// both, where its number says whose it is; one that both have at the same instant is
// everybody's.
func TestFaultsOfRuns(t *testing.T) {
	other := func(text string) string {
		if text == "crash" {
			return "loss"
		}
		return text
	}
	p, err := build([]*rundir.Run{simulated(t, 1, plainly, false), simulated(t, 2, other, false)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"status0": "1 deploy, 2 crash", "status1": "1 deploy, 2 loss", "heat1": "1 deploy, 2 loss", "loggedin": "1 deploy, A2 crash, B2 loss"}
	for _, c := range p.Data.Charts {
		names := []string{}
		for _, m := range c.draw().Marks {
			names = append(names, m.Number+" "+m.Name)
		}
		if got := strings.Join(names, ", "); want[c.ID] != "" && got != want[c.ID] {
			t.Errorf("chart %s marks %s, not %s", c.ID, got, want[c.ID])
		}
		delete(want, c.ID)
	}
	if len(want) > 0 {
		t.Errorf("no such charts: %v", want)
	}
}
