package live

// due is a deadline of a client, given by its place in the shard.
type due struct {
	at   Time
	slot uint32
}

// dues is a packed heap of four children a node: half as deep as a binary one,
// and the children lie in one line of the cache.
type dues []due

func (h *dues) push(d due) {
	q := append(*h, d)
	i := len(q) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if q[parent].at <= d.at {
			break
		}
		q[i] = q[parent]
		i = parent
	}
	q[i] = d
	*h = q
}

func (h *dues) pop() due {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	*h = q
	if len(q) == 0 {
		return top
	}
	i := 0
	for {
		first := 4*i + 1
		if first >= len(q) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(q)); c++ {
			if q[c].at < q[least].at {
				least = c
			}
		}
		if q[least].at >= last.at {
			break
		}
		q[i] = q[least]
		i = least
	}
	q[i] = last
	return top
}

func (h dues) next() Time {
	if len(h) == 0 {
		return never
	}
	return h[0].at
}
