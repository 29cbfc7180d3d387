package virtual

const (
	// few events are sorted by insertion: 32 move 8 places each at most, on average.
	few = 32
	// digit is how many bits are looked at in a pass over more of them: three passes for
	// the instants of a slot, whose counts fit into half a page.
	digit  = 7
	passes = slotBits / digit
)

// sorted returns the events of one slot in order of their instants, those of one instant
// as they were, and scratch for the next time.
func sorted(run, room []event) (_, _ []event) {
	i := 1
	for i < len(run) && run[i].when>>8 >= run[i-1].when>>8 {
		i++
	}
	if i >= len(run) {
		return run, room
	}
	if len(run) <= few {
		insert(run, i)
		return run, room
	}
	if cap(room) < len(run) {
		room = make([]event, len(run), cap(run))
	}
	room = room[:len(run)]
	// Least digit first: each pass keeps the order of the one before.
	for pass := range passes {
		shift := 8 + pass*digit
		var places [1 << digit]uint32
		for i := range run {
			places[run[i].when>>shift&(1<<digit-1)]++
		}
		at := uint32(0)
		for d, n := range places {
			places[d], at = at, at+n
		}
		for i := range run {
			d := run[i].when >> shift & (1<<digit - 1)
			room[places[d]] = run[i]
			places[d]++
		}
		run, room = room, run
	}
	return run, room
}

// insert sorts events of which those before from are in order.
func insert(run []event, from int) {
	for i := from; i < len(run); i++ {
		e, at := run[i], i
		for ; at > 0 && run[at-1].when>>8 > e.when>>8; at-- {
			run[at] = run[at-1]
		}
		run[at] = e
	}
}
