package virtual

// list is events in the order in which they were pushed, as a chain of blocks.
type list struct{ first, last uint32 } // 0 = empty.

// blockLen is how many events a block holds: four cache lines with what they cost.
const blockLen = 15

// block is a part of a list.
type block struct {
	events [blockLen]event
	n      uint32
	next   uint32 // In the list, or of those that are free.
}

// slabBits is how many blocks are allocated at once, as a power of two: a megabyte. They
// stay where they are, so that a queue that grows copies little.
const slabBits = 12

// blocks is a pool of blocks. Number 0 is none.
type blocks struct {
	slabs [][]block
	used  uint32 // Blocks that were ever used, and number 0.
	spare uint32 // Head of those that are free.
}

func (p *blocks) at(i uint32) *block { return &p.slabs[i>>slabBits][i&(1<<slabBits-1)] }

// add puts an event at the end of a list.
func (p *blocks) add(l *list, e event) {
	if l.last != 0 {
		if b := p.at(l.last); b.n < blockLen {
			b.events[b.n] = e
			b.n++
			return
		}
	}
	i := p.take()
	b := p.at(i)
	b.events[0], b.n, b.next = e, 1, 0
	if l.last == 0 {
		l.first = i
	} else {
		p.at(l.last).next = i
	}
	l.last = i
}

// empty appends the events of a list to others, and leaves nothing in it.
func (p *blocks) empty(l *list, to []event) []event {
	for l.first != 0 {
		b := p.at(l.first)
		to = append(to, b.events[:b.n]...)
		l.first = p.free(l.first)
	}
	l.last = 0
	return to
}

// spread moves the events of a list to their places on a wheel, in their order.
func (p *blocks) spread(l *list, w *wheel, bits int) {
	for l.first != 0 {
		b := p.at(l.first)
		for i := range b.events[:b.n] {
			w.add(p, b.events[i], bits)
		}
		l.first = p.free(l.first)
	}
	l.last = 0
}

// free gives a block back and returns the one behind it.
func (p *blocks) free(i uint32) (next uint32) {
	b := p.at(i)
	next = b.next
	b.next, p.spare = p.spare, i
	return next
}

func (p *blocks) take() uint32 {
	if i := p.spare; i != 0 {
		p.spare = p.at(i).next
		return i
	}
	if p.used == 0 {
		p.used = 1
	}
	if int(p.used>>slabBits) == len(p.slabs) {
		p.slabs = append(p.slabs, nil)
	}
	// Small worlds are many: the first slab grows as they do.
	if s := &p.slabs[p.used>>slabBits]; int(p.used&(1<<slabBits-1)) >= len(*s) {
		size := 1 << slabBits
		if p.used < 1<<slabBits {
			size = min(size, max(16, 4*len(*s)))
		}
		bigger := make([]block, size)
		copy(bigger, *s)
		*s = bigger
	}
	p.used++
	return p.used - 1
}
