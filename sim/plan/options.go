package plan

import "loginstorm/sim/scenario"

// Options is what a scenario file leaves to the command line, and what Compile
// may not read itself.
type Options struct {
	Name         string            // When the scenario has no name; "" = scenario.
	Seed         *uint64           // In place of the scenario's.
	URLs         []string          // In place of the scenario's target.
	Duration     Time              // In place of the scenario's; 0 = none.
	Authorized   bool              // The target's owner agreed, said on the command line.
	AppKey       string            // A secret.
	MetricTokens map[string]string // Secrets, by the names of target.metrics.
	Accounts     *AccountList      // From the scenario's file; nil = none.
	Files        map[string][]byte // Contents of scenario.File.Files, by the names there.
	Dialects     map[string][]byte // The descriptions that are shipped, by their names.
	// Secrets are what the scenario names and does not contain, by its Source.
	Secrets    map[*scenario.Source]string
	MaxRate    float64 // Links a second the run may begin at most; 0 = no limit.
	MaxClients uint32  // 0 = no limit.
	Virtual    bool    // For simulate: its gateway obeys every verb, whatever the target.
}

// MostClients bounds a plan; a column of it then has 800 MB.
const MostClients = 100_000_000

// MostSteps bounds the timeline; a step takes about 100 bytes.
const MostSteps = 20_000_000
