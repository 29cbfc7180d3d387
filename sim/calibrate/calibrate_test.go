package calibrate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"loginstorm/sim/calibrate"
	"loginstorm/sim/chance"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/virtual"
)

// simulated carries a scenario out in virtual time and returns what was recorded.
func simulated(t testing.TB, text string, settings ...calibrate.Setting) *calibrate.Figures {
	t.Helper()
	var patches []scenario.Patch
	for _, s := range settings {
		patches = append(patches, scenario.Patch{Path: s.Path, Text: s.Value})
	}
	file, err := scenario.Parse("test.yaml", []byte(text), patches...)
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

// storm is a scenario with a trickle first and, from 12 s on, a flood.
func storm(gateway, network string, trickle, flood, clients int) string {
	return fmt.Sprintf(`
duration: 26s
seed: 5
gateway: {%s}
network: {%s}
populations:
  early: {accounts: %d, clientType: android, profile: nim-android, login: auto, arrive: [{poisson: {rate: %d/s}}]}
  late: {accounts: %d, clientType: android, profile: nim-android, login: auto, arrive: [{pause: 12s}, {constant: {rate: %d/s}}]}
`, gateway, network, 10*trickle, trickle, clients, flood)
}

// fit demands a model.
func fit(t testing.TB, f *calibrate.Figures) *calibrate.Result {
	t.Helper()
	r, err := calibrate.Fit(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: %g, want %g within %.1f %%", what, got, want, tolerance*100)
	}
}

// capacity is what a model serves a second.
func capacity(m calibrate.Model) float64 {
	return float64(m.Workers) / m.Service.Dist().Mean().Seconds()
}

func says(t *testing.T, r *calibrate.Result, word string) {
	t.Helper()
	if text := strings.Join(r.Misfits, "\n"); !strings.Contains(text, word) {
		t.Errorf("the misfits do not say %q:\n%s", word, text)
	}
}

func TestKnownModelsAreFound(t *testing.T) {
	for _, c := range []struct {
		service, family string
		mean            float64
		workers         int
	}{
		{"{lognormal: {p50: 30ms, p99: 120ms}}", "lognormal", 0.03581, 32},
		{"{exponential: {mean: 40ms}}", "exponential", 0.040, 20},
		{"{uniform: [10ms, 50ms]}", "uniform", 0.030, 12},
		{"{normal: {mean: 60ms, sd: 8ms}}", "normal", 0.060, 48},
		{"25ms", "", 0.025, 16}, // A narrow normal distribution says the same.
	} {
		t.Run(c.service, func(t *testing.T) {
			rate := float64(c.workers) / c.mean
			f := simulated(t, storm(fmt.Sprintf("auth: {workers: %d, queue: 100000, serviceTime: %s}, sync: {uniform: [20ms, 80ms]}", c.workers, c.service),
				"latency: {normal: {mean: 5ms, sd: 1ms}}", int(rate/5), int(rate*3), int(rate*6)))
			r := fit(t, f)
			if r.Capacity.AtLeast || !r.Calm {
				t.Errorf("calm %v, at least %v", r.Calm, r.Capacity.AtLeast)
			}
			near(t, "workers", float64(r.Model.Workers), float64(c.workers), 0.06)
			near(t, "capacity", capacity(r.Model), rate, 0.02)
			near(t, "mean", r.Model.Service.Dist().Mean().Seconds(), c.mean, 0.05)
			near(t, "latency", r.Model.Latency.Dist().Mean().Seconds(), 0.005, 0.02)
			near(t, "sync", r.Model.Sync.Dist().Mean().Seconds(), 0.050, 0.03)
			if c.family != "" && r.Model.Service.Family() != c.family {
				t.Errorf("family %s, want %s", r.Model.Service.Family(), c.family)
			}
			for _, p := range r.Phases {
				if p.Distance > 0.02+2/math.Sqrt(float64(p.Samples)) {
					t.Errorf("%s: distance %.3f", p.Name, p.Distance)
				}
			}
		})
	}
}

// TestRandomModelsAreFound draws models and demands each back, as near as the number
// of its logins allows.
func TestRandomModelsAreFound(t *testing.T) {
	const models = 6
	for n := range uint32(models) {
		draw := chance.Stream{Seed: 1, Purpose: chance.Pick, Who: n}
		between := func(low, high uint64) int { return int(low + chance.Below(draw.Next(), high-low+1)) }
		workers, p50, latency := between(8, 40), between(20, 80), between(0, 20)
		ratio := float64(between(150, 600)) / 100
		sigma := math.Log(ratio) / 2.3263478740408408
		mean := float64(p50) / 1000 * math.Exp(sigma*sigma/2)
		rate := float64(workers) / mean
		gateway := fmt.Sprintf("auth: {workers: %d, queue: 100000, serviceTime: {lognormal: {p50: %dms, p99: %dus}}}", workers, p50, int(float64(p50)*ratio*1000))
		t.Run(gateway, func(t *testing.T) {
			r := fit(t, simulated(t, storm(gateway, fmt.Sprintf("latency: %dms", latency), int(rate/5), int(rate*3), int(rate*5))))
			cv := math.Sqrt(math.Expm1(sigma * sigma))
			off := 0.02 + 4*cv/math.Sqrt(rate*2)
			near(t, "capacity", capacity(r.Model), rate, 0.02+4*cv/math.Sqrt(rate*3))
			near(t, "mean", r.Model.Service.Dist().Mean().Seconds(), mean, off)
			near(t, "workers", float64(r.Model.Workers), float64(workers), off+0.5/float64(workers))
			near(t, "p99", r.Model.Service.Dist().B.Seconds(), float64(p50)/1000*ratio, 0.05+3*off)
		})
	}
}

func TestAFullQueueIsFound(t *testing.T) {
	f := simulated(t, storm("auth: {workers: 20, queue: 600, serviceTime: {lognormal: {p50: 30ms, p99: 120ms}}}", "latency: 2ms", 100, 2500, 5000))
	r := fit(t, f)
	near(t, "queue", float64(r.Model.Queue), 600, 0.1)
}

func TestARunThatNeverSaturates(t *testing.T) {
	f := simulated(t, storm("auth: {workers: 64, serviceTime: 30ms}", "latency: 2ms", 50, 80, 400))
	r := fit(t, f)
	if !r.Capacity.AtLeast || r.Model.Workers != 0 {
		t.Errorf("at least %v, workers %d", r.Capacity.AtLeast, r.Model.Workers)
	}
	says(t, r, "never saturated")
	if strings.Contains(r.Fragment(), "workers:") && !strings.Contains(r.Fragment(), "workers or more") {
		t.Errorf("the fragment bounds the workers:\n%s", r.Fragment())
	}
}

// crowded never has a calm second: eight workers have no idle moment.
func crowded() string {
	return storm("auth: {workers: 8, queue: 100000, serviceTime: {lognormal: {p50: 30ms, p99: 120ms}}}", "latency: 2ms", 195, 600, 1500)
}

func TestARunThatIsNeverCalm(t *testing.T) {
	f := simulated(t, crowded())
	r := fit(t, f)
	if r.Calm {
		t.Error("no second was calm")
	}
	says(t, r, "no second was calm")
	near(t, "capacity", capacity(r.Model), 223, 0.05)
}

// TestRefineFindsWhatTheFiguresDoNotShow: bursts that are over within a second leave
// no saturated one, and a run that is never calm has waiting in every login.
func TestRefineFindsWhatTheFiguresDoNotShow(t *testing.T) {
	bursts := `
duration: 30s
gateway: {auth: {workers: 24, queue: 100000, serviceTime: {lognormal: {p50: 30ms, p99: 120ms}}}}
populations:
  early: {accounts: 600, clientType: android, profile: nim-android, login: auto, arrive: [{poisson: {rate: 60/s}}]}
  herd: {accounts: 400, clientType: android, profile: nim-android, login: auto, arrive: [{pause: 15s}, {constant: {rate: 4000/s}}]}
`
	for _, c := range []struct {
		name, text string
		workers    int
		mean       float64
	}{{"bursts", bursts, 24, 0.0358}, {"never calm", crowded(), 8, 0.0358}} {
		t.Run(c.name, func(t *testing.T) {
			f := simulated(t, c.text)
			r := fit(t, f)
			if err := r.Refine(f, func(s []calibrate.Setting) (*calibrate.Figures, error) { return simulated(t, c.text, s...), nil }); err != nil {
				t.Fatal(err)
			}
			near(t, "workers", float64(r.Model.Workers), float64(c.workers), 0.15)
			near(t, "mean", r.Model.Service.Dist().Mean().Seconds(), c.mean, 0.12)
			if r.Searched == "" || !strings.Contains(r.Fragment(), "simulations of the run") {
				t.Errorf("the fragment does not say that it searched:\n%s", r.Fragment())
			}
		})
	}
}

func TestRefineTellsWhenItCannotSimulate(t *testing.T) {
	f := simulated(t, crowded())
	cause := errors.New("no room")
	if err := fit(t, f).Refine(f, func([]calibrate.Setting) (*calibrate.Figures, error) { return nil, cause }); !errors.Is(err, cause) {
		t.Errorf("refine: %v", err)
	}
}

// TestFragmentsAreScenarios: what is written can be read, and means the same model.
func TestFragmentsAreScenarios(t *testing.T) {
	r := fit(t, simulated(t, storm("auth: {workers: 20, serviceTime: {exponential: {mean: 40ms}}}, sync: {normal: {mean: 60ms, sd: 9ms}}", "latency: {uniform: [1ms, 9ms]}", 100, 1500, 3000)))
	rest := "duration: 1s\npopulations: {p: {accounts: 1, clientType: android, profile: nim-android, login: auto, arrive: [{constant: {rate: 1/s}}]}}\n"
	whole, err := scenario.Parse("whole", []byte(r.Fragment("Head.")+rest))
	if err != nil {
		t.Fatal(err)
	}
	var patches []scenario.Patch
	for _, s := range r.Settings() {
		p, err := scenario.ParsePatch(s.String())
		if err != nil {
			t.Fatal(err)
		}
		patches = append(patches, p)
	}
	patched, err := scenario.Parse("patched", []byte(rest), patches...)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []*scenario.File{whole, patched} {
		p, err := plan.Compile(file, plan.Options{Virtual: true})
		if err != nil {
			t.Fatal(err)
		}
		if p.Gateway.Auth.Workers != r.Model.Workers || p.Gateway.Auth.Queue != r.Model.Queue {
			t.Errorf("workers and queue: %d %d", p.Gateway.Auth.Workers, p.Gateway.Auth.Queue)
		}
		near(t, "service", p.Gateway.Auth.ServiceTime.Mean().Seconds(), r.Model.Service.Dist().Mean().Seconds(), 0.001)
		near(t, "sync", p.Gateway.Sync.Mean().Seconds(), r.Model.Sync.Dist().Mean().Seconds(), 0.001)
		near(t, "latency", p.Network.Latency.Mean().Seconds(), r.Model.Latency.Dist().Mean().Seconds(), 0.001)
	}
}

// TestRunsAreJoined: one run is calm and the other one saturated.
func TestRunsAreJoined(t *testing.T) {
	gateway := "auth: {workers: 20, queue: 100000, serviceTime: {lognormal: {p50: 30ms, p99: 120ms}}}"
	both := simulated(t, storm(gateway, "latency: 2ms", 100, 100, 500))
	both.Join(simulated(t, storm(gateway, "latency: 2ms", 480, 2000, 4000)))
	r := fit(t, both)
	if r.Capacity.AtLeast || !r.Calm {
		t.Errorf("calm %v, at least %v", r.Calm, r.Capacity.AtLeast)
	}
	near(t, "workers", float64(r.Model.Workers), 20, 0.06)
}

func TestARunWithoutLogins(t *testing.T) {
	for _, f := range []*calibrate.Figures{{}, {Seconds: make([]calibrate.Second, 9)}} {
		if _, err := calibrate.Fit(f); !errors.Is(err, calibrate.ErrNoLogins) {
			t.Errorf("fit of nothing: %v", err)
		}
	}
}

func TestFitsAreRepeatable(t *testing.T) {
	f := simulated(t, crowded())
	if a, b := fit(t, f).Fragment(), fit(t, f).Fragment(); a != b {
		t.Errorf("two fits of one run differ:\n%s\n%s", a, b)
	}
}
