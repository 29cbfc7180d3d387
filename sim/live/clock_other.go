//go:build !linux

package live

// fineTimer is a timer of the kernel's; here there is none.
type fineTimer struct{}

func newFineTimer(func()) *fineTimer { return nil }
func (t *fineTimer) set(Time) bool   { return false }
func (t *fineTimer) close()          {}
