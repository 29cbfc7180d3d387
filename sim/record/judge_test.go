package record

import (
	"strings"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// overload is 1,000 clients of which an entry drops some at 2 s, for a second. From 3 s on
// those who are out try every second, in vain but for a few.
type overload struct {
	hit    int    // Dropped by the entry; the rest of the thousand came before, and are out too.
	wasted uint64 // Login requests a second that are served for nobody.
	back   int    // That come back each second.
	fresh  int    // That come new each second, and do not get in.
	before bool   // It was so before the entry.
}

func (o overload) storms() []Storm {
	l := layout()
	l.Entries, l.Begins, l.Ends, l.Recovers = []string{"deploy"}, []Time{25 * time.Second}, []Time{26 * time.Second}, []bool{true}
	l.Capacity, l.CapacityFrom = 50, "as told"
	const clients, at, end = 1000, 25, 80
	in, mine, absent := clients, 0, 60*end
	return run(l, 1, end, func(r *Recorder, _, second int) {
		switch {
		case second == 0:
			r.Place(0, login.LoggedIn, int64(o.hit))
			r.Place(0, login.Unknown, int64(absent))
			r.Place(0, login.UnLogin, int64(clients-o.hit))
			in = o.hit
		case second == at:
			r.FaultBegan(0, uint32(o.hit), uint32(o.hit))
			for range o.hit {
				r.FaultHit(0)
				r.Move(0, login.LoggedIn, login.UnLogin)
			}
			mine, in = o.hit, in-o.hit
		}
		if second <= at && !o.before {
			return
		}
		for i := range clients - in {
			r.Dialled(0, wire.Reconnect)
			if i < mine {
				r.FaultAttempt(0)
			}
			if second > at && i < min(mine, o.back) {
				r.Attempt(0, wire.Reconnect, wire.Success)
				r.FaultBack(0, Time(second-at)*time.Second)
				r.Move(0, login.UnLogin, login.LoggedIn)
				mine, in = mine-1, in+1
				continue
			}
			r.Attempt(0, wire.Reconnect, wire.Unavailable)
		}
		for range o.fresh {
			r.Dialled(0, wire.Auto)
			r.Add(AttemptsPlanned, 1)
			r.Attempt(0, wire.Auto, wire.Unavailable)
			r.Move(0, login.Unknown, login.UnLogin)
		}
		r.Add(LoginsSent, o.wasted)
		r.Add(LoginsWasted, o.wasted)
		if second == end-1 {
			for range mine {
				r.Stranded(0, 0, login.UnLogin, wire.Unavailable, wire.NoReason, Tries)
			}
			for range clients - in - mine {
				r.Stranded(0, NoEntry, login.UnLogin, wire.Unavailable, wire.NoReason, Tries)
			}
		}
	}).Storms()
}

// An overload is metastable when a trigger began it, wasted work sustains it and it does
// not end by itself; take one of these away and it is something else.
func TestWhatMakesAnOverloadMetastable(t *testing.T) {
	for _, c := range []struct {
		name       string
		o          overload
		entry, run Class
		says       string // Of the entry.
	}{
		{"all of it", overload{hit: 1000, wasted: 60}, Metastable, Metastable, "60 login requests/s were wasted, and 100 % of the attempts were retries: they are the sustaining effect"},
		{"nothing is wasted", overload{hit: 1000}, NotRecovered, NotRecovered, "they do not become fewer"},
		{"little is wasted", overload{hit: 1000, wasted: 20}, NotRecovered, NotRecovered, "they do not become fewer"},
		{"it ends soon", overload{hit: 1000, wasted: 60, back: 10}, Recovering, Recovering, "they become fewer by 10/s, and at that rate all are back in about 46s"},
		{"it ends some day", overload{hit: 1000, wasted: 60, back: 1}, Metastable, Metastable, "1/s succeeded"},
		{"it was there before", overload{hit: 300, wasted: 60, before: true}, NotRecovered, NotRecovered, "300 of 300 are still missing"},
		{"others make it", overload{hit: 20, wasted: 60}, NotRecovered, NotRecovered, "20 of 20 are still missing"},
		{"arrivals sustain it", overload{hit: 1000, wasted: 60, fresh: 60}, NotRecovered, NotRecovered, "the arrivals alone ask for more than the capacity: in the last 20 s 60 clients/s came new, with a capacity of 50 logins/s"},
		{"arrivals beside it", overload{hit: 1000, wasted: 60, fresh: 40}, Metastable, Metastable, "sustaining effect"},
	} {
		s := c.o.storms()
		if s[0].Class != c.entry || s[len(s)-1].Class != c.run || !strings.Contains(s[0].Because, c.says) {
			t.Errorf("%s: %v, %s\n\trun: %v, %s", c.name, s[0].Class, s[0].Because, s[len(s)-1].Class, s[len(s)-1].Because)
		}
	}
}
