package hook

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
)

// Call is what a hook is told.
type Call struct {
	Phase    string           `json:"phase"` // begin, or end when it is taken back.
	Entry    string           `json:"entry"` // Of the timeline.
	Verb     string           `json:"verb"`
	Command  string           `json:"command,omitempty"` // What a verb does now: a drain is drain, restart, undrain in turn.
	Node     string           `json:"node,omitempty"`    // From 1, as in the scenario; all.
	By       string           `json:"by,omitempty"`      // Of a restart: orderly or kill.
	Sessions string           `json:"sessions,omitempty"`
	Seconds  float64          `json:"for_seconds,omitempty"` // How long it lasts; 0 = to the end, or until told otherwise.
	At       float64          `json:"at_seconds"`            // Since the run began.
	Scenario string           `json:"scenario"`
	RunID    string           `json:"run_id"`
	Accounts []string         `json:"accounts,omitempty"` // Names of those that it is about.
	Details  *gateway.Command `json:"details,omitempty"`
}

// lasts is how long what a step does goes on; 0 = until told otherwise.
func lasts(s *plan.Step) time.Duration {
	if s.Command == nil {
		return s.Lasts
	}
	return s.Command.Downtime
}

// call describes a step.
func (r *Runner) call(s *plan.Step) Call {
	e := &r.conf.Plan.Entries[s.Entry]
	c := Call{Phase: "begin", Entry: e.Name, Verb: e.Verb, At: s.At.Seconds(), Scenario: r.conf.Plan.Name, RunID: r.conf.RunID, Details: s.Command}
	if span := lasts(s); span < r.conf.Plan.Duration {
		c.Seconds = span.Seconds()
	}
	if s.Command == nil {
		return c
	}
	c.Command = s.Command.Kind.String()
	if nodes(s.Command.Kind) {
		if c.Node = "all"; s.Command.Node != gateway.AllNodes {
			c.Node = strconv.Itoa(int(s.Command.Node) + 1)
		}
	}
	if s.Command.Kind == gateway.Restart {
		c.By, c.Sessions = "kill", "lost"
		if s.Command.Orderly {
			c.By = "orderly"
		}
		if s.Command.KeepSessions {
			c.Sessions = "kept"
		}
	}
	for _, account := range s.Command.Accounts {
		c.Accounts = append(c.Accounts, r.conf.Plan.Accounts.Name(account))
	}
	return c
}

// nodes reports whether a command is about nodes.
func nodes(k gateway.CommandKind) bool {
	switch k {
	case gateway.Restart, gateway.RefuseLinks, gateway.Drain, gateway.Undrain, gateway.Stall:
		return true
	}
	return false
}

// environment is what a program is told in variables; accounts and details stand on its
// standard input alone, because there may be many.
func (c *Call) environment() []string {
	all := []string{"PHASE=" + c.Phase, "ENTRY=" + c.Entry, "VERB=" + c.Verb, "COMMAND=" + c.Command, "NODE=" + c.Node, "BY=" + c.By,
		"SESSIONS=" + c.Sessions, fmt.Sprintf("SECONDS=%v", c.Seconds), fmt.Sprintf("AT=%v", c.At), "SCENARIO=" + c.Scenario, "RUN_ID=" + c.RunID}
	for i := range all {
		all[i] = "LOGINSTORM_" + all[i]
	}
	return all
}

// body is everything, in one line of JSON.
func (c *Call) body() []byte {
	text, err := json.Marshal(c)
	if err != nil {
		panic("hook: what is plain data does not marshal: " + err.Error())
	}
	return append(text, '\n')
}
