package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
)

// TestSteps shows what each verb becomes: a world, then entries of a timeline, and the
// entry, its steps and the warnings that they are compiled to.
func TestSteps(t *testing.T) {
	datadriven.Walk(t, "testdata/steps", func(t *testing.T, path string) {
		world := ""
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "world":
				world = d.Input
				return ""
			case "timeline":
				return story(t, world+"\ntimeline:\n"+d.Input+"\n")
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// story tells what a scenario is compiled to.
func story(t *testing.T, text string) string {
	t.Helper()
	p, err := Compile(parse(t, text), Options{Files: night(t)})
	var faults scenario.Faults
	if errors.As(err, &faults) {
		var b strings.Builder
		for _, f := range faults {
			fmt.Fprintf(&b, "fault: %s\n", f.Message)
		}
		return b.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range p.Entries {
		e := &p.Entries[i]
		fmt.Fprintf(&b, "%s at %v until %v: asked %d%s%s\n", e.Name, e.At, e.Until, e.Asked, which(e.Recover, ", recovers", which(e.Drops, ", drops for good", ""))+which(e.Gradual, ", one after another", "")+which(e.Again > 0, fmt.Sprintf(", again until %v", e.Again), "")+which(e.Stays, ", stays", ""), which(e.Wide, ", hits "+where(e.Node), ""))
		fmt.Fprintf(&b, "  %s\n", e.Says)
		for k := range p.Steps {
			if s := &p.Steps[k]; int(s.Entry) == i && s.Kind != Mark {
				fmt.Fprintf(&b, "  %s\n", told(s))
			}
		}
		for n, at := range p.Clients.Arrive {
			if at >= e.At-Time(10e9) && at != Never && strings.HasPrefix(p.Populations[p.Clients.Population[n]].Name, e.Name) {
				fmt.Fprintf(&b, "  %v client %d arrives, account %d, device %d\n", at, n, p.Clients.Account[n], p.Clients.Device[n])
			}
		}
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	return b.String()
}

func where(node uint8) string {
	if node == gateway.AllNodes {
		return "everybody"
	}
	return nth(node + 1)
}

// told writes a step.
func told(s *Step) string {
	text := fmt.Sprintf("%v %v", s.At, s.Kind)
	if s.Command != nil {
		data, _ := json.Marshal(s.Command)
		return strings.Replace(text, "control", s.Command.Kind.String(), 1) + " " + string(data)
	}
	text += fmt.Sprintf(" client %d", s.Client)
	if f := s.Fault; f.Kind != 0 {
		text += " " + f.Kind.String()
		if n := uint64(f.Code) + uint64(f.Loss) + f.Bandwidth; n > 0 {
			text += fmt.Sprintf(" %d", n)
		}
		if f.Delay > 0 {
			text += fmt.Sprintf(" %v", f.Delay)
		}
	}
	if s.Device > 0 {
		text += fmt.Sprintf(" device %d", s.Device)
	}
	if s.On > 0 {
		text += fmt.Sprintf(" if at node %d", s.On)
	}
	if !s.Hits() {
		text += " (taken back)"
	}
	return text
}
