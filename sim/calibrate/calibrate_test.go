package calibrate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"loginstorm/sim/calibrate"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/virtual"
)

// simulated carries a scenario out in virtual time and returns what was recorded.
func simulated(t testing.TB, text string) *calibrate.Figures {
	t.Helper()
	file, err := scenario.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	p, err := plan.Compile(file, plan.Options{Virtual: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	agg := record.NewAggregate(p.Layout(), 1)
	sim, err := virtual.New(virtual.Config{Plan: p, Sink: agg.Add})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	agg.Flush()
	f := &calibrate.Figures{}
	for _, row := range agg.Sealed() {
		f.Row(&row)
		for _, s := range row.Series {
			f.Histogram(row.Second, s.Histogram)
		}
	}
	return f
}

// storm is a scenario with a trickle first and a flood behind it.
func storm(gateway, network string, trickle, flood, clients int) string {
	return fmt.Sprintf(`
duration: 30s
seed: 5
gateway: {%s}
network: {%s}
populations:
  early: {accounts: %d, clientType: android, profile: nim-android, login: auto, arrive: [{poisson: {rate: %d/s}}]}
  late: {accounts: %d, clientType: android, profile: nim-android, login: auto, arrive: [{pause: 12s}, {constant: {rate: %d/s}}]}
`, gateway, network, 10*trickle, trickle, clients, flood)
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s: %g, want %g within %g %%", what, got, want, tolerance*100)
	}
}

func TestKnownModelsAreFound(t *testing.T) {
	for _, c := range []struct {
		service string
		mean    float64
		workers int
	}{
		{"{lognormal: {p50: 30ms, p99: 120ms}}", 0.03581, 32},
		{"{exponential: {mean: 40ms}}", 0.040, 20},
		{"{uniform: [10ms, 50ms]}", 0.030, 12},
		{"{normal: {mean: 60ms, sd: 8ms}}", 0.060, 48},
		{"25ms", 0.025, 16},
	} {
		t.Run(c.service, func(t *testing.T) {
			rate := float64(c.workers) / c.mean
			f := simulated(t, storm(fmt.Sprintf("auth: {workers: %d, queue: 100000, serviceTime: %s}, sync: {uniform: [20ms, 80ms]}", c.workers, c.service),
				"latency: {normal: {mean: 5ms, sd: 1ms}}", int(rate/5), int(rate*3), int(rate*6)))
			r, err := calibrate.Fit(f)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r.Fragment("test"))
			near(t, "workers", float64(r.Model.Workers), float64(c.workers), 0.06)
			near(t, "capacity", float64(r.Model.Workers)/r.Model.Service.Dist().Mean().Seconds(), rate, 0.02)
			near(t, "mean", r.Model.Service.Dist().Mean().Seconds(), c.mean, 0.06)
		})
	}
}

func TestARunWithoutLogins(t *testing.T) {
	if _, err := calibrate.Fit(&calibrate.Figures{}); !errors.Is(err, calibrate.ErrNoLogins) {
		t.Fatalf("fit of nothing: %v", err)
	}
}
