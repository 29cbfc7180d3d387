package virtual

import "math/bits"

// numbered is an event of a heap. Events of one instant come out in the order of their
// numbers, which are those in which they were pushed.
type numbered struct {
	at    Time
	order uint64 // number<<8 | kind
	who   uint32
	ref   uint32
}

// sooner returns 1 when an event comes before another, else 0: the borrow of a
// subtraction of 128 bits. Which of two events is sooner is a coin's toss to a
// processor that has to guess, so nothing here is guessed. Instants are not negative.
func (e *numbered) sooner(o *numbered) int {
	_, borrow := bits.Sub64(e.order, o.order, 0)
	_, borrow = bits.Sub64(uint64(e.at), uint64(o.at), borrow)
	return int(borrow)
}

// heap holds the few events that are pushed into the slot that is open. It has four
// children a node: they share a cache line or two, and a push or pop moves few entries.
type heap struct {
	all    []numbered
	number uint64
}

func (h *heap) push(e event) {
	n := numbered{at: e.at(), order: h.number<<8 | uint64(e.kind()), who: e.who, ref: e.ref}
	h.number++
	h.all = append(h.all, n)
	h.rise(len(h.all)-1, n)
}

// pop removes and returns the earliest event. There must be one. The hole that it
// leaves sinks to the bottom and the last event rises from there: it is a late one
// mostly, and belongs near the bottom anyway.
func (h *heap) pop() event {
	all := h.all
	top, last := all[0], len(all)-1
	e := all[last]
	all = all[:last]
	h.all = all
	i := 0
	for {
		first := 4*i + 1
		if first+3 >= last {
			if first >= last {
				break
			}
			least := first
			for c := first + 1; c < last; c++ {
				if all[c].sooner(&all[least]) == 1 {
					least = c
				}
			}
			all[i], i = all[least], least
			break // There is no level below an incomplete one.
		}
		k := all[first : first+4 : first+4]
		a, b := k[1].sooner(&k[0]), 2+k[3].sooner(&k[2])
		a += (b - a) * k[b&3].sooner(&k[a&3])
		all[i], i = k[a&3], first+a
	}
	if last > 0 {
		h.rise(i, e)
	}
	return newEvent(top.at, kind(top.order&0xff), top.who, top.ref)
}

// rise puts an event into the hole at i, or above it where it belongs.
func (h *heap) rise(i int, e numbered) {
	all := h.all
	for i > 0 {
		parent := (i - 1) / 4
		if e.sooner(&all[parent]) == 0 {
			break
		}
		all[i], i = all[parent], parent
	}
	all[i] = e
}
