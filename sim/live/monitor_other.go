//go:build !unix

package live

import (
	"time"

	"loginstorm/sim/record"
)

// processTime is not known here.
func processTime() time.Duration { return 0 }

// processProbe has nothing to read here.
type processProbe struct{}

func (*processProbe) sample(time.Duration) *record.ProcessHealth { return nil }
