package link

import "loginstorm/sim/chance"

// Weather is what the network of a device is like until somebody says otherwise:
// it bends the link the device has and every link it opens later. The zero
// Weather is calm.
type Weather struct {
	delay       Time
	bandwidth   uint64
	loss        uint32
	lossy       bool
	unreachable uint32
	nameless    uint32
}

// Take changes the weather: Slowed, Delayed, Lossy, Unreachable and Nameless set
// their part, Healed takes all of it back. Other faults are no weather.
func (w *Weather) Take(f Fault) {
	switch f.Kind {
	case Slowed:
		w.bandwidth = f.Bandwidth
	case Delayed:
		w.delay = f.Delay
	case Lossy:
		w.loss, w.lossy = f.Loss, f.Loss > 0
	case Unreachable:
		w.unreachable = f.Loss
	case Nameless:
		w.nameless = f.Loss
	case Healed:
		*w = Weather{}
	}
}

// Calm reports whether the weather changes nothing.
func (w *Weather) Calm() bool { return *w == Weather{} }

// Bends reports whether links are bent, beside attempts that fail.
func (w *Weather) Bends() bool { return w.delay > 0 || w.bandwidth > 0 || w.lossy }

// Faults appends what a new link has to take to be like the weather.
func (w *Weather) Faults(out []Fault) []Fault {
	if w.bandwidth > 0 {
		out = append(out, Fault{Kind: Slowed, Bandwidth: w.bandwidth})
	}
	if w.delay > 0 {
		out = append(out, Fault{Kind: Delayed, Delay: w.delay})
	}
	if w.lossy {
		out = append(out, Fault{Kind: Lossy, Loss: w.loss})
	}
	return out
}

// Refuses reports whether the attempt gen of a client fails at once: its name is
// not found, or nobody can be reached. Spec 10, "connect failure, DNS failure".
// The draw is the attempt's own.
func (w *Weather) Refuses(seed uint64, client, gen uint32) bool {
	if w.unreachable == 0 && w.nameless == 0 {
		return false
	}
	return chance.Hit(chance.Draw(seed, chance.Reach, client, 2*gen), w.nameless) ||
		chance.Hit(chance.Draw(seed, chance.Reach, client, 2*gen+1), w.unreachable)
}
