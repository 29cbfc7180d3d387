package live

import (
	"testing"
	"time"

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

// online and back are acts: everybody is loggedIn, and so many were hit and are
// again.
func online(s *story) bool { return s.all(login.LoggedIn) }

func back(n int) func(s *story) bool {
	return func(s *story) bool {
		again := 0
		for _, list := range s.statuses {
			if len(list) > 5 && list[len(list)-1] == login.LoggedIn {
				again++
			}
		}
		return again == n
	}
}

func TestCutLinksComeBack(t *testing.T) {
	for _, by := range []string{"reset", "close"} {
		t.Run(by, func(t *testing.T) {
			p := compile(t, phones+`
timeline:
  - {name: cut, at: 1s, cut: {share: 40%, by: `+by+`}}
`)
			hurry(p, time.Minute, time.Minute)
			s := serve(t, p)
			st := runInActs(t, Config{Plan: p, Endpoints: endpoints(s)}, []func(*story) bool{online, back(20)})
			hit := 0
			for who, got := range st.statuses {
				want := []login.Status{login.Connecting, login.Logging, login.LoggedIn}
				if len(got) > 3 {
					hit++
					want = append(want, login.NetBroken, login.Connecting, login.Logging, login.LoggedIn)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("client %d: %s", who, diff)
				}
			}
			if hit != 20 {
				t.Errorf("%d clients were hit", hit)
			}
			if n := st.totals.Histogram(record.TimeBack, record.Filter{}).Count(); n != 20 {
				t.Errorf("%d times back were taken", n)
			}
		})
	}
}
