package live

import (
	"context"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// What is due at the end of a second belongs to the next one: otherwise a timeline
// entry at 1s would begin before the window that is called after it.
func TestASecondEndsBeforeWhatIsDueAtItsEnd(t *testing.T) {
	p := compile(t, `
duration: 1m
populations:
  phones: {accounts: 10, clientType: android, login: auto, arrive: [{pause: 1s}, {atOnce: {}}]}
`)
	agg := record.NewAggregate(p.Layout(), 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	loggedIn := 0
	f, err := New(Config{Plan: p, Endpoints: endpoints(serve(t, p)), Shards: 1, Grace: 100 * time.Millisecond, Sink: agg.Add,
		Watch: func(ps []client.Published) {
			for i := range ps {
				if a := &ps[i].Action; a.Kind == login.PublishStatus && a.Status == login.LoggedIn {
					loggedIn++
				}
			}
			if loggedIn == 10 {
				cancel()
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Run(ctx); err != nil {
		t.Fatal(err)
	}
	agg.Flush()
	rows := agg.Sealed()
	if rows[0].Dials != 0 || agg.Totals().Dials(record.Filter{}) != 10 {
		t.Errorf("second 0 holds %d of %d attempts that were due at its end", rows[0].Dials, agg.Totals().Dials(record.Filter{}))
	}
}
