package gateway

import (
	"errors"
	"fmt"

	"loginstorm/sim/backend"
	"loginstorm/sim/wire"
)

// MaxBatch is how many accounts one command may name, and how many devices: what
// is done in one step must not hold the others up for long.
const MaxBatch = 4096

// MaxFactor is the largest factor of a command, in thousandths: a thousand times.
const MaxFactor = backend.MaxFactor

// Validate reports everything that is wrong with a command, as far as it can be
// told without the gateway that it is meant for. Fields that its Kind does not use
// are bounded all the same where they say how much or how long.
func (c *Command) Validate() error {
	f := commandFaults{kind: c.Kind}
	if c.Kind == NoCommand || int(c.Kind) >= len(commandNames()) {
		f.add("unknown")
	}
	for _, s := range []struct {
		name string
		span Time
	}{{"downtime", c.Downtime}, {"hint", c.Hint}} {
		if s.span < 0 || s.span > maxSpan {
			f.add("%s out of range: %v", s.name, s.span)
		}
	}
	for _, n := range []struct {
		name string
		size int
	}{{"accounts", len(c.Accounts)}, {"devices", len(c.Devices)}} {
		if n.size > MaxBatch {
			f.add("at most %d %s, got %d", MaxBatch, n.name, n.size)
		}
	}
	for _, n := range []struct {
		name      string
		got, most uint32
	}{
		{"workers", c.Workers, MaxFactor}, {"service time", c.ServiceTime, MaxFactor},
		{"sync time", c.SyncTime, MaxFactor}, {"fails", c.Fails, backend.AllFail},
		{"denies", c.Denies, backend.AllFail},
	} {
		if n.got > n.most {
			f.add("%s: at most %d, got %d", n.name, n.most, n.got)
		}
	}
	f.ofKind(c)
	return errors.Join(f.all...)
}

type commandFaults struct {
	kind CommandKind
	all  []error
}

func (f *commandFaults) add(format string, args ...any) {
	f.all = append(f.all, fmt.Errorf("command %v: "+format, append([]any{f.kind}, args...)...))
}

// ofKind looks at what one kind alone uses.
func (f *commandFaults) ofKind(c *Command) {
	check := func(what string, missing bool, validate func() error) {
		if missing {
			f.add("no %s", what)
		} else if err := validate(); err != nil {
			f.add("%w", err)
		}
	}
	switch c.Kind {
	case SetMultiDevice:
		check("policy", c.MultiDevice == nil, func() error { return c.MultiDevice.Validate() })
	case SetRateLimit:
		check("rate limit", c.RateLimit == nil, func() error { return c.RateLimit.Validate() })
	case SetAdmission:
		check("admission", c.Admission == nil, func() error { return c.Admission.Validate() })
	case Outage:
		if c.Code == wire.Success {
			f.add("code %d is no refusal", c.Code)
		}
	case RotateToken:
		if c.Token != 0 && c.Rotation != 0 {
			f.add("both a token and a rotation")
		}
		if c.Rotation > MaxRotation {
			f.add("rotation: at most %d, got %d", MaxRotation, c.Rotation)
		}
	case SetBackend:
		if int(c.Backend) >= backend.Kinds {
			f.add("backend: unknown: %d", c.Backend)
		}
		if c.Denies > 0 && c.Backend != backend.App {
			f.add("%v denies nobody a login", c.Backend)
		}
		if c.Denies > 0 && !c.Code.ThirdParty() {
			f.add("code %d is no verdict of an app", c.Code)
		}
	}
}
