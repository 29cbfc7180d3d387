//go:build !linux

package live

import (
	"time"

	"loginstorm/sim/record"
)

// openDescriptors are not known here.
func openDescriptors() uint64 { return 0 }

// systemProbe has nothing to read here.
type systemProbe struct{}

func (*systemProbe) sample(*record.Health, time.Duration, int) {}
