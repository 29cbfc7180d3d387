package record

import (
	"strings"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

const oneSecond = Seconds(time.Second)

// calm is a second of a machine of two cores on which there is nothing to complain of.
func calm() Health {
	return Health{Span: oneSecond, Runtime: RuntimeHealth{Procs: 2, GCPause: Seconds(100 * time.Microsecond), GCShare: .02},
		Process: &ProcessHealth{CPU: .3, Cores: 2, Files: 500, FilesLimit: 20000},
		Target:  &TargetHealth{CPU: .2},
		Quota:   &QuotaHealth{},
		Machine: &MachineHealth{Cores: 2, Idle: 1.4, Sockets: 900, TimeWait: 30, Ports: 28232, Sent: 4000}}
}

// strained is a run of six seconds with a hundred starts in each: those of second 3 are
// late, and its health, and what it was in the second before, are as told.
func strained(by time.Duration, bad func(*Health), at ...int) *Aggregate {
	a, r := NewAggregate(layout(), 1), NewRecorder(layout(), 0)
	for n := range 6 {
		for range 100 {
			v := 10 * time.Microsecond
			if n == 3 {
				v = by
			}
			r.Observe(StartLateness, 0, 0, v)
			r.Observe(ConnectToLoggedIn, 0, wire.Auto, 20*time.Millisecond)
		}
		a.Add(r.Cut(time.Duration(n+1) * time.Second))
		h := calm()
		for _, i := range at {
			if i == n {
				bad(&h)
			}
		}
		for _, row := range a.Sealed() {
			a.Health(&row, &h)
		}
	}
	return a
}

// Every shortage is called by its name and gets the one sentence that helps; a shortage
// that made nobody late invalidates nothing.
func TestCause(t *testing.T) {
	const ms = Seconds(time.Millisecond)
	for _, c := range []struct {
		cause, remedy string
		bad           func(*Health)
	}{
		{ByQuota, "raise the CPU limit of the control group or container, which is 0.5 cores and held the generator back for 600ms of 1s",
			func(h *Health) {
				h.Quota.Throttled, h.Quota.Cores, h.Process.Cores, h.Process.Away = 600*ms, .5, .5, 600*ms
			}},
		{ByThief, "the hypervisor took 0.80 of its 2 cores away", func(h *Health) { h.Machine.Stolen, h.Machine.Idle, h.Process.Away = .8, .1, 300*ms }},
		{ByStop, "stood still for 700ms of 1s although cores were idle", func(h *Health) { h.Process.Away = 700 * ms }},
		{ByStop, "stood still for 3s of 4s", func(h *Health) { h.Process.Away, h.Span, h.Machine, h.Quota = 3*oneSecond, 4*oneSecond, nil, nil }},
		{ByGC, "stopped the generator for up to 6ms", func(h *Health) { h.Runtime.GCPause = 6 * ms }},
		{ByGC, "took 40 % of the generator's processor time", func(h *Health) { h.Runtime.GCShare = .4 }},
		{ByCPU, "it used 1.95 of the 2 cores it may use", func(h *Health) { h.Process.CPU, h.Machine.Idle = 1.95, 0 }},
		{ByCPU, "the generator used 1.20", func(h *Health) { h.Process.CPU, h.Target.CPU, h.Machine.Idle = 1.2, .6, .1 }},
		{ByTarget, "loginstorm target on another machine", func(h *Health) { h.Process.CPU, h.Target.CPU, h.Machine.Idle = .7, 1.1, .1 }},
		{ByOthers, "of 2 cores the generator used 0.30, the embedded gateway 0.20, everything else 1.50", func(h *Health) { h.Machine.Idle = 0 }},
		{ByOthers, "run where nothing else runs", func(h *Health) { h.Machine.Idle, h.Process.Away = .05, 200*ms }},
		{ByFiles, "19900 of 20000 were open", func(h *Health) { h.Process.Files = 19900 }},
		{ByPorts, "28100 sockets, 27000 of them waiting", func(h *Health) { h.Machine.Sockets, h.Machine.TimeWait = 1100, 27000 }},
		{ByBurst, "on average it used 0.30 of 2 cores", func(*Health) {}},
		{ByUnknown, "give the generator more cores, lower the arrival rate", func(h *Health) { h.Process, h.Target, h.Quota, h.Machine = nil, nil, nil, nil }},
	} {
		name := c.cause + ": " + c.remedy
		j := strained(10*time.Millisecond, c.bad, 3).Judge(nil, nil, nil)
		if j.Verdict != Invalid || len(j.Remedies) != 1 || !strings.Contains(j.Remedies[0], c.remedy) || j.Lateness[0].Cause != c.cause {
			t.Errorf("%s: %v, %q, cause %q", name, j.Verdict, j.Remedies, j.Lateness[0].Cause)
		}
		if strings.Count(strings.Join(j.Remedies, ""), "\n") > 0 || strings.HasSuffix(j.Remedies[0], ".") {
			t.Errorf("%s: no one sentence: %q", name, j.Remedies)
		}
		if j := strained(time.Millisecond, c.bad, 0, 1, 2, 3, 4, 5).Judge(nil, nil, nil); j.Verdict != Pass || len(j.Remedies) > 0 || j.Lateness[0].Cause != "" {
			t.Errorf("%s: nobody was late, and it is %+v", name, j)
		}
	}
}

// The seconds in which nobody was late say nothing about why somebody was, but for the
// one before: who stood still is late in the second after it.
func TestCauseIsOfItsSeconds(t *testing.T) {
	stopped := func(h *Health) { h.Process.Away = oneSecond / 2 }
	for at, want := range map[int]string{0: ByBurst, 1: ByBurst, 2: ByStop, 3: ByStop, 4: ByBurst} {
		if j := strained(10*time.Millisecond, stopped, at).Judge(nil, nil, nil); j.Lateness[0].Cause != want {
			t.Errorf("it stood still in second %d: %q, want %q", at, j.Lateness[0].Cause, want)
		}
	}
	busy := func(h *Health) { h.Process.CPU, h.Machine.Idle = 2, 0 }
	if j := strained(10*time.Millisecond, busy, 2).Judge(nil, nil, nil); j.Lateness[0].Cause != ByBurst {
		t.Errorf("it was busy before, and that is said to be why: %q", j.Lateness[0].Cause)
	}
}

// A cap that bites is named, and one that does not is not.
func TestCapIsNamed(t *testing.T) {
	for limit, want := range map[float64]string{0: ByBurst, 80: ByCap, 105: ByCap, 200: ByBurst} {
		a := strained(10*time.Millisecond, func(*Health) {})
		a.Capped(limit)
		if j := a.Judge(nil, nil, nil); j.Lateness[0].Cause != want {
			t.Errorf("a cap of %v beside 100 attempts a second: %q, want %q", limit, j.Lateness[0].Cause, want)
		}
	}
}

// Several kinds of lateness with one cause have one remedy.
func TestOneRemedyForOneCause(t *testing.T) {
	a, r := NewAggregate(layout(), 1), NewRecorder(layout(), 0)
	for range 200 {
		r.Observe(StartLateness, 0, 0, 10*time.Millisecond)
		r.Observe(RecordLateness, 0, 0, 10*time.Millisecond)
		r.Observe(TimerLateness, 0, 0, 10*time.Millisecond)
		r.Observe(ConnectToLoggedIn, 0, wire.Auto, 20*time.Millisecond)
	}
	a.Add(r.Cut(time.Second))
	h := calm()
	h.Process.CPU = 2
	for _, row := range a.Sealed() {
		a.Health(&row, &h)
	}
	if j := a.Judge(nil, nil, nil); len(j.Reasons) != 3 || len(j.Remedies) != 1 {
		t.Errorf("%q, %q", j.Reasons, j.Remedies)
	}
}

// What is read back from rows is what was written; rows without health are older ones.
func TestStrainIsRestored(t *testing.T) {
	a := NewAggregate(layout(), 1)
	restored := NewRestored(layout())
	r := NewRecorder(layout(), 0)
	for n := range 4 {
		a.Add(r.Cut(time.Duration(n+1) * time.Second))
		for _, row := range a.Sealed() {
			h := calm()
			h.Process.CPU = float64(n)
			h.Machine.Retransmits = uint64(n)
			a.Health(&row, &h)
			restored.Row(row)
		}
	}
	want, got := a.Strain(), restored.Aggregate().Strain()
	if got.CPU != want.CPU || got.Retransmits != want.Retransmits || got.Idle != want.Idle || got.Seconds != 4 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if want.CPU.Mean != 1.5 || want.CPU.Worst != 3 || want.CPU.Second != 3 || want.Retransmits != 6 || want.Sent != 16000 {
		t.Errorf("%+v", want)
	}
	if NewAggregate(layout(), 1).Strain() != nil {
		t.Error("nobody looked, and there is a strain")
	}
}
