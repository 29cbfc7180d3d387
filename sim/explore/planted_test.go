package explore

import (
	"testing"

	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/gateway"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/virtual"
	"loginstorm/sim/wire"
)

// plantedFaults are rules that are broken on purpose, each within how many seeds it
// has to be found and as what. Each plant is made anew for each simulation.
var plantedFaults = []struct {
	name  string
	seeds uint64
	kind  Kind
	rule  oracle.Rule
	plant Plant
}{
	{"a kick is dropped", 60, Broken, oracle.ExcludedGoes, func(*plan.Plan) virtual.Tamper {
		// Nobody hears that a session ended, neither its device nor whoever looks on.
		return virtual.Tamper{Decided: func(_ virtual.Time, o *gateway.Output) bool {
			return o.Kind != gateway.SessionEnded || o.Cause != gateway.ExcludedByLogin
		}}
	}},
	{"a kick hits devices that were not meant", 60, Broken, oracle.ExcludedGoes, func(*plan.Plan) virtual.Tamper {
		return virtual.Tamper{Asked: func(_ virtual.Time, in *gateway.Input) bool {
			if c := in.Command; c != nil && c.Kind == gateway.KickServer {
				all := *c
				all.Devices, all.AllBut = nil, false
				in.Command = &all
			}
			return true
		}}
	}},
	{"a session is granted twice", 60, Broken, oracle.LastWins, func(*plan.Plan) virtual.Tamper {
		// A login that is refused for another device is told that it succeeded.
		return virtual.Tamper{Decided: func(_ virtual.Time, o *gateway.Output) bool {
			if o.Kind == gateway.Send && o.Message.Code == wire.NotLastDevice {
				o.Message.Code = wire.Success
			}
			return true
		}}
	}},
	{"416 is ignored", 60, Left, 0, func(*plan.Plan) virtual.Tamper {
		// Whoever presses too often takes the refusal for a success.
		return virtual.Tamper{Hears: func(_ virtual.Time, _ uint32, in *client.Input) bool {
			if m := in.Dialect.Message; in.Kind == client.Link && m != nil && m.Kind == wire.LoginReply && m.Code == wire.TooOften {
				m.Code = wire.Success
			}
			return true
		}}
	}},
	{"credentials are not wiped on a kick", 200, Broken, oracle.TerminalStays, func(*plan.Plan) virtual.Tamper {
		// Who was kicked and starts again logs in by itself.
		kicked := map[uint32]bool{}
		return virtual.Tamper{Hears: func(_ virtual.Time, who uint32, in *client.Input) bool {
			m := in.Dialect.Message
			switch {
			case in.Kind == client.Link && m != nil && m.Kind == wire.LoginReply && m.Code == wire.Success:
				kicked[who] = false
			case in.Kind == client.Link && m != nil && m.Kind == wire.Kick:
				kicked[who] = true
			case in.Kind == client.Start && kicked[who]:
				in.Kind = client.AutoLogin
			}
			return true
		}}
	}},
	{"a reconnect timer is lost", 60, Broken, oracle.Converges, func(*plan.Plan) virtual.Tamper {
		// The first deadline of a client whose link broke is never delivered.
		broke := map[uint32]bool{}
		return virtual.Tamper{Hears: func(_ virtual.Time, who uint32, in *client.Input) bool {
			lost := in.Kind == client.Tick && broke[who]
			broke[who] = in.Kind == client.Link && in.Dialect.Kind == dialect.LinkDown
			return !lost
		}}
	}},
	{"a stricter policy is not obeyed", 100, Broken, oracle.ExcludedGoes, func(*plan.Plan) virtual.Tamper {
		return virtual.Tamper{Asked: func(_ virtual.Time, in *gateway.Input) bool {
			return in.Command == nil || in.Command.Kind != gateway.SetMultiDevice
		}}
	}},
	{"a ban is forgotten", 60, Misjudged, 0, func(*plan.Plan) virtual.Tamper {
		return virtual.Tamper{Asked: func(_ virtual.Time, in *gateway.Input) bool {
			return in.Command == nil || in.Command.Kind != gateway.Ban
		}}
	}},
	{"a command is taken for another one", 60, Misjudged, 0, func(*plan.Plan) virtual.Tamper {
		// Whatever is asked of the gateway, it lifts its limiter.
		return virtual.Tamper{Asked: func(_ virtual.Time, in *gateway.Input) bool {
			if c := in.Command; c != nil && c.Kind != gateway.SetBackend {
				in.Command = &gateway.Command{Kind: gateway.SetRateLimit, RateLimit: &gateway.RateLimit{}}
			}
			return true
		}}
	}},
	{"a kick has no notice", 60, Misjudged, 0, func(*plan.Plan) virtual.Tamper {
		return virtual.Tamper{Decided: func(_ virtual.Time, o *gateway.Output) bool {
			return o.Kind != gateway.Send || o.Message.Kind != wire.Kick
		}}
	}},
	{"a kick is taken for a lost link", 60, Deaf, 0, func(*plan.Plan) virtual.Tamper {
		return virtual.Tamper{Hears: func(_ virtual.Time, _ uint32, in *client.Input) bool {
			if m := in.Dialect.Message; in.Kind == client.Link && m != nil && m.Kind == wire.Kick {
				in.Dialect = dialect.Input{Kind: dialect.LinkDown, CloseCode: wire.CloseGoingAway}
			}
			return true
		}}
	}},
	{"a link that ends is not noticed", 60, Broken, oracle.OneEnd, func(*plan.Plan) virtual.Tamper {
		return virtual.Tamper{Asked: func(_ virtual.Time, in *gateway.Input) bool {
			return in.Kind != gateway.LogoutAsked && in.Kind != gateway.Closed
		}}
	}},
}

// Clients of the worlds in which planted faults are looked for, and what has to be
// left of a scenario when it is shrunk.
const (
	plantedClients = 5
	shrunkClients  = 4
	shrunkEntries  = 3
)

// TestPlantedFaultsAreFoundAndShrunk holds the whole way against faults that are known:
// drawn within few seeds, found as what they are, the same when they are written down
// and read again, shrunk to a few clients, and not there without the plant.
func TestPlantedFaultsAreFoundAndShrunk(t *testing.T) {
	t.Parallel()
	e, err := New(plantedClients)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plantedFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			c, out := e.first(t, f.seeds, f.plant)
			if out.Failure.Kind != f.kind || out.Failure.Rule != f.rule {
				t.Errorf("found as %v, want %v of rule %d", out.Failure, f.kind, f.rule)
			}
			c, out, err := Confirm(t.Context(), c, out, f.plant)
			if err != nil {
				t.Fatal(err)
			}
			small := Shrink(t.Context(), c, out, f.plant)
			text := small.Case.Text("")
			t.Logf("seed %d, shrunk in %d tries: %v\n%s", c.Seed, small.Tried, small.Outcome.Failure, text)
			if n := len(small.Case.File.Timeline); small.Outcome.Clients > shrunkClients || n > shrunkEntries {
				t.Errorf("%d clients and %d entries are left", small.Outcome.Clients, n)
			}
			replayed, err := Read("shrunk", text, small.Case.Files)
			if err != nil {
				t.Fatal(err)
			}
			if again := Try(t.Context(), replayed, f.plant); again.Failure.Signature() != out.Failure.Signature() || again.Digest != small.Outcome.Digest {
				t.Errorf("its text comes to %v, want %v", again.Failure, small.Outcome.Failure)
			}
			if right := Try(t.Context(), replayed, nil); right.Failure != nil {
				t.Errorf("it fails without the plant: %v", right.Failure)
			}
		})
	}
}

// first returns the first case that fails with a plant.
func (e *Explorer) first(t *testing.T, seeds uint64, plant Plant) (*Case, *Outcome) {
	t.Helper()
	for seed := uint64(1); seed <= seeds; seed++ {
		c, err := e.Draw(seed)
		if err != nil {
			continue
		}
		if out := Try(t.Context(), c, plant); out.Failure != nil {
			return c, out
		}
	}
	t.Fatalf("seeds 1 to %d find nothing", seeds)
	return nil, nil
}
