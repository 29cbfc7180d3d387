package oracle

import "loginstorm/sim/login"

// call is one call of an app that has no result yet.
type call struct {
	at     Time
	number uint32
	next   int32
}

// calls is the pool of calls without a result, linked by client.
type calls struct {
	nodes []call
	free  int32
}

// maxGap is how many calls a client may make before one of them gets a result;
// a larger jump of the numbers is a fault of who counts them.
const maxGap = 64

// called notes that a call was made, and with it all that were made unseen.
func (c *Checker) called(at Time, who uint32, k *client, number uint32) {
	switch {
	case number <= k.top:
		c.find(OneEnd, at, who, NoOne, "call %d is made after call %d: numbers must rise", number, k.top)
		return
	case number-k.top > maxGap:
		c.find(OneEnd, at, who, NoOne, "call %d is made after call %d, none between them", number, k.top)
		k.top = number - 1
	}
	for n := k.top + 1; n <= number; n++ {
		c.calls.push(k, at, n)
	}
	k.top = number
}

// resulted takes the result of a call. Spec 6, rule 4.
func (c *Checker) resulted(at Time, who uint32, k *client, number uint32) {
	if number == 0 {
		c.find(OneEnd, at, who, NoOne, "a result without a call")
		return
	}
	if number > k.top {
		if k.flags&restarted != 0 {
			k.top = number - 1 // What the dead process had begun gets no result.
		}
		c.called(at, who, k, number)
	}
	k.flags &^= restarted
	if !c.calls.take(k, number) {
		c.find(OneEnd, at, who, NoOne, "call %d gets a second result, or one after its process ended", number)
	}
}

// forgive drops the calls of a process that died.
func (c *Checker) forgive(k *client) {
	for k.owed != 0 {
		c.calls.take(k, c.calls.nodes[k.owed].number)
	}
}

func (p *calls) push(k *client, at Time, number uint32) {
	i := p.free
	if i != 0 {
		p.free = p.nodes[i].next
	} else {
		i = int32(len(p.nodes))
		p.nodes = append(p.nodes, call{})
	}
	p.nodes[i] = call{at: at, number: number, next: k.owed}
	k.owed = i
}

func (p *calls) take(k *client, number uint32) bool {
	for at := &k.owed; *at != 0; at = &p.nodes[*at].next {
		if i := *at; p.nodes[i].number == number {
			*at = p.nodes[i].next
			p.nodes[i].next, p.free = p.free, i
			return true
		}
	}
	return false
}

// overdue reports the calls that should have had their result.
func (c *Checker) overdue(at Time, who uint32, k *client) {
	if c.cfg.LongestCall == 0 || k.status == login.Unknown {
		return
	}
	for i := k.owed; i != 0; i = c.calls.nodes[i].next {
		if e := &c.calls.nodes[i]; at-e.at > c.cfg.LongestCall {
			c.find(OneEnd, at, who, NoOne, "call %d, made by %v, has no result after %v", e.number, e.at, at-e.at)
		}
	}
}
