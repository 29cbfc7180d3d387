package explore

import (
	"reflect"
	"strings"
	"testing"

	"loginstorm/sim/scenario"
)

func newExplorer(t testing.TB) *Explorer {
	t.Helper()
	e, err := New(UsualClients)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestEveryVerbIsDrawn holds the list of verbs against the language, and demands that
// few seeds are enough to have each of them happen, other than to heal.
func TestEveryVerbIsDrawn(t *testing.T) {
	const seeds = 250
	want := map[string]bool{}
	for i := range reflect.TypeFor[scenario.Verbs]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[scenario.Verbs]().Field(i).Tag.Get("json"), ",")
		want[name] = true
	}
	for _, v := range verbs() {
		if !want[v.name] {
			t.Errorf("%s is no verb of the language", v.name)
		}
	}
	if len(verbs()) != len(want) {
		t.Errorf("%d verbs can be drawn, the language has %d", len(verbs()), len(want))
	}
	e := newExplorer(t)
	for seed := uint64(1); seed <= seeds; seed++ {
		c, err := e.Draw(seed)
		if err != nil {
			continue
		}
		for i := range c.File.Timeline {
			if entry := &c.File.Timeline[i]; !strings.HasPrefix(entry.Name, "heal-") {
				delete(want, entry.Verb())
			}
		}
	}
	for name := range want {
		t.Errorf("no seed from 1 to %d draws %s", seeds, name)
	}
}
