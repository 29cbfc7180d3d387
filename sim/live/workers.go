package live

import (
	"sync"

	"loginstorm/sim/dial"
)

// job is one attempt to open a link.
type job struct {
	conn     *dial.Conn
	endpoint int
	shard    *shard
}

// workers are goroutines that open links. There is one for every attempt that
// is outstanding: one that is free is used again, because its stack has grown
// to what dialling needs, and without one another is started.
type workers struct {
	mu     sync.Mutex
	free   []chan job
	closed bool
	all    sync.WaitGroup
}

// maxFree is how many workers are kept while they have nothing to do: what a
// steady rate uses, and two megabytes of stacks.
const maxFree = 256

// do has a job done. It does not wait.
func (w *workers) do(j job) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	if n := len(w.free); n > 0 {
		c := w.free[n-1]
		w.free = w.free[:n-1]
		w.mu.Unlock()
		c <- j
		return
	}
	w.all.Add(1)
	w.mu.Unlock()
	go w.run(j)
}

func (w *workers) run(j job) {
	defer w.all.Done()
	next := make(chan job, 1)
	for ok := true; ok; j, ok = <-next {
		j.shard.open(j)
		w.mu.Lock()
		if w.closed || len(w.free) >= maxFree {
			w.mu.Unlock()
			return
		}
		w.free = append(w.free, next)
		w.mu.Unlock()
	}
}

// close ends the workers and waits for those at work.
func (w *workers) close() {
	w.mu.Lock()
	w.closed = true
	for _, c := range w.free {
		close(c)
	}
	w.free = nil
	w.mu.Unlock()
	w.all.Wait()
}
