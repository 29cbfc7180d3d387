package virtual

// turn is a client whose deadline stands in a lane: 24 bytes.
type turn struct {
	at     Time
	who    uint32
	place  uint32 // Of its link, where it rests.
	ping   uint32 // The serial of its latest ping, where it rests.
	rest   uint8  // Which rest of the client this is; 0 = it was awake when it was put here.
	rhythm uint8  // Of the client, where it rests.
	looks  bool   // It looks for the answer to its ping, where it rests; otherwise it pings.
}

// lane holds the deadlines of clients that were set the same span before they are due. They
// are due in the order in which they were set, whatever their number, so that nothing is
// sorted and what comes next lies behind what came last.
type lane struct {
	span        Time
	first, last *turns
	head, tail  int // The next one of first, and the end of last.
	cold        int // The first one of first that the driver has not looked at yet.
}

// turnsLen is how many turns are allocated at once.
const turnsLen = 340 // Eight kilobytes.

// turns is a part of a lane.
type turns struct {
	next *turns
	all  [turnsLen]turn
}

func (l *lane) push(t turn, spare *parts) {
	if l.last == nil || l.tail == turnsLen {
		part := spare.take()
		if l.last == nil {
			l.first, l.head, l.cold = part, 0, 0
		} else {
			l.last.next = part
		}
		l.last, l.tail = part, 0
	}
	l.last.all[l.tail] = t
	l.tail++
}

// peek returns the first turn, nil without one.
func (l *lane) peek() *turn {
	if l.first == nil {
		return nil
	}
	return &l.first.all[l.head]
}

// unseen returns turns that come next, once: the driver may look at all whom they are about
// before it carries out the first.
func (l *lane) unseen() []turn {
	if l.first == nil || l.head != l.cold {
		return nil
	}
	end := turnsLen
	if l.first == l.last {
		end = l.tail
	}
	l.cold = min(l.head+ahead, end)
	return l.first.all[l.head:l.cold]
}

// pop removes the first turn. There must be one.
func (l *lane) pop(spare *parts) turn {
	t := l.first.all[l.head]
	if l.head++; l.head == turnsLen || l.first == l.last && l.head == l.tail {
		done := l.first
		if l.first, l.head, l.cold = done.next, 0, 0; l.first == nil {
			l.last = nil
		}
		spare.put(done)
	}
	return t
}

// parts are those that no lane needs now: what one gives back another one takes.
type parts struct{ first *turns }

func (p *parts) take() *turns {
	t := p.first
	if t == nil {
		return new(turns)
	}
	p.first, t.next = t.next, nil
	return t
}

func (p *parts) put(t *turns) { p.first, t.next = t, p.first }

// mostRhythms bounds how many rhythms have lanes: the next turn is looked for among all.
const mostRhythms = 8

// rhythm is the heartbeat that some clients have: a ping every so often, and a look for its
// answer behind each. Both spans have a lane.
//
//	ping ---- missed ----> look ---- every-missed ----> ping
type rhythm struct {
	every, missed Time
	looks, pings  int   // Where those stand who are going to look, and those who are going to ping.
	pace          uint8 // Of the gateway.
}

// lanes are the lanes of all rhythms, and which of them is next. Without rhythms they take
// nothing.
type lanes struct {
	rhythms []rhythm
	all     []lane
	at      Time // When the next turn is due; never = there is none.
	next    int  // Its lane; of two that are due at one instant the first.
	len     int
	spare   parts
}

// add returns the number of a rhythm, and makes lanes for it; -1 = it has none.
func (l *lanes) add(every, missed Time) int {
	for i := range l.rhythms {
		if r := &l.rhythms[i]; r.every == every && r.missed == missed {
			return i
		}
	}
	if missed <= 0 || every <= missed || len(l.rhythms) == mostRhythms {
		return -1
	}
	for _, span := range [...]Time{missed, every - missed} {
		if l.of(span) < 0 {
			l.all = append(l.all, lane{span: span})
		}
	}
	l.rhythms = append(l.rhythms, rhythm{every: every, missed: missed, looks: l.of(missed), pings: l.of(every - missed)})
	return len(l.rhythms) - 1
}

// of returns the lane for a deadline that is set a span before it is due, -1 without one.
func (l *lanes) of(span Time) int {
	for i := range l.all {
		if l.all[i].span == span {
			return i
		}
	}
	return -1
}

// push puts a turn at the end of a lane.
func (l *lanes) push(lane int, t turn) {
	l.all[lane].push(t, &l.spare)
	l.len++
	if t.at < l.at || t.at == l.at && lane < l.next {
		l.at, l.next = t.at, lane
	}
}

// pop removes and returns the next turn. There must be one.
func (l *lanes) pop() turn {
	t := l.all[l.next].pop(&l.spare)
	l.len--
	l.at, l.next = never, 0
	for i := range l.all {
		if first := l.all[i].peek(); first != nil && first.at < l.at {
			l.at, l.next = first.at, i
		}
	}
	return t
}
