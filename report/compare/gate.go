package compare

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"loginstorm/sim/record"
)

// DefaultFloor is the relative difference that is too small to be called.
const DefaultFloor = 0.05

// The figures of a gate that no threshold has: seconds of processor time for each
// login, of the generator and of the embedded gateway. They are measured, so only runs
// on sockets have them.
const (
	CPUPerLogin       = "cpu_per_login"
	TargetCPUPerLogin = "target_cpu_per_login"
)

// Metric is a figure that a gate looks at.
type Metric struct {
	Figure string  // As record.ParseFigure reads it, or CPUPerLogin, TargetCPUPerLogin.
	Floor  float64 // As a part of 1; what differs less is not called.
	// Lower: it is worse when it is lower. Otherwise when it is higher.
	Lower bool
}

// Gate is what is compared.
type Gate struct {
	Metrics []Metric
	// Asked: somebody wrote it, so that a figure which cannot be read is a fault.
	// Otherwise it is left out.
	Asked bool
}

// reader reads the figure of a metric off a run.
func (m *Metric) reader() (func(*Run) record.Reading, record.Figure, error) {
	if m.Figure == CPUPerLogin || m.Figure == TargetCPUPerLogin {
		own := m.Figure == CPUPerLogin
		return func(r *Run) record.Reading { return r.cpu(own) }, record.Figure{}, nil
	}
	f, err := record.ParseFigure(m.Figure)
	if err != nil {
		return nil, f, err
	}
	return func(r *Run) record.Reading { return f.Of(r.Aggregate) }, f, nil
}

// NewMetric returns a metric with the default floor, worse in the direction that its
// figure has by nature.
func NewMetric(figure string) (Metric, error) {
	m := Metric{Figure: strings.Join(strings.Fields(figure), " "), Floor: DefaultFloor}
	_, f, err := m.reader()
	m.Lower = err == nil && f.String() != "" && f.Grows()
	return m, err
}

// DefaultGate is the gate of a scenario that has none: how long a login takes, and for
// every entry that drops clients who are expected back, how long that takes; how hard
// they come, and what a login costs.
func DefaultGate(l record.Layout) Gate {
	g := Gate{}
	add := func(format string, args ...any) {
		g.Metrics = append(g.Metrics, Metric{Figure: fmt.Sprintf(format, args...), Floor: DefaultFloor})
	}
	for _, q := range [...]string{"p50", "p90", "p99"} {
		add("%s(connect_to_logged_in)", q)
	}
	const most = 5 // Entries: every further figure asks for more runs.
	for i, name := range l.Entries {
		if i < most && (i >= len(l.Recovers) || l.Recovers[i]) {
			add("time_to_recover(99%%, after: %s)", name)
		}
	}
	if len(l.Entries) > 0 {
		add("herd_index()")
		add("amplification()")
	}
	add(CPUPerLogin)
	return g
}

// GateOf returns the gate of a run: that of its scenario, or else the default one.
func GateOf(r *Run) (Gate, error) {
	var file struct {
		Gate []struct {
			Metric string `json:"metric"`
			Floor  string `json:"floor"`
			Worse  string `json:"worse"`
		} `json:"gate"`
	}
	if len(r.Manifest.Scenario) > 0 {
		if err := json.Unmarshal(r.Manifest.Scenario, &file); err != nil {
			return Gate{}, fmt.Errorf("read gate of %s: %w", r.Dir, err)
		}
	}
	if len(file.Gate) == 0 {
		return DefaultGate(r.Manifest.Layout.Record()), nil
	}
	g := Gate{Asked: true}
	for _, one := range file.Gate {
		m, err := NewMetric(one.Metric)
		if err == nil && one.Floor != "" {
			m.Floor, err = Percent(one.Floor)
		}
		if err != nil {
			return Gate{}, fmt.Errorf("read gate of %s: %w", r.Dir, err)
		}
		if one.Worse != "" {
			m.Lower = one.Worse == "lower"
		}
		g.Metrics = append(g.Metrics, m)
	}
	return g, nil
}

// Percent reads "5%" as a part of 1.
func Percent(text string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !strings.HasSuffix(text, "%") || !(n >= 0) || n > 100 {
		return 0, fmt.Errorf("%q is no share: write 5%%", text)
	}
	return n / 100, nil
}
