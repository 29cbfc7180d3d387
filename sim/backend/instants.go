package backend

import "slices"

// instants is a list in ascending order that loses its front and grows near its
// end: what is added is seldom earlier than most of what is there.
type instants struct {
	all  []Time
	head int // Those before it are gone.
}

func (l *instants) size() int { return len(l.all) - l.head }

// at returns the i-th of those that are left.
func (l *instants) at(i int) Time { return l.all[l.head+i] }

// after returns the place behind all that are not later than now.
func (l *instants) after(now Time) int {
	// Most often that is nothing, or everything.
	if n := len(l.all); n == l.head || l.all[n-1] <= now {
		return n
	}
	left := l.all[l.head:]
	if left[0] > now {
		return l.head
	}
	i, _ := slices.BinarySearch(left, now+1)
	return l.head + i
}

// expire drops all that are not later than now.
func (l *instants) expire(now Time) {
	if l.head = l.after(now); l.head > len(l.all)/2 {
		l.all = l.all[:copy(l.all, l.all[l.head:])]
		l.head = 0
	}
}

// add puts an instant behind those that are not later.
func (l *instants) add(at Time) { l.all = slices.Insert(l.all, l.after(at), at) }

// removeLast takes out the latest one that is not later than now, if there is any.
func (l *instants) removeLast(now Time) {
	if i := l.after(now); i > l.head {
		copy(l.all[l.head+1:i], l.all[l.head:i-1])
		l.head++
	}
}
