//go:build unix

package hook

import (
	"strings"
	"testing"
	"time"

	"loginstorm/sim/plan"
)

func TestAProgramThatHangsIsKilledWithItsChildren(t *testing.T) {
	argv, mode := self("hang")
	mode(t)
	r, step, _ := runner(t, &plan.Hook{Run: argv, Timeout: 50 * time.Millisecond}, restart(0))
	if err := r.Do(t.Context(), step); err == nil || !strings.Contains(err.Error(), "not done within 50ms") {
		t.Errorf("error %v", err)
	}
}
