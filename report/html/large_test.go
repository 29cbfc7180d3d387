package html

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// An hour of five populations in every status, with every usual code and kick, a fault a
// minute, the health of the machine and the target's own series is a page of less than
// a megabyte that keeps all rules.
func TestPageOfALargeHour(t *testing.T) {
	const seconds = 3600
	l := record.Layout{}
	for i := range 5 {
		l.Populations = append(l.Populations, fmt.Sprintf("population number %d", i))
	}
	for i := range 60 {
		l.Entries = append(l.Entries, fmt.Sprintf("fault number %d of many", i))
		l.Begins, l.Ends, l.Recovers = append(l.Begins, record.Time(i+1)*time.Minute), append(l.Ends, record.Time(i+1)*time.Minute+20*time.Second), append(l.Recovers, true)
	}
	known := rundir.Known{}
	for i := range 4 {
		known.Target = append(known.Target, rundir.TargetMetric{Name: fmt.Sprintf("series %d", i), Unit: "share", From: "http://127.0.0.1:9090", Every: 1e9})
	}
	w, err := rundir.Create(filepath.Join(t.TempDir(), "large"), rundir.Manifest{Name: "large", Driver: "run", Seed: 7, Layout: rundir.LayoutOf(l), Known: known, Environment: machine(plainly)}, []byte("name: large\n"))
	if err != nil {
		t.Fatal(err)
	}
	agg, r := record.NewAggregate(l, 1), record.NewRecorder(l, 0)
	for p := range uint16(5) {
		r.Place(p, login.LoggedIn, 5000)
	}
	for s := range seconds {
		large(r, s)
		agg.Add(r.Cut(time.Duration(s+1) * time.Second))
		for _, row := range agg.Sealed() {
			agg.Health(&row, &record.Health{Span: 1e9, Runtime: record.RuntimeHealth{GCPause: record.Seconds(s%97) * 1e5}, Process: &record.ProcessHealth{CPU: float64(s%89) / 50, Cores: 2, Files: uint64(5000 + s%83)},
				Machine: &record.MachineHealth{Cores: 2, Sockets: uint64(9000 + s%79), TimeWait: uint64(s % 73), Retransmits: uint64(s % 71)}})
			if row.CPU = float64(s%89) / 50; w.AppendRow(row) != nil || w.AppendIntervals(row) != nil {
				t.Fatal("the row cannot be written")
			}
		}
		v := float64(s%67) / 67
		for _, m := range known.Target {
			if err := w.AppendTarget(rundir.TargetSample{At: record.Seconds(s) * 1e9, Series: m.Name, Value: &v}); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := finished(t, w, agg, report.Facts{Name: "large", Driver: "run", Seed: 7, Clients: []uint64{5000, 5000, 5000, 5000, 5000}}, false)
	text := pageOf(t, run)
	hold(t, text)
	if len(charts(text)) < 19 {
		t.Errorf("charts %v", charts(text))
	}
	t.Logf("%d bytes", len(text))
}

// large is one second in which something of every kind happens.
func large(r *record.Recorder, s int) {
	if entry := uint16(s/60) - 1; s >= 60 && s%60 == 0 {
		r.FaultBegan(entry, 30, 30)
		for range 30 {
			r.FaultHit(entry)
		}
	} else if s > 60 && s%60 <= 30 {
		r.FaultBack(entry, time.Duration(s%60)*time.Second)
	}
	p := uint16(s % 5)
	for i, to := range []login.Status{login.NetBroken, login.Connecting, login.Logging, login.KickOut, login.UnLogin, login.Forbidden, login.PwdError, login.LoggedIn} {
		if from := login.LoggedIn; s%97 == i {
			r.Move(p, from, to)
		}
	}
	for i, code := range []int{200, 408, 415, 416, 417, 503, 500, 302, 399} {
		for range 1 + (s*7+i*13)%11 {
			r.Dialled(p, wire.Reconnect)
			r.Attempt(p, wire.Reconnect, wire.Code(code))
		}
	}
	for reason := range uint8(4) {
		r.Kick(p, wire.Reason(1+(int(reason)+s)%4), login.KickOut)
	}
	if s%5 != 0 {
		return // A stretch of an hour has five seconds: one with logins fills it.
	}
	p = uint16(s / 5 % 5)
	for i := range 12 {
		took := time.Duration(1+(s*317+i*7919)%9000) * time.Millisecond
		for _, m := range timed() {
			r.Observe(m, p, wire.Reconnect, took/time.Duration(1+m))
		}
		r.Observe(record.ConnectToLoggedInUncorrected, p, wire.Reconnect, took/2)
		r.Observe(record.TimeToLoggedIn, p, wire.Reconnect, 2*took)
	}
}
