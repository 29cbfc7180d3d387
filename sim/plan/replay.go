package plan

import (
	"fmt"
	"slices"

	"loginstorm/sim/link"
	"loginstorm/sim/scenario"
)

// replay breaks links as a recorded log of disconnects has it. The earliest row
// happens at the entry's instant, the others as much later as they did then, to
// the nanosecond.
func (t *turn) replay(v *scenario.Replay, path string) {
	t.drops(true)
	usual, how := t.breaks(v.By, v.Code, path)
	rows := t.journal(v.File, path)
	_, parts := t.members(v.Of, path+".of")
	var all []uint32
	for _, n := range parts {
		for k := range t.plan.Populations[n].Count {
			all = append(all, t.plan.Populations[n].First+k)
		}
	}
	if len(rows) == 0 || len(all) == 0 {
		return
	}
	shuffle(t.plan.Seed, t.entry.Name, all)
	turns := newTurns(all, len(t.plan.Clients.Arrive), t.nodes())
	var late, cut, large, span uint64
	for i := range rows {
		r := &rows[i]
		at := t.entry.At + r.at
		if at >= t.plan.Duration {
			late++
			continue
		}
		span = max(span, uint64(r.at))
		t.on = t.rowNode(r, v.File)
		n := uint64(r.count)
		if n > uint64(turns.size(t.on)) {
			large = max(large, n)
			n = uint64(turns.size(t.on))
		}
		cut += n
		if len(t.plan.Steps) > t.steps {
			break // The timeline is refused already.
		}
		fault := r.fault(usual)
		for range n {
			t.hit(Step{At: at, Kind: Fault, Client: turns.next(t.on), Fault: fault})
		}
	}
	if turns.twice {
		t.entry.Again = t.entry.Until
	}
	t.entry.Asked = uint32(min(cut, 1<<32-1))
	t.entry.Says = fmt.Sprintf("replay %s: %s %s of %s in %s %s over %v, by %s where %s", v.File, thousands(cut), plural(cut, "cuts"),
		t.of(&scenario.Who{Of: v.Of}), thousands(uint64(len(rows))-late), plural(uint64(len(rows))-late, "rows"), brief(Time(span)), how,
		which(uint64(len(rows))-late == 1, "it does not say", "they do not say"))
	if late > 0 {
		t.warn("%s: %s of the %s rows of %s come after the end of the run at %v, and are left out", t.entry.Name, thousands(late), thousands(uint64(len(rows))), v.File, t.plan.Duration)
	}
	if large > 0 {
		t.warn("%s: a row of %s cuts %s links at once, more than the clients there are: all of them are cut", t.entry.Name, v.File, thousands(large))
	}
}

// journal reads the log of a replay, once for all replays of it.
func (t *turn) journal(name, path string) []broken {
	if rows, ok := t.logs[name]; ok {
		return rows
	}
	data, ok := t.options.Files[name]
	if !ok {
		t.fault(path+".file", fmt.Sprintf("%s was not read", name), "the log has to lie where file says, seen from the scenario")
		return nil
	}
	rows, faults := readJournal(name, data)
	if t.logs == nil {
		t.logs = map[string][]broken{}
	}
	t.logs[name] = rows
	t.rows = append(t.rows, faults...)
	return rows
}

// nodes returns how many nodes clients spread over.
func (c *compiler) nodes() int {
	if n := len(c.plan.Target.URLs); n > 0 && !c.options.Virtual {
		return n
	}
	return max(int(c.plan.Gateway.Nodes), 1)
}

// rowNode checks the node of a row.
func (t *turn) rowNode(r *broken, name string) uint8 {
	if int(r.node) > t.nodes() {
		if t.file.Lost("gateway.nodes") || t.file.Lost("gateway") || t.file.Lost("target.urls") || t.file.Lost("target.url") {
			return 0
		}
		f := scenario.Fault{File: name, Place: scenario.Place{Line: int(r.line), Column: 1}, Message: fmt.Sprintf("there is no node %d: the gateway has %d", r.node, t.nodes())}
		if len(t.rows) < mostLogFaults && !slices.Contains(t.rows, f) {
			t.rows = append(t.rows, f)
		}
		return 0
	}
	return r.node
}

// fault returns how the links of a row break.
func (r *broken) fault(usual link.Fault) link.Fault {
	closed := link.Fault{Kind: link.Closed, Code: 1001}
	if r.code != 0 {
		closed.Code = r.code
	}
	switch {
	case r.by == byReset, r.by != byHalfOpen && neverSent(r.code):
		// A log writes such a code for a link that ended without a close frame.
		return link.Fault{Kind: link.Reset}
	case r.by == byHalfOpen:
		return link.Fault{Kind: link.HalfOpen}
	case r.by == byClose, r.code != 0:
		return closed
	}
	return usual
}

// turns hands clients out in the order of a shuffle, nobody twice before everybody
// once. A node's are those whose first link goes there.
type turns struct {
	queues []queue
	used   []uint32 // How often each client was handed out.
	twice  bool     // Somebody was handed out more than once.
}

// queue is the clients of one node; the first queue is everybody.
type queue struct {
	clients []uint32
	at      int
	round   uint32 // Clients that were handed out more often are passed over.
}

func newTurns(all []uint32, clients, nodes int) *turns {
	t := &turns{queues: make([]queue, nodes+1), used: make([]uint32, clients)}
	t.queues[0].clients = all
	for _, client := range all {
		q := &t.queues[1+Address(client, 1, nodes)]
		q.clients = append(q.clients, client)
	}
	return t
}

// size returns how many clients a node has; 0 = all nodes together.
func (t *turns) size(node uint8) int { return len(t.queues[node].clients) }

// next returns the next client of a node that has some; 0 = of any.
func (t *turns) next(node uint8) uint32 {
	q := &t.queues[node]
	for {
		if q.at == len(q.clients) {
			q.at, q.round = 0, q.round+1
		}
		client := q.clients[q.at]
		q.at++
		if t.used[client] <= q.round {
			t.used[client]++
			t.twice = t.twice || t.used[client] > 1
			return client
		}
	}
}
