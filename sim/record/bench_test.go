package record

import (
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// samples are what a login leaves behind.
func samples(r *Recorder, i int) {
	v := time.Duration(i*i%7919) * 17 * time.Microsecond
	r.Dialled(0, wire.Auto)
	r.Move(0, login.Connecting, login.Logging)
	r.Observe(PhaseDial, 0, wire.Auto, v/4)
	r.Observe(PhaseLogin, 0, wire.Auto, v/2)
	r.Move(0, login.Logging, login.LoggedIn)
	r.Observe(ConnectToLoggedIn, 0, wire.Auto, v)
	r.Observe(ConnectToLoggedInUncorrected, 0, wire.Auto, v)
	r.Observe(TimeToLoggedIn, 0, wire.Auto, v)
	r.Observe(StartLateness, 0, wire.NoOrigin, time.Duration(i%97)*time.Microsecond)
	r.Attempt(0, wire.Auto, wire.Success)
}

func BenchmarkObserve(b *testing.B) {
	r := NewRecorder(layout(), 0)
	r.Observe(ConnectToLoggedIn, 0, wire.Auto, 1)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		r.Observe(ConnectToLoggedIn, 0, wire.Auto, time.Duration(i*i%7919)*17*time.Microsecond)
	}
}

func BenchmarkLogin(b *testing.B) {
	r := NewRecorder(layout(), 0)
	samples(r, 0)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		samples(r, i)
	}
}

// BenchmarkCut is what a shard pays once a second after 10,000 logins.
func BenchmarkCut(b *testing.B) {
	r := NewRecorder(layout(), 0)
	for i := range 10_000 {
		samples(r, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i := range 10 {
			samples(r, i)
		}
		r.Release(r.Cut(time.Second))
	}
}

// BenchmarkAdd is what merging a shard's second of 10,000 logins costs.
func BenchmarkAdd(b *testing.B) {
	r := NewRecorder(layout(), 0)
	for i := range 10_000 {
		samples(r, i)
	}
	iv := r.Cut(time.Second)
	a := NewAggregate(layout(), 1)
	b.ReportAllocs()
	for b.Loop() {
		iv.Second = a.Seconds()
		a.Add(iv)
		a.Sealed()
	}
}

func BenchmarkSnapshot(b *testing.B) {
	r := NewRecorder(layout(), 0)
	for i := range 100_000 {
		samples(r, i)
	}
	a := NewAggregate(layout(), 1)
	a.Add(r.Cut(time.Second))
	b.ReportAllocs()
	for b.Loop() {
		a.Snapshot()
	}
}
