package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"loginstorm/sim/record"
)

// strainedRun is a run of which somebody looked at the generator: in its second second
// it was throttled.
func strainedRun(hide func(*record.Health)) *record.Aggregate {
	const ms = record.Seconds(time.Millisecond)
	a := record.NewAggregate(record.Layout{Populations: []string{"phones"}}, 1)
	r := record.NewRecorder(record.Layout{Populations: []string{"phones"}}, 0)
	for second := range 2 {
		r.Observe(record.StartLateness, 0, 0, time.Duration(second+1)*time.Millisecond)
		a.Add(r.Cut(time.Duration(second+1) * time.Second))
		h := &record.Health{Span: 1000 * ms,
			Runtime: record.RuntimeHealth{Sched: record.Brief{Count: 9, P50: ms / 100, P99: ms, Max: 2 * ms}, GCPause: ms / 2, GCShare: .04, GCs: 1, Procs: 2},
			Process: &record.ProcessHealth{CPU: 0.5, Cores: 2, Files: 532, FilesLimit: 20000},
			Target:  &record.TargetHealth{CPU: 0.25},
			Quota:   &record.QuotaHealth{},
			Machine: &record.MachineHealth{Cores: 4, Idle: 3, Stolen: 0.125, Sockets: 1060, TimeWait: 400, Ports: 28232, Retransmits: 2, Sent: 5000}}
		if second == 1 {
			h.Process.CPU, h.Process.Away, h.Machine.Idle = 1.5, 300*ms, 1.5
			h.Quota = &record.QuotaHealth{Cores: 1.5, Throttled: 250 * ms, Times: 3}
		}
		hide(h)
		for _, row := range a.Sealed() {
			a.Health(&row, h)
		}
	}
	return a
}

func all(*record.Health)       {}
func nothing(h *record.Health) { h.Process, h.Target, h.Quota, h.Machine = nil, nil, nil, nil }

func TestExpositionOfHealth(t *testing.T) {
	for name, hide := range map[string]func(*record.Health){"metrics-health.txt": all, "metrics-health-untold.txt": nothing} {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(collector(strainedRun(hide)))
		var b bytes.Buffer
		for line := range strings.Lines(string(scrape(t, registry))) {
			if strings.Contains(line, "loginstorm_generator_") || strings.Contains(line, "loginstorm_machine_") {
				b.WriteString(line)
			}
		}
		golden(t, name, b.Bytes())
	}
}

// The text says what was sampled, and what the system does not tell.
func TestTextOfHealth(t *testing.T) {
	for name, hide := range map[string]func(*record.Health){"health.txt": all, "health-untold.txt": nothing} {
		var b bytes.Buffer
		a := strainedRun(hide)
		if err := Text(&b, Summarize(a, Facts{Name: "strained", Driver: "run", CPU: 1}), Options{Width: 100}); err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(b.String(), "Generator\n")
		golden(t, name, []byte(text))
	}
}
