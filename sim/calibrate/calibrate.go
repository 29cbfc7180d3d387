package calibrate

import (
	"fmt"
	"math"
	"strings"

	"loginstorm/sim/record"
)

// Model is what a gateway costs, and what the link to it is like.
type Model struct {
	Workers uint32 // 0 = no bound was seen.
	Queue   uint32 // Logins that may wait; 0 = no bound was seen.
	Service Law
	Sync    Law
	Latency Law // One way.
}

// Phase is a fit of one phase.
type Phase struct {
	Name string `json:"phase"`
	// From says which seconds it rests on: "0-4, 9".
	From string `json:"seconds"`
	Fitted
	// Written is the law as a scenario has it; "" = it is no part of the model.
	Written string `json:"law,omitempty"`
}

// Capacity is what the gateway serves when every worker is busy.
type Capacity struct {
	PerSecond float64 `json:"logins_per_second"`
	// AtLeast: no second was saturated, so that it is the most that was seen.
	AtLeast bool   `json:"at_least"`
	From    string `json:"seconds,omitempty"`
}

// Result is a model with what it rests on.
type Result struct {
	Model    Model
	Phases   []Phase
	Capacity Capacity
	// Calm: there were seconds in which nobody waited.
	Calm bool
	// Misfits says, a sentence each, where the model does not fit or what the run could
	// not tell.
	Misfits []string

	// Searched says how workers were found that the figures alone did not show; "" = they
	// did. See Refine.
	Searched string

	doubt int // The place in Misfits of what Refine may settle; -1 = nothing.
	rate  float64
}

// Fit reads a model from the figures of a run. The error is ErrNoLogins when nobody
// logged in.
func Fit(f *Figures) (*Result, error) {
	base := f.calmest()
	if len(base) == 0 {
		return nil, ErrNoLogins
	}
	r := &Result{doubt: -1}
	r.link(f, base)
	trip := f.merged(record.PhaseDial, dialPhase, base)
	top := trip.extra()
	service, plateau, calm := f.service(base, top)
	r.capacity(f, service, plateau)
	r.Calm = f.calm(r, calm, service)
	r.Model.Service = service.Law
	logins := f.merged(record.PhaseLogin, loginPhase, calm)
	if len(plateau.seconds) > 0 {
		n, scale := plateau.workers(service, service.Law.mean())
		r.Model.Workers = uint32(n)
		r.Model.Service = service.Law.scaled(scale)
		r.disagrees(scale)
	}
	r.phase("login", calm, logins.judge(r.Model.Service, sum{r.Model.Service, top}), r.Model.Service.String())
	r.waiting(f, plateau)
	r.sync(f, base)
	r.upgrade(f, base, trip)
	r.notes(f)
	return r, nil
}

// service fits the service time to calm seconds, and looks for more of them once it
// is known how many workers there are.
func (f *Figures) service(base []int, top extra) (Fitted, plateau, []int) {
	logins := f.merged(record.PhaseLogin, loginPhase, base)
	fitted := logins.fit(top)
	slow := func() float64 { return longer * (sum{fitted.Law, top}).quantile(0.5) }
	p := f.saturated(fitted.Law.mean(), slow())
	if len(p.seconds) == 0 {
		return fitted, p, base
	}
	found := f.idle(math.Round(p.rate*fitted.Law.mean()), fitted.Law.mean(), base)
	more := f.merged(record.PhaseLogin, loginPhase, found)
	if len(found) == 0 || more.count < enough && more.count < logins.count {
		return fitted, p, base
	}
	fitted = more.fit(top)
	return fitted, f.saturated(fitted.Law.mean(), slow()), found
}

// longer is how many times the median service a login takes at least where it had to
// wait.
const longer = 1.3

// calm reports whether nobody waited in the seconds that the service time was fitted
// to.
func (f *Figures) calm(r *Result, calm []int, service Fitted) bool {
	if r.Capacity.AtLeast {
		return true // Nobody waited in any second.
	}
	var most uint64
	for _, i := range calm {
		most = max(most, f.Seconds[i].Sent)
	}
	const seldom = 0.1
	mean := service.Law.mean()
	if waits(math.Round(r.Capacity.PerSecond*mean), float64(most)*mean) <= seldom {
		return true
	}
	r.doubt = len(r.Misfits)
	r.misfit("no second was calm: the least busy ones that were used had up to %d logins/s of a capacity of %.0f, so that the service time has waiting in it, and workers and service time are both too high; their quotient, the capacity, is not",
		most, r.Capacity.PerSecond)
	return false
}

func (r *Result) misfit(format string, args ...any) {
	r.Misfits = append(r.Misfits, fmt.Sprintf(format, args...))
}

func (r *Result) phase(name string, from []int, f Fitted, written string) {
	r.Phases = append(r.Phases, Phase{Name: name, From: ranges(from), Fitted: f, Written: written})
}

// link fits the latency: a dial is a round trip and nothing else.
func (r *Result) link(f *Figures, base []int) {
	trip := f.merged(record.PhaseDial, dialPhase, base)
	if trip.count == 0 {
		r.misfit("no link was opened in the calm seconds: the latency is not known")
		return
	}
	fitted := trip.fitHalf()
	r.Model.Latency = fitted.Law
	r.phase("dial", base, fitted, fitted.Law.String())
}

// capacity says what is served when every worker is busy.
func (r *Result) capacity(f *Figures, service Fitted, p plateau) {
	r.rate = p.rate
	r.Capacity = Capacity{PerSecond: p.rate, AtLeast: len(p.seconds) == 0, From: ranges(p.seconds)}
	if r.Capacity.AtLeast {
		r.doubt = len(r.Misfits)
		r.misfit("the run never saturated the gateway: %.0f logins/s is the most that was seen and so the least that it can do, with %.0f workers or more; the model has no bound on workers",
			p.rate, max(1, math.Ceil(p.rate*service.Law.mean())))
		return
	}
	var served, wasted uint64
	for _, i := range p.seconds {
		served, wasted = served+f.Seconds[i].Served, wasted+f.Seconds[i].Wasted
	}
	const much = 0.02
	if float64(wasted) > much*float64(served) {
		r.misfit("in the saturated seconds %d login requests ended timed out or disconnected beside %d that were served: the gateway may have worked for them too, and can do more than %.0f logins/s then",
			wasted, served, p.rate)
	}
}

// disagrees says so when a whole number of workers does not make the plateau.
func (r *Result) disagrees(scale float64) {
	const much = 0.05
	if math.Abs(scale-1) > much {
		r.misfit("service time and capacity do not fit a whole number of workers: the service time was changed by %+.1f %% to meet the capacity", (scale-1)*100)
	}
}

// spare is how many times the longest queue that was seen may wait where none was
// ever full: enough for another storm.
const spare, leastQueue = 10, 10_000

// waiting settles the queue.
func (r *Result) waiting(f *Figures, p plateau) {
	if r.Model.Workers == 0 {
		return
	}
	queue, full := f.room(p, float64(r.Model.Workers), r.Model.Service.mean())
	if full {
		r.Model.Queue = uint32(min(max(queue, 1), math.MaxInt32))
		return
	}
	r.Model.Queue = uint32(min(max(spare*queue, leastQueue), 100_000_000))
	r.misfit("the queue was never full: up to %d waited, and the model lets %d wait", queue, r.Model.Queue)
}

// sync fits data sync, to calm seconds where they have enough of it. It begins and
// ends on the same link, so that the latency falls out.
func (r *Result) sync(f *Figures, base []int) {
	s := f.merged(record.DataSync, syncPhase, base)
	if s.count < enough {
		base = nil
		s = f.merged(record.DataSync, syncPhase, nil)
	}
	if s.count == 0 {
		return
	}
	fitted := s.fit(extra{})
	r.Model.Sync = fitted.Law
	r.phase("sync", base, fitted, fitted.Law.String())
}

// upgrade holds the upgrade against a second round trip, which is all that the model
// has for it.
func (r *Result) upgrade(f *Figures, base []int, trip sample) {
	s := f.merged(record.PhaseUpgrade, upgradePhase, base)
	if s.count == 0 || trip.count == 0 {
		return
	}
	fitted := s.judge(r.Model.Latency, twice(r.Model.Latency))
	fitted.Family = "a round trip"
	r.phase("upgrade", base, fitted, "")
}

// notes says what else the run had that the model has not.
func (r *Result) notes(f *Figures) {
	const good, certain = 0.05, 1.95 // The latter is the distance that chance brings about once in a thousand fits.
	for _, p := range r.Phases {
		if p.Distance > max(good, certain/math.Sqrt(float64(p.Samples))) {
			r.misfit("%s: the model is %.3f away (Kolmogorov-Smirnov); at p99 it says %s, and %s was measured",
				p.Name, p.Distance, written(span(p.Residuals[2].Fitted)), written(span(p.Residuals[2].Measured)))
		}
		if p.Samples < enough {
			r.misfit("%s: only %d values in the seconds that could be used", p.Name, p.Samples)
		}
	}
	if f.Tokens > 0 {
		r.misfit("%d tokens were fetched: clients that wait for one count as waiting for an answer", f.Tokens)
	}
	if f.Limited > 0 {
		r.misfit("%d attempts were refused with 416: a limiter is at work, and the model has none", f.Limited)
	}
	if f.Faults > 0 {
		r.misfit("entries of the timeline that began: %d; what they did to the gateway is no part of the model", f.Faults)
	}
}

// ranges writes seconds for people: 0-4, 9.
func ranges(all []int) string {
	var parts []string
	for i := 0; i < len(all); {
		j := i
		for j+1 < len(all) && all[j+1] == all[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(all[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", all[i], all[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
