package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// hurry lets clients notice a silent link within 1.2 s of the fault instead of 53:
// a ping each 500 ms, and 700 ms until it is given up.
func hurry(p *plan.Plan) {
	for i := range p.Populations {
		profile := *p.Populations[i].Profile
		profile.Heartbeat, profile.HeartbeatWait = 500*time.Millisecond, 300*time.Millisecond
		profile.ProbeEvery, profile.Probes = 200*time.Millisecond, 2
		p.Populations[i].Profile = &profile
	}
}

// lives collects what each client publishes.
type lives struct {
	mu  sync.Mutex
	all [][]string
}

func newLives(p *plan.Plan) *lives { return &lives{all: make([][]string, len(p.Clients.Account))} }

func (l *lives) watch(batch []client.Published) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range batch {
		if text := published(&batch[i].Action); text != "" {
			l.all[batch[i].Client] = append(l.all[batch[i].Client], text)
		}
	}
}

// published says what an action tells the app, "" = nothing that counts here.
func published(a *login.Action) string {
	switch a.Kind {
	case login.PublishStatus, login.PublishSync:
		return a.Status.String()
	case login.PublishKick:
		if a.ClientType == 0 {
			return fmt.Sprintf("kicked:%v", a.Reason)
		}
		return fmt.Sprintf("kicked:%v by %v", a.Reason, a.ClientType)
	case login.PublishLoginFailed:
		return fmt.Sprintf("loginFailed:%d", a.Code)
	case login.Result:
		if a.Origin == wire.Manual {
			return fmt.Sprintf("login:%d", a.Code)
		}
		if a.Code != wire.Success {
			return fmt.Sprintf("call:%d", a.Code)
		}
	case login.AttemptEnded:
		if a.Code != wire.Success {
			return fmt.Sprintf("(%d)", a.Code)
		}
	}
	return ""
}

// told writes the lives down, equal ones of a population together, and what was
// counted in all.
func (l *lives) told(p *plan.Plan, totals *record.Totals, counters []string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for i := range p.Populations {
		pop := &p.Populations[i]
		var order []string
		numbers := map[string][]string{}
		for k := range pop.Count {
			life := strings.Join(l.all[pop.First+k], " ")
			if numbers[life] == nil {
				order = append(order, life)
			}
			numbers[life] = append(numbers[life], fmt.Sprint(k+1))
		}
		for _, life := range order {
			fmt.Fprintf(&b, "%s %s\n%s", pop.Name, strings.Join(numbers[life], ", "), wrap(life))
		}
	}
	for _, name := range counters {
		fmt.Fprintf(&b, "%s: %d\n", name, counted(totals, name))
	}
	return b.String()
}

// wrap breaks a life where an attempt begins.
func wrap(life string) string {
	if life == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(life, " connecting", "\n  connecting") + "\n"
}

// counted finds a counter by its name.
func counted(totals *record.Totals, name string) uint64 {
	for c := range record.Counters {
		if record.Counter(c).String() == name {
			return totals.Counter(record.Counter(c))
		}
	}
	panic("counter " + name + " is not known")
}
