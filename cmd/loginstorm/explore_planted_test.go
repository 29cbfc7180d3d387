package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"loginstorm/sim/explore"
	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
	"loginstorm/sim/virtual"
	"loginstorm/sim/wire"
)

// explorePlanted is explore with a rule broken on purpose: what PLANTED says.
func explorePlanted(s streams) exitCode {
	var plant explore.Plant
	if os.Getenv("PLANTED") == "replies" {
		plant = falseReplies
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	cmd := newExplorePlanted(s, plant)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(os.Args[2:])
	cmd.SetOut(s.out)
	cmd.SetErr(s.err)
	return conclude(cmd.ExecuteContext(ctx), s)
}

// falseReplies is a gateway that refuses a login and says that it does not.
func falseReplies(*plan.Plan) virtual.Tamper {
	return virtual.Tamper{Decided: func(_ virtual.Time, o *gateway.Output) bool {
		if o.Kind == gateway.Send && o.Message.Code == wire.NotLastDevice {
			o.Message.Code = wire.Success
		}
		return true
	}}
}

// TestExploreIsInterrupted holds the exit code of what was stopped, and that what was
// done until then is told.
func TestExploreIsInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, words bytes.Buffer
	s := streams{out: &out, err: &words}
	cmd := newExplore(s)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"--quiet", "--seeds", "100000"})
	if code := conclude(cmd.ExecuteContext(ctx), s); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if !strings.HasPrefix(out.String(), "explored 0 seeds from 1: nothing found, interrupted\n") {
		t.Errorf("the summary says %q", out.String())
	}
}
