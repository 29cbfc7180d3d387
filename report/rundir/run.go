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
	Summary  json.RawMessage `json:"summary,omitempty"` // report.Summary; absent while running.

	Environment Environment `json:"environment"`
}

// Layout is the record.Layout of the run.
type Layout struct {
	Populations []string         `json:"populations"`
	Entries     []string         `json:"entries"`
	Begins      []record.Seconds `json:"begins_seconds"`
}

// LayoutOf converts a layout for the manifest.
func LayoutOf(l record.Layout) Layout {
	out := Layout{Populations: l.Populations, Entries: l.Entries}
	for _, b := range l.Begins {
		out.Begins = append(out.Begins, record.Seconds(b))
	}
	return out
}

// Record converts the layout back.
func (l Layout) Record() record.Layout {
	out := record.Layout{Populations: l.Populations, Entries: l.Entries}
	for _, b := range l.Begins {
		out.Begins = append(out.Begins, b.Duration())
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
