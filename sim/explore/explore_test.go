package explore

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"loginstorm/sim/client"
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
	delete(want, "control") // It is about gateways outside, and only a mark in virtual time.
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

// TestWhatIsDrawnIsHealed demands that nothing a scenario does lasts to its end, and
// that denials without an end and crowds are drawn, too.
func TestWhatIsDrawnIsHealed(t *testing.T) {
	const seeds = 300
	e := newExplorer(t)
	denials, crowds := 0, 0
	for seed := uint64(1); seed <= seeds; seed++ {
		c, err := e.Draw(seed)
		if err != nil {
			continue
		}
		if left := Unhealed(c.File); len(left) > 0 {
			t.Errorf("seed %d: %v last to the end", seed, left)
		}
		clients := 0
		for i := range c.File.Populations {
			clients += int(c.File.Populations[i].Accounts) * max(1, int(c.File.Populations[i].DevicesPerAccount), len(c.File.Populations[i].ClientType))
		}
		count(&denials, slices.ContainsFunc(c.File.Timeline, func(e scenario.Entry) bool {
			return e.AppServer != nil && e.AppServer.Deny != nil && e.AppServer.For == nil
		}))
		count(&crowds, clients > UsualClients)
	}
	if denials == 0 || crowds == 0 {
		t.Errorf("%d scenarios have denials without an end, %d are crowds", denials, crowds)
	}
}

// TestAnInstantThatDoesNotEndIsStopped counts what clients do at one instant.
func TestAnInstantThatDoesNotEndIsStopped(t *testing.T) {
	j := judge{stop: func() {}, heeds: make([]heed, 1)}
	j.watch(make([]client.Published, mostAtOnce))
	if j.endless() {
		t.Error("stopped too early")
	}
	stopped := false
	j.stop = func() { stopped = true }
	j.watch(make([]client.Published, 1))
	if !j.endless() || !stopped {
		t.Error("not stopped")
	}
	j.watch([]client.Published{{At: 1}})
	if j.atOnce != 1 {
		t.Errorf("%d things at the next instant", j.atOnce)
	}
}
