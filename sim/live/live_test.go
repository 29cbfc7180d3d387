package live

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

const phones = `
name: test
duration: 60s
populations:
  phones: {accounts: 50, clientType: android, profile: nim-android, login: auto, arrive: [{atOnce: {}}]}
`

func TestClientsLogIn(t *testing.T) {
	p := compile(t, phones)
	st := run(t, Config{Plan: p, Endpoints: endpoints(serve(t, p))}, func(s *story) bool { return s.all(login.LoggedIn) })
	for who, got := range st.statuses {
		if diff := cmp.Diff([]login.Status{login.Connecting, login.Logging, login.LoggedIn}, got); diff != "" {
			t.Fatalf("client %d: %s", who, diff)
		}
	}
	if n := st.totals.Histogram(record.ConnectToLoggedIn, record.Filter{}).Count(); n != 50 {
		t.Errorf("%d logins were timed", n)
	}
	if st.result.OpenAtEnd != 50 || !st.result.Interrupted {
		t.Errorf("got %+v", st.result)
	}
}
