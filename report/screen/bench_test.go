package screen

import (
	"testing"
	"time"

	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// busy is a second of 2,000 logins, as an aggregate seals it.
func busy(b *testing.B) (*record.Aggregate, []record.Row) {
	l := record.Layout{Populations: []string{"phones", "desks", "tablets"}}
	a, r := record.NewAggregate(l, 1), record.NewRecorder(l, 0)
	var rows []record.Row
	for s := range 60 {
		for i := range 2000 {
			for p := range uint16(3) {
				for _, o := range []wire.Origin{wire.Auto, wire.Reconnect} {
					r.Observe(record.ConnectToLoggedIn, p, o, time.Duration(10_000+i*i*(s+1))*time.Microsecond)
				}
			}
		}
		iv := r.Cut(time.Duration(s+1) * time.Second)
		a.Add(iv)
		r.Release(iv)
		rows = append(rows, a.Sealed()...)
	}
	return a, rows
}

// BenchmarkAdd is what a second costs the goroutine that delivers it: under a
// millisecond.
func BenchmarkAdd(b *testing.B) {
	_, rows := busy(b)
	feed := NewFeed(Facts{})
	for i := 0; b.Loop(); i++ {
		feed.Add(rows[i%len(rows)])
	}
}

// BenchmarkState is what a picture's figures cost, in the view's own goroutine.
func BenchmarkState(b *testing.B) {
	_, rows := busy(b)
	feed := NewFeed(Facts{})
	for _, r := range rows {
		feed.Add(r)
	}
	for b.Loop() {
		feed.State()
	}
}

func BenchmarkEvaluate(b *testing.B) {
	a, _ := busy(b)
	t, err := record.ParseThreshold("p99(connect_to_logged_in) < 800ms")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t.Evaluate(a)
	}
}

func BenchmarkView(b *testing.B) {
	feed := NewFeed(morning(false))
	for s := range 30 {
		feed.Add(secondRow(s))
	}
	f := morning(false)
	f.Color = true
	m, _ := New(f, nil).Update(feed.State())
	for b.Loop() {
		m.View()
	}
}
