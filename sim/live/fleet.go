package live

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
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
	"loginstorm/sim/wire"
)

// Fleet is all clients of a plan. New makes it, Run runs it once.
type Fleet struct {
	conf    Config
	plan    *plan.Plan
	still   link.Config // Of links that only a fault bends.
	specs   []client.Spec
	places  places
	shards  []*shard
	gates   []*gate              // By entry: it has begun.
	takes   map[*plan.Step]*gate // Of commands that take links away: their victims are marked.
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
		takes: map[*plan.Step]*gate{}, pace: newPace(p.Target.MaxRate)}
	faults := make([]client.Fault, len(p.Entries))
	for i := range p.Entries {
		e := &p.Entries[i]
		f.gates = append(f.gates, newGate(conf.Shards))
		faults[i] = client.Fault{Began: e.At, Gradual: e.Gradual, Again: e.Again}
	}
	for i := range p.Steps {
		if p.Takes(&p.Steps[i]) {
			f.takes[&p.Steps[i]] = newGate(conf.Shards)
		}
	}
	f.specs = make([]client.Spec, len(p.Populations))
	for i := range p.Populations {
		pop := &p.Populations[i]
		f.specs[i] = client.Spec{Population: uint16(i), Seed: p.Seed, Profile: pop.Profile, Habits: pop.Habits,
			Dialogue: conf.Dialogue, Login: pop.Login, Force: pop.Force, Tokens: client.Tokens(pop.Fetch),
			Lookup: p.Address != nil, Nodes: len(conf.Endpoints), Stride: pop.Stride, Faults: faults}
	}
	var numbers [][]uint32
	f.places, numbers = placesOf(p.Clients.Account, conf.Shards)
	for i := range conf.Shards {
		f.shards = append(f.shards, f.newShard(i, numbers[i]))
	}
	return f, nil
}

// newShard makes a shard with its clients; their processes have not started.
func (f *Fleet) newShard(index int, numbers []uint32) *shard {
	p, n := f.plan, len(numbers)
	s := &shard{f: f, index: index, numbers: numbers,
		clients: make([]client.Virtual, n), links: make([]slot, n), armed: make([]Time, n),
		rec: record.NewRecorder(p.Layout(), index), back: make(chan *record.Interval, 2),
		second: time.Second, stop: make(chan struct{}), shortages: map[string]uint64{},
		weather: map[uint32]link.Weather{}, errands: map[uint32]*errand{},
		accounts: client.NewAccounts(p.Gateway.MultiDevice.Excludes)}
	if s.second >= p.Duration {
		s.second = never
	}
	s.inbox.alarm = make(chan struct{}, 1)
	s.out.Watched, s.out.Accounts = f.conf.Watch != nil, s.accounts
	if fetchers(p) > 0 {
		s.tokens = make([]token, n)
	}
	if p.Address != nil {
		s.told = make([]uint16, n)
	}
	counts := make([]int64, len(p.Populations))
	for i, number := range numbers {
		pop := p.Clients.Population[number]
		counts[pop]++
		s.clients[i] = client.New(&f.specs[pop], number, p.Clients.Account[number])
		s.armed[i] = never
		if p.Clients.Arrive[number] != plan.Never {
			s.arrivals = append(s.arrivals, uint32(i))
		}
		if p.Clients.Database != nil && p.Clients.Database[number] {
			s.clients[i].Step(0, client.Input{Kind: client.Database}, s.rec, &s.out)
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

// listen makes what the shards dial and ask with.
func (f *Fleet) listen() error {
	for i, s := range f.shards {
		if err := f.equip(s); err != nil {
			for _, s := range f.shards[:i] {
				s.dialer.Shutdown(context.Background(), wire.CloseNormal)
			}
			return fmt.Errorf("live: %w", err)
		}
	}
	return nil
}

// equip gives a shard its dialer and, where it asks anybody, its web.
func (f *Fleet) equip(s *shard) (err error) {
	s.decoded.Epoch = f.epoch()
	c := &f.conf
	if s.tokens != nil || s.told != nil {
		s.web, err = dial.NewWeb(dial.WebConfig{AppURL: c.AppURL, AddressURL: c.AddressURL, UserAgent: c.UserAgent, Token: wording(f.plan),
			RunID: c.RunID, Start: f.start, Connect: c.ConnectWeb}, s)
		if err != nil {
			return err
		}
	}
	s.dialer, err = dial.New(dial.Config{Endpoints: c.Endpoints, SourceAddrs: f.sources, UserAgent: c.UserAgent,
		RunID: c.RunID, Subprotocol: c.Dialogue.Subprotocol(), Start: f.start, Forget: patience(f.plan), Connect: c.Connect,
		Header: header(&f.plan.Target.Way), TLS: f.plan.Target.Way.TLS, Resume: f.plan.Target.Way.Resume,
		Proxy: f.plan.Target.Way.Proxy, ProxyAuthorization: f.plan.Target.Way.ProxyAuth.Reveal()}, s)
	return err
}

// header is what the scenario sends with every upgrade.
func header(w *plan.Way) http.Header {
	h := http.Header{}
	for _, line := range w.Headers {
		value := line.Value
		if !line.Secret.Empty() {
			value = line.Secret.Reveal()
		}
		h.Add(line.Name, value)
	}
	return h
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
