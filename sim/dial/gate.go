package dial

import "sync"

// gate keeps the attempts that are outstanding apart from those that are at
// work. Any number may be outstanding; while they wait for the network they hold
// nothing. But a herd whose answers come all at once would put thousands of
// goroutines before the one that reads and the one that owns the clients, so
// only one is at work at a time and the others take their turn. What waits for
// its turn waits for the processor and would wait anyway.
//
// New attempts are jobs: they have a goroutine only when it is their turn, a
// reused one if there is any, because its stack has grown to what dialling needs.
type gate struct {
	d *Dialer

	mu      sync.Mutex
	atWork  int
	fresh   line[job]     // New attempts.
	going   line[*opener] // Attempts that can go on.
	spell   int           // New attempts in a row that passed others.
	free    []chan job
	closed  bool
	dropped int // Jobs that were waiting when the gate was closed.
}

// line is a queue.
type line[T any] struct {
	all  []T
	head int
}

func (l *line[T]) len() int { return len(l.all) - l.head }

func (l *line[T]) push(t T) { l.all = append(l.all, t) }

func (l *line[T]) pop() T {
	var none T
	t := l.all[l.head]
	l.all[l.head] = none
	l.head++
	if l.head == len(l.all) {
		l.all, l.head = l.all[:0], 0
	}
	return t
}

// job is a new attempt.
type job struct {
	c        *Conn
	endpoint int
}

const (
	// atWork is how many attempts of a Dialer are at work at a time. Its poller
	// and the owner of its clients then wait behind one at most.
	atWork = 1
	// spell is how many new attempts begin before one that can go on has a turn.
	spell = 8
	// maxFree is how many goroutines are kept while they have nothing to do: two
	// megabytes of stacks.
	maxFree = 256
)

// submit has a job done when it is its turn. It does not wait.
func (g *gate) submit(j job) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		g.dropped++
		return
	}
	g.fresh.push(j)
	g.admit()
}

// enter waits for the turn of an attempt that holds nothing.
func (g *gate) enter(o *opener) {
	g.mu.Lock()
	g.going.push(o)
	g.admit()
	g.mu.Unlock()
	<-o.token
}

// leave ends a turn.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.atWork--
	g.admit()
}

// park ends a turn until somebody wakes the attempt and it is its turn again.
func (g *gate) park(o *opener) {
	g.mu.Lock()
	if o.woken {
		o.woken = false
		g.mu.Unlock()
		return
	}
	o.parked = true
	g.atWork--
	g.admit()
	g.mu.Unlock()
	<-o.token
}

// wake lets an attempt look at what changed. One that is at work looks before
// it parks.
func (g *gate) wake(o *opener) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !o.parked {
		o.woken = true
		return
	}
	o.parked = false
	g.going.push(o)
	g.admit()
}

// admit gives turns to those who wait, as long as there are any.
func (g *gate) admit() {
	for g.atWork < atWork {
		switch {
		case g.freshFirst():
			g.atWork++
			g.spell++
			j := g.fresh.pop()
			if n := len(g.free); n > 0 {
				g.free[n-1] <- j
				g.free = g.free[:n-1]
				continue
			}
			g.d.work.Add(1)
			go g.work(j)
		case g.going.len() > 0:
			g.atWork++
			g.spell = 0
			g.going.pop().token <- struct{}{}
		default:
			return
		}
	}
}

// freshFirst reports whether the next turn is a new attempt's. The load is open:
// what is due begins before what has begun goes on, except that one turn in a
// while is for the others, so that an overload does not starve them.
func (g *gate) freshFirst() bool {
	return g.fresh.len() > 0 && (g.spell < spell || g.going.len() == 0)
}

// work does jobs, one after the other.
func (g *gate) work(j job) {
	defer g.d.work.Done()
	var next chan job
	for {
		g.d.attempt(j)
		g.mu.Lock()
		if g.freshFirst() {
			g.spell++
			j = g.fresh.pop() // The turn goes on with the next job.
			g.mu.Unlock()
			continue
		}
		g.atWork--
		g.admit()
		if g.closed || len(g.free) >= maxFree {
			g.mu.Unlock()
			return
		}
		if next == nil {
			next = make(chan job, 1)
		}
		g.free = append(g.free, next)
		g.mu.Unlock()
		var ok bool
		if j, ok = <-next; !ok {
			return
		}
	}
}

// close drops the jobs that wait and lets free goroutines end. Attempts that
// began still get their turns.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	g.closed = true
	g.dropped += g.fresh.len()
	g.fresh = line[job]{}
	for _, c := range g.free {
		close(c)
	}
	g.free = nil
}
