package live

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// Fleet is all clients of a plan. New makes it, Run runs it once.
type Fleet struct {
	conf    Config
	plan    *plan.Plan
	still   link.Config // Of links that only a fault bends.
	specs   []client.Spec
	shards  []*shard
	gates   []gate
	start   time.Time
	collect chan full
	hooks   sync.Mutex // Serialises Watch.
	pace    pace
	sources []netip.Addr
	atEnd   func() // Called before the links are closed; nil outside benchmarks.
}

// backlog is how many seconds the sink may be behind before the shards wait.
const backlog = 16

// full is an interval that a shard has cut.
type full struct {
	interval *record.Interval
	shard    *shard
}

// New returns a Fleet for a plan. Nothing is dialled yet.
func New(conf Config) (*Fleet, error) {
	conf, sources, err := conf.normal()
	if err != nil {
		return nil, err
	}
	p := conf.Plan
	f := &Fleet{conf: conf, plan: p, collect: make(chan full, backlog*conf.Shards), sources: sources,
		gates: make([]gate, len(p.Entries)), pace: newPace(p.Target.MaxRate)}
	for i := range f.gates {
		f.gates[i].open = make(chan struct{})
		f.gates[i].missing.Store(int32(conf.Shards))
	}
	f.specs = make([]client.Spec, len(p.Populations))
	for i := range p.Populations {
		pop := &p.Populations[i]
		f.specs[i] = client.Spec{Population: uint16(i), Seed: p.Seed, Profile: pop.Profile, Habits: pop.Habits,
			Dialogue: conf.Dialogue, Login: pop.Login, Force: pop.Force, Tokens: client.Tokens(pop.Fetch), Stride: pop.Stride}
	}
	for i := range conf.Shards {
		f.shards = append(f.shards, f.newShard(i))
	}
	return f, nil
}

// newShard makes a shard with its clients; their processes have not started.
func (f *Fleet) newShard(index int) *shard {
	p := f.plan
	n := (len(p.Clients.Account) - index + f.conf.Shards - 1) / f.conf.Shards
	s := &shard{f: f, index: index,
		clients: make([]client.Virtual, n), links: make([]slot, n), armed: make([]Time, n),
		rec: record.NewRecorder(p.Layout(), index), back: make(chan *record.Interval, 2),
		second: time.Second, stop: make(chan struct{}), shortages: map[string]uint64{}}
	if s.second >= p.Duration {
		s.second = never
	}
	s.inbox.alarm = make(chan struct{}, 1)
	s.out.Watched = f.conf.Watch != nil
	counts := make([]int64, len(p.Populations))
	for i := range s.clients {
		number := s.number(uint32(i))
		pop := p.Clients.Population[number]
		counts[pop]++
		s.clients[i] = client.New(&f.specs[pop], number, p.Clients.Account[number])
		s.armed[i] = never
		if p.Clients.Arrive[number] != plan.Never {
			s.arrivals = append(s.arrivals, uint32(i))
		}
	}
	for pop, n := range counts {
		s.rec.Place(uint16(pop), login.Unknown, n)
	}
	slices.SortStableFunc(s.arrivals, func(a, b uint32) int {
		return cmp.Compare(p.Clients.Arrive[s.number(a)], p.Clients.Arrive[s.number(b)])
	})
	s.assign()
	return s
}

func (f *Fleet) now() Time { return time.Since(f.start) }

// publish lets the observer hear what clients published.
func (f *Fleet) publish(p []client.Published) {
	f.hooks.Lock()
	defer f.hooks.Unlock()
	f.conf.Watch(p)
}

// Run runs the plan to its end, or until ctx is done, which is no error: what
// was measured counts. When it returns, every goroutine and every descriptor of
// the Fleet is gone. It is called once.
func (f *Fleet) Run(ctx context.Context) (Result, error) {
	f.start = time.Now()
	if err := f.listen(); err != nil {
		return Result{}, err
	}
	merged := make(chan struct{})
	go func() { defer close(merged); f.merge() }()
	var running sync.WaitGroup
	for _, s := range f.shards {
		s.clock.start(s.inbox.ring, f.conf.Connect == nil)
		running.Go(s.run)
	}
	commanding, cancel := context.WithCancel(ctx)
	var result Result
	commanded := make(chan struct{})
	go func() { defer close(commanded); result.Control = f.command(commanding) }()

	end := time.NewTimer(f.plan.Duration)
	defer end.Stop()
	select {
	case <-end.C:
	case <-ctx.Done():
		result.Interrupted = true
	}
	result.End = min(f.now(), f.plan.Duration)
	for _, s := range f.shards {
		close(s.stop)
		s.inbox.ring()
	}
	running.Wait()
	cancel()
	<-commanded
	if f.atEnd != nil {
		f.atEnd()
	}
	f.drain(&result)
	close(f.collect)
	<-merged
	return result, nil
}

// listen makes the shards' dialers.
func (f *Fleet) listen() error {
	for i, s := range f.shards {
		d, err := dial.New(dial.Config{Endpoints: f.conf.Endpoints, SourceAddrs: f.sources, UserAgent: f.conf.UserAgent,
			RunID: f.conf.RunID, Subprotocol: f.conf.Dialogue.Subprotocol(), Start: f.start, Connect: f.conf.Connect}, s)
		if err != nil {
			for _, s := range f.shards[:i] {
				s.dialer.Shutdown(context.Background(), 1000)
			}
			return fmt.Errorf("live: %w", err)
		}
		s.dialer = d
	}
	return nil
}

// merge gives the sink what the shards recorded, one interval at a time.
func (f *Fleet) merge() {
	for full := range f.collect {
		if f.conf.Sink != nil {
			f.conf.Sink(full.interval)
		}
		select {
		case full.shard.back <- full.interval:
		default:
		}
	}
}

// command carries the plan's commands to the gateway, each at its instant and
// not before every shard has seen its entry begin.
func (f *Fleet) command(ctx context.Context) (faults []error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range f.plan.Steps {
		step := &f.plan.Steps[i]
		if step.Kind != plan.Control {
			continue
		}
		timer.Reset(max(0, step.At-f.now()))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return faults
		}
		if int(step.Entry) < len(f.gates) {
			select {
			case <-f.gates[step.Entry].open:
			case <-ctx.Done():
				return faults
			}
		}
		if err := f.conf.Control.Do(ctx, *step.Command); err != nil && ctx.Err() == nil {
			faults = append(faults, fmt.Errorf("command the gateway at %v: %w", step.At, err))
		}
	}
	return faults
}
