package explore

import (
	"bytes"
	"testing"
)

// TestFewDrawsAreRefused bounds what the plan refuses of what is drawn: draws that
// are refused look like seeds that found nothing.
func TestFewDrawsAreRefused(t *testing.T) {
	t.Parallel()
	const seeds, most = 300, 6 // Two in a hundred.
	e := newExplorer(t)
	refused := 0
	for seed := uint64(1); seed <= seeds; seed++ {
		if _, err := e.Draw(seed); err != nil {
			if refused++; refused > most {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
}

// TestATextIsWhatWasDrawn holds the plan of what was drawn against that of its text,
// which a replay reads, and a seed against itself.
func TestATextIsWhatWasDrawn(t *testing.T) {
	t.Parallel()
	e := newExplorer(t)
	for seed := uint64(1); seed <= 60; seed++ {
		c, err := e.Draw(seed)
		if err != nil {
			continue
		}
		text := c.Text("")
		if twin, err := e.Draw(seed); err != nil || !bytes.Equal(twin.Text(""), text) {
			t.Errorf("seed %d draws two scenarios (%v)", seed, err)
		}
		again, err := c.reread()
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		drawn, err := c.compile()
		if err != nil {
			t.Fatal(err)
		}
		read, err := again.compile()
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if drawn.Digest() != read.Digest() {
			t.Errorf("seed %d: its text makes another plan\n%s", seed, text)
		}
		if !bytes.Equal(again.Text(""), text) {
			t.Errorf("seed %d: its text is written in another way when it was read\n%s\n%s", seed, text, again.Text(""))
		}
		if names := Unhealed(again.File); len(names) > 0 {
			t.Errorf("seed %d: %v last to the end\n%s", seed, names, text)
		}
	}
}
