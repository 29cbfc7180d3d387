package report

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"loginstorm/sim/record"
)

// Simulation is what a run in virtual time says of itself.
type Simulation struct {
	Events  uint64 `json:"events"`  // Carried out.
	Clients uint64 `json:"clients"` // Simulated.
	// Result is the hash of every event in its order and of every file of the run
	// directory but run.json. The same scenario and seed give the same one, with the
	// same version on the same architecture.
	Result string `json:"result"`
	// Took is real time, which differs between equal runs: InFile leaves it out.
	Took record.Seconds `json:"took_seconds,omitempty"`
}

// simulation says how fast virtual time went by, and shows the result's hash. A
// simulation that was killed knows neither.
func (p *page) simulation(s *Summary) {
	p.title("Simulation")
	m := s.Simulation
	if m == nil {
		return
	}
	say := func(format string, args ...any) { p.wrap("  ", "    ", fmt.Sprintf(format, args...)) }
	if took := m.Took.Duration(); took > 0 {
		per := func(n float64, unit string) string { return humanize.SIWithDigits(n/took.Seconds(), 1, unit) }
		say("%s events in %v: %s, %s", number(m.Events), took.Round(10*time.Millisecond), per(float64(m.Events), "events/s"),
			per(float64(m.Clients)*s.Ran.Duration().Seconds(), "client-seconds/s"))
	} else {
		say("%s events", number(m.Events))
	}
	if s.Interrupted != "" {
		say("result %s, of what was carried out until then", m.Result)
		return
	}
	say("result %s: the same scenario and seed give the same one", m.Result)
}
