package worlds

import (
	"fmt"
	"slices"

	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/record"
)

// Level is how far an exploration is: what the histories of up to Depth choices came
// to.
type Level struct {
	Depth       int
	States      int // Different ones, of every depth so far.
	New         int // First reached at this depth.
	Transitions int // Choices that were made.
}

// Violation is a broken rule and the shortest history that breaks it.
type Violation struct {
	Says  string
	Depth int      // How many choices the history has.
	Story []string // What happens, a line each.
}

// Result is what an exploration came to.
type Result struct {
	Level
	// Complete: there is no state beyond Depth; the budget and the rules allow no other.
	Complete  bool
	Stopped   bool       // Config.Stop or Config.States ended it before Depth.
	Histories int        // That the oracles heard.
	Rests     int        // States from which the world was left alone.
	Violation *Violation // nil: every rule held in every state.
}

// node is a state as it was reached first.
type node struct {
	parent uint32
	choice choice
}

// explorer walks through the states, level by level.
type explorer struct {
	cfg   *Config
	sh    *shared
	nodes []node
	seen  map[hash]struct{}
	rests map[hash]struct{} // From which the world is known to come to rest.
	judge judge
	bytes []byte
	res   Result
	// The first states of the present level, from place first on, and of the next.
	kept, next []kept
	first      int
}

// kept is a state that need not be made again.
type kept struct {
	w    *world
	past [][]event
}

// mostKept bounds how many states of a level are kept: 50 MB. The others are made
// again, choice by choice, when it is their turn.
const mostKept = 1 << 13

// Explore visits every state of a world up to a depth. An error says that the
// configuration is wrong; a broken rule is Result.Violation.
func Explore(cfg Config) (Result, error) {
	x, err := newExplorer(&cfg)
	if err != nil {
		return Result{}, fmt.Errorf("explore worlds: %w", err)
	}
	x.run()
	return x.res, nil
}

// newExplorer returns an explorer that has met the first state.
func newExplorer(cfg *Config) (*explorer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	x := &explorer{cfg: cfg, sh: newShared(cfg), seen: map[hash]struct{}{}, rests: map[hash]struct{}{}, judge: judge{cfg: cfg}}
	root, err := newWorld(cfg, x.sh)
	if err != nil {
		return nil, err
	}
	x.nodes = append(x.nodes, node{})
	x.next = append(x.next, kept{root, [][]event{slices.Clone(x.sh.step.events)}})
	x.seen[x.hash(root)] = struct{}{}
	x.res.States, x.res.New = 1, 1
	return x, nil
}

// newShared makes what all states of a world have in common.
func newShared(cfg *Config) *shared {
	s := &shared{cfg: cfg, rec: record.NewRecorder(record.Layout{}, 0)}
	dialogue := dialect.Reference()
	for _, t := range kinds(cfg.Clients) {
		s.specs = append(s.specs, cfg.specOf(t, dialogue))
	}
	s.out = client.Out{Watched: true}
	return s
}

// run goes from level to level.
func (x *explorer) run() {
	for first := 0; x.res.Depth < x.cfg.Depth; {
		last := len(x.nodes)
		x.res.Depth++
		x.first, x.kept, x.next = first, x.next, x.kept[:0]
		for n := first; n < last; n++ {
			if n%stopEvery == 0 && x.cfg.Stop != nil && x.cfg.Stop() {
				x.res.Depth--
				x.res.Stopped = true
				return
			}
			if !x.expand(uint32(n)) {
				return
			}
		}
		if e, says := x.judge.close(); x.broken(e, says, false) {
			return
		}
		first = last
		x.res.New = len(x.nodes) - last
		if x.cfg.Progress != nil {
			x.cfg.Progress(x.res.Level)
		}
		if x.res.New == 0 {
			x.res.Depth--
			x.res.Complete = true
			return
		}
		if x.cfg.States > 0 && x.res.States >= x.cfg.States {
			x.res.Stopped = x.res.Depth < x.cfg.Depth
			return
		}
	}
}

// stopEvery is how many states lie between two looks at Config.Stop.
const stopEvery = 256

// expand makes every choice that is open in a state; false: a rule is broken.
func (x *explorer) expand(n uint32) bool {
	w, past := x.state(n)
	for _, ch := range w.choices(nil) {
		next := w.clone()
		next.make(ch)
		x.res.Transitions++
		e := edge{n, ch}
		broken := x.sh.step.broken
		if broken == "" {
			broken = next.hold()
		}
		if broken != "" && x.broken(e, broken, false) {
			return false
		}
		x.res.Histories++
		if e, says := x.judge.hear(e, next, past, [][]event{x.sh.step.events}); x.broken(e, says, false) {
			return false
		}
		if !x.enter(e, next, past) {
			return false
		}
	}
	return true
}

// enter takes a state in that was not seen before, and leaves it alone to see how it
// comes to rest.
func (x *explorer) enter(e edge, w *world, past [][]event) bool {
	h := x.hash(w)
	if _, ok := x.seen[h]; ok {
		return true
	}
	x.seen[h] = struct{}{}
	x.nodes = append(x.nodes, node{e.from, e.choice})
	x.res.States++
	if len(x.next) < mostKept {
		x.next = append(x.next, kept{w.clone(), append(past[:len(past):len(past)], slices.Clone(x.sh.step.events))})
	}
	if _, ok := x.rests[h]; ok {
		return true
	}
	x.rests[h] = struct{}{}
	x.res.Rests++
	says := w.settle(func(w *world) bool {
		h := x.hash(w)
		_, ok := x.rests[h]
		x.rests[h] = struct{}{}
		return ok
	})
	return says == "" || !x.broken(e, says, true)
}

func (x *explorer) hash(w *world) hash {
	x.bytes = w.state(x.bytes[:0])
	return hashOf(x.bytes)
}

// path returns the choices that lead to a state.
func (x *explorer) path(n uint32) []choice {
	var path []choice
	for ; n != 0; n = x.nodes[n].parent {
		path = append(path, x.nodes[n].choice)
	}
	for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
		path[i], path[j] = path[j], path[i]
	}
	return path
}

// state returns a state of the present level, and what the oracles heard on the way
// to it.
func (x *explorer) state(n uint32) (*world, [][]event) {
	if i := int(n) - x.first; i < len(x.kept) {
		k := x.kept[i]
		x.kept[i] = kept{}
		return k.w, k.past
	}
	return x.replay(n)
}

// replay makes a state again from the beginning.
func (x *explorer) replay(n uint32) (*world, [][]event) {
	w, _ := newWorld(x.cfg, x.sh)
	past := [][]event{slices.Clone(x.sh.step.events)}
	for _, ch := range x.path(n) {
		w.make(ch)
		past = append(past, slices.Clone(x.sh.step.events))
	}
	return w, past
}

// broken notes the first broken rule, with its story: of a history, or of a world that
// was left alone behind it.
func (x *explorer) broken(e edge, says string, alone bool) bool {
	if says == "" {
		return false
	}
	if x.res.Violation == nil {
		x.res.Violation = &Violation{Says: says, Depth: len(x.path(e.from)) + 1, Story: x.story(e, alone)}
	}
	return true
}
