package login

import (
	"strings"
	"testing"
)

// TestStatusNames: the seed's spelling, and which are terminal. Spec section 1.
func TestStatusNames(t *testing.T) {
	const names = "unknown unLogin netBroken connecting logging loggedIn kickOut kickOutByOtherClient forbidden versionError pwdError dataSyncStart dataSyncFinish"
	const terminal = "kickOut kickOutByOtherClient forbidden versionError pwdError"
	for i, name := range strings.Fields(names) {
		s := Status(i)
		if s.String() != name {
			t.Errorf("status %d is %q, want %q", i, s, name)
		}
		if got, err := ParseStatus(name); err != nil || got != s {
			t.Errorf("parse %q: %s, %v", name, got, err)
		}
		if want := strings.Contains(" "+terminal+" ", " "+name+" "); s.Terminal() != want {
			t.Errorf("%s terminal: %t", name, s.Terminal())
		}
	}
	for _, name := range []string{"", "LoggedIn", "loggedin", "Status(13)"} {
		if s, err := ParseStatus(name); err == nil {
			t.Errorf("parse %q: %s", name, s)
		}
	}
}

// TestEnumerationsHaveNames: every constant has a name of its own, and a number
// that is none says so.
func TestEnumerationsHaveNames(t *testing.T) {
	check := func(what string, n int, name func(int) string) {
		seen := map[string]bool{}
		for i := range n {
			s := name(i)
			if s == "" || strings.Contains(s, "(") || seen[s] {
				t.Errorf("%s %d is %q", what, i, s)
			}
			seen[s] = true
		}
		if s := name(n); !strings.Contains(s, "(") {
			t.Errorf("%s %d, which is none, is %q", what, n, s)
		}
	}
	check("status", Statuses, func(i int) string { return Status(i).String() })
	check("event", int(Alive)+1, func(i int) string { return EventKind(i).String() })
	check("action", int(AttemptEnded)+1, func(i int) string { return ActionKind(i).String() })
	check("shape", int(Multiples)+1, func(i int) string { return Shape(i).String() })
	check("jitter", int(Proportional)+1, func(i int) string { return Jitter(i).String() })
	check("reset rule", int(ResetNever)+1, func(i int) string { return ResetRule(i).String() })
	check("retry set", int(RetryNetwork)+1, func(i int) string { return RetrySet(i).String() })
}
