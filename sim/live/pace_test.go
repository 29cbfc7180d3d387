package live

import (
	"testing"
	"time"
)

func TestPaceHandsOutInstantsAGapApart(t *testing.T) {
	p := newPace(1000)
	for i, want := range []Time{5 * time.Millisecond, 6 * time.Millisecond, 7 * time.Millisecond} {
		if at := p.slot(5 * time.Millisecond); at != want {
			t.Errorf("slot %d is at %v, want %v", i, at, want)
		}
	}
	// What was not used is not saved up: the cap holds in every second.
	if at := p.slot(time.Second); at != time.Second {
		t.Errorf("after a pause: %v", at)
	}
	if at := p.slot(time.Second); at != time.Second+time.Millisecond {
		t.Errorf("behind it: %v", at)
	}
	if uncapped := newPace(0); uncapped.gap != 0 {
		t.Error("no cap became one")
	}
}

// The kernel's timer rings once for each time it is set, and ends with its clock.
func TestFineTimerRings(t *testing.T) {
	rang := make(chan struct{}, 1)
	var c clock
	c.start(func() { rang <- struct{}{} }, true)
	defer c.stop()
	if c.fine == nil {
		return // Here the runtime's timer does; every other test sleeps by it.
	}
	for range 3 {
		if !c.fine.set(time.Microsecond) {
			t.Fatal("it cannot be set")
		}
		<-rang
	}
}
