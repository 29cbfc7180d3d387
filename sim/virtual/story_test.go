package virtual

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
)

// tell runs a world with the oracles connected and returns what each client
// published.
func tell(t *testing.T, w *world) (string, Result) {
	t.Helper()
	lines := make([]strings.Builder, len(w.names))
	s, err := New(Config{Plan: w.plan, Check: true, Watch: func(heard []client.Published) {
		for i := range heard {
			line(&lines[heard[i].Client], &heard[i])
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Broken {
		t.Errorf("%v\n  %s", f, strings.Join(f.Last, "\n  "))
	}
	var all strings.Builder
	for who := range lines {
		fmt.Fprintf(&all, "%s\n%s", w.names[who], lines[who].String())
	}
	if r.Links > 0 || r.Sessions > 0 {
		fmt.Fprintf(&all, "at the end: %d links, %d sessions\n", r.Links, r.Sessions)
	}
	return all.String(), r
}

// line writes what an app hears of its client.
func line(b *strings.Builder, p *client.Published) {
	a := &p.Action
	at := fmt.Sprintf("  %-9v ", p.At.Round(time.Millisecond))
	switch a.Kind {
	case login.PublishStatus:
		fmt.Fprintf(b, "%s%v", at, a.Status)
		if a.Status == login.Connecting {
			fmt.Fprintf(b, " (%v)", a.Origin)
		}
		b.WriteByte('\n')
	case login.Result:
		fmt.Fprintf(b, "%s  call %d: %d\n", at, a.Call, a.Code)
	case login.PublishKick:
		fmt.Fprintf(b, "%s  kicked, reason %d, by type %d\n", at, a.Reason, a.ClientType)
	case login.PublishLoginFailed:
		fmt.Fprintf(b, "%s  login failed: %d\n", at, a.Code)
	}
}

// TestStories runs every story of testdata twice: no rule is broken, and both
// runs are equal to the byte.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var settings []string
			for _, arg := range d.CmdArgs {
				settings = append(settings, arg.Key+"="+strings.Join(arg.Vals, ","))
			}
			w, err := read(strings.Join(settings, " "), d.Input)
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			first, a := tell(t, w)
			second, b := tell(t, w)
			if first != second || a.Digest != b.Digest || a.Events != b.Events {
				t.Errorf("two runs differ: %x after %d events, %x after %d\n%s\n%s", a.Digest, a.Events, b.Digest, b.Events, first, second)
			}
			return first
		})
	})
}
