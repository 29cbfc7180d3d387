package live

import (
	"runtime"
	"sync"
	"time"

	"loginstorm/sim/record"
)

const (
	// pulse is how often the monitor looks whether the process runs at all. It costs 50
	// system calls a second.
	pulse = 20 * time.Millisecond
	// pulseLate is how late a pulse may be before the process counts as away, and
	// pulseUsed the share of that time that it may have used its cores for all the same.
	pulseLate = 5 * time.Millisecond
	pulseUsed = 0.2
	// monitored is how many seconds wait for Take.
	monitored = 64
)

// Monitor samples, once a second and from a goroutine of its own, how the generator
// and its machine are. What a system does not tell is absent. Nothing of it is on the
// way of a login.
type Monitor struct {
	mu      sync.Mutex
	begin   time.Time
	probes  probes
	next    int // The second that ends next.
	since   time.Time
	samples [monitored]*record.Health // Of second i % monitored.
	seconds [monitored]int
	heart   heart
	stop    chan struct{}
	done    chan struct{}
}

// NewMonitor begins to sample. target tells the process id of the embedded gateway,
// 0 = there is none at the moment; nil = there never is one. The caller ends with
// Close.
func NewMonitor(begin time.Time, target func() int) *Monitor {
	m := &Monitor{begin: begin, stop: make(chan struct{}), done: make(chan struct{})}
	m.probes.target = target
	m.probes.begin()
	m.since = time.Now()
	m.heart.begin(m.since)
	m.next = max(0, int(m.since.Sub(begin)/time.Second))
	go m.run()
	return m
}

// Close ends the sampling.
func (m *Monitor) Close() {
	select {
	case <-m.stop:
	default:
		close(m.stop)
	}
	<-m.done
}

func (m *Monitor) run() {
	defer close(m.done)
	beat := time.NewTicker(pulse)
	defer beat.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-beat.C:
		}
		m.mu.Lock()
		now := time.Now()
		m.heart.beat(now, processTime(), runtime.GOMAXPROCS(0))
		m.upTo(now)
		m.mu.Unlock()
	}
}

// upTo samples when a second has ended. A sample that comes late belongs to the last
// second that is over; the ones before it have none.
func (m *Monitor) upTo(now time.Time) {
	over := int(now.Sub(m.begin) / time.Second)
	if over <= m.next {
		return
	}
	h := m.probes.sample(now.Sub(m.since))
	if h.Process != nil {
		h.Process.Away = record.Seconds(m.heart.away)
	}
	m.heart.away = 0
	at := (over - 1) % monitored
	m.samples[at], m.seconds[at] = h, over-1
	m.since, m.next = now, over
}

// Take returns the sample of a second that is over, once; nil = there is none. It
// takes the sample itself when its goroutine was not yet there.
func (m *Monitor) Take(second int) *record.Health {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.upTo(time.Now())
	at := second % monitored
	if h := m.samples[at]; h != nil && m.seconds[at] == second {
		m.samples[at] = nil
		return h
	}
	return nil
}

// heart notices when the process does not run although something is due: of a pulse
// that comes late by more than pulseLate, the lateness, when the process used next to
// no processor time meanwhile beside what it may have used before it was held. Then it
// was stopped or throttled, or others had the cores; a process that is late because it
// is busy on all that it may use is not away.
type heart struct {
	at   time.Time
	used time.Duration
	away time.Duration
}

func (h *heart) begin(now time.Time) { h.at, h.used = now, processTime() }

func (h *heart) beat(now time.Time, used time.Duration, procs int) {
	late := now.Sub(h.at) - pulse
	if late > pulseLate && float64(used-h.used) < float64(procs)*(float64(pulse)+pulseUsed*float64(late)) {
		h.away += late
	}
	h.at, h.used = now, used
}

// probes read what a second changed.
type probes struct {
	target  func() int
	runtime runtimeProbe
	process processProbe
	system  systemProbe
}

func (p *probes) begin() {
	p.sample(time.Second) // What was before the first second counts nowhere.
}

func (p *probes) sample(span time.Duration) *record.Health {
	h := &record.Health{Span: record.Seconds(span), Runtime: p.runtime.sample()}
	h.Process = p.process.sample(span)
	pid := 0
	if p.target != nil {
		pid = p.target()
	}
	p.system.sample(h, span, pid)
	if h.Process != nil {
		h.Process.Cores = float64(runtime.GOMAXPROCS(0))
		if q := h.Quota; q != nil && q.Cores > 0 {
			h.Process.Cores = min(h.Process.Cores, q.Cores)
		}
	}
	return h
}
