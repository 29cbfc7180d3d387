package rundir

import (
	"encoding/json"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// Format is the version of the directory's layout.
const Format = 1

// The files of a run directory; a metric's histograms are in its name + LogSuffix.
const (
	RunFile      = "run.json"
	ScenarioFile = "scenario.yaml"
	SeriesFile   = "series.ndjson"
	EventsFile   = "events.ndjson"
	LogSuffix    = ".hlog"
)

// Manifest is run.json.
type Manifest struct {
	Format   int             `json:"format"`
	Name     string          `json:"name"`
	Driver   string          `json:"driver"` // run or simulate.
	Seed     uint64          `json:"seed"`
	Verdict  record.Verdict  `json:"verdict"`            // running until Finish.
	Scenario json.RawMessage `json:"scenario,omitempty"` // As resolved, without secrets.
	Layout   Layout          `json:"layout"`
	Known    Known           `json:"known"`
	Summary  json.RawMessage `json:"summary,omitempty"` // report.Summary; absent while running.

	Environment Environment `json:"environment"`
}

// Known is what is known of a run before its first packet. A run that was killed is
// described by it: its summary was never written.
type Known struct {
	Question string         `json:"question,omitempty"`
	Injected bool           `json:"injected,omitempty"`
	Planned  record.Seconds `json:"planned_seconds,omitempty"`
	Clients  []uint64       `json:"clients,omitempty"` // By population.
	// Says, Expected and Brings are by timeline entry: what it does, whether those whom
	// it drops are expected back, and the populations that come with it.
	Says       []string   `json:"says,omitempty"`
	Expected   []bool     `json:"expected_back,omitempty"`
	Brings     [][]string `json:"brings,omitempty"`
	Thresholds []string   `json:"thresholds,omitempty"`
	Warnings   []string   `json:"warnings,omitempty"`
	// Target are the target's own series that are asked for while it runs.
	Target []TargetMetric `json:"target_metrics,omitempty"`
}

// Layout is the record.Layout of the run.
type Layout struct {
	Populations  []string         `json:"populations"`
	Entries      []string         `json:"entries"`
	Begins       []record.Seconds `json:"begins_seconds"`
	Steps        []string         `json:"phases,omitempty"` // Of the dialogue, behind the login.
	Dialogue     string           `json:"dialect,omitempty"`
	Ends         []record.Seconds `json:"ends_seconds,omitempty"`
	Recovers     []bool           `json:"recovers,omitempty"`
	Rounds       [][]Round        `json:"rounds,omitempty"`
	Capacity     float64          `json:"capacity_logins_per_second,omitempty"`
	CapacityFrom string           `json:"capacity_from,omitempty"`
}

// Round is a record.Round.
type Round struct {
	After record.Seconds `json:"after_seconds"`
	Every record.Seconds `json:"every_seconds"`
}

// LayoutOf converts a layout for the manifest.
func LayoutOf(l record.Layout) Layout {
	out := Layout{Populations: l.Populations, Entries: l.Entries, Steps: l.Steps, Dialogue: l.Dialogue, Recovers: l.Recovers, Capacity: l.Capacity, CapacityFrom: l.CapacityFrom}
	for _, b := range l.Begins {
		out.Begins = append(out.Begins, record.Seconds(b))
	}
	for _, e := range l.Ends {
		out.Ends = append(out.Ends, record.Seconds(e))
	}
	for _, rounds := range l.Rounds {
		var all []Round
		for _, r := range rounds {
			all = append(all, Round{After: record.Seconds(r.After), Every: record.Seconds(r.Every)})
		}
		out.Rounds = append(out.Rounds, all)
	}
	return out
}

// Record converts the layout back.
func (l Layout) Record() record.Layout {
	out := record.Layout{Populations: l.Populations, Entries: l.Entries, Steps: l.Steps, Dialogue: l.Dialogue, Recovers: l.Recovers, Capacity: l.Capacity, CapacityFrom: l.CapacityFrom}
	for _, b := range l.Begins {
		out.Begins = append(out.Begins, b.Duration())
	}
	for _, e := range l.Ends {
		out.Ends = append(out.Ends, e.Duration())
	}
	for _, rounds := range l.Rounds {
		var all []record.Round
		for _, r := range rounds {
			all = append(all, record.Round{After: r.After.Duration(), Every: r.Every.Duration()})
		}
		out.Rounds = append(out.Rounds, all)
	}
	return out
}

// Environment is all that differs between two equal runs.
type Environment struct {
	RunID     string    `json:"run_id"`
	Version   string    `json:"version"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended,omitzero"`
	Host      string    `json:"host,omitempty"`
	System    string    `json:"system"` // linux/amd64
	Kernel    string    `json:"kernel,omitempty"`
	CPU       string    `json:"cpu,omitempty"`
	CPUs      int       `json:"cpus"`
	Memory    uint64    `json:"memory_bytes,omitempty"`
	GoVersion string    `json:"go_version"`
	GoProcs   int       `json:"gomaxprocs"`
	GoGC      string    `json:"gogc,omitempty"`
	GoLimit   string    `json:"gomemlimit,omitempty"`
	Files     uint64    `json:"file_descriptors,omitempty"`
	Command   []string  `json:"command,omitempty"` // As typed; flags that carry secrets do not exist.
}

// Event is one line of events.ndjson: something that happened once.
type Event struct {
	At    record.Seconds `json:"at_seconds"`
	Kind  string         `json:"kind"`            // timeline, verdict, warning, oracle, ...
	Entry string         `json:"entry,omitempty"` // Timeline entry.
	Text  string         `json:"text"`
}

// Name is the directory's own name: the scenario's and the instant the run began.
func Name(scenario string, began time.Time) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, scenario)
	const longest = 80
	plain = strings.Trim(plain[:min(len(plain), longest)], "-")
	if plain == "" {
		plain = "run"
	}
	return plain + "-" + began.UTC().Format("20060102T150405Z")
}
