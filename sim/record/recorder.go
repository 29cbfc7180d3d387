package record

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Op is a call of the app.
type Op uint8

const (
	OpInitialize Op = iota // initialize
	OpLogin                // login
	OpLogout               // logout
	OpKickOther            // kickOutOtherOnlineClient
)

// Ops is how many calls there are.
const Ops = int(OpKickOther) + 1

// String is the call as the SDK spells it.
func (o Op) String() string {
	switch o {
	case OpInitialize:
		return "initialize"
	case OpLogin:
		return "login"
	case OpLogout:
		return "logout"
	}
	return "kickOutOtherOnlineClient"
}

// Reasons is how many reasons of a kick are told apart; the last one is any other.
const Reasons = int(wire.BySameDevice) + 2

// ReasonName is the label of a reason: what pushed the client out.
func ReasonName(reason int) string {
	switch wire.Reason(reason) {
	case wire.NoReason:
		return "refused" // A login answered with 417.
	case wire.ByLogin:
		return "login"
	case wire.ByServer:
		return "server"
	case wire.ByOtherClient:
		return "otherClient"
	case wire.BySameDevice:
		return "sameDevice"
	}
	return Other
}

// Recorder takes the samples of one shard. One goroutine owns it. Its methods are
// the hot path: they share nothing, and allocate only when a series has its first
// sample or a second interval is needed.
type Recorder struct {
	space  *space
	shard  int
	second int
	from   Time
	open   *Interval
	spare  []*Interval
	status []int64 // Gauges: by row and status.
}

// maxSpare is how many released intervals a Recorder keeps: one is being filled
// while another is merged; more would be memory that nothing uses.
const maxSpare = 2

// NewRecorder returns the recorder of one shard of a run.
func NewRecorder(l Layout, shard int) *Recorder {
	s := newSpace(l)
	return &Recorder{space: s, shard: shard, open: newInterval(s), status: make([]int64, s.rows*login.Statuses)}
}

// Observe records v for a metric. Metrics that are not by population or origin
// ignore those arguments; those by timeline entry take the entry as population. A
// negative v counts as 0, one above the metric's range as the top of the range.
func (r *Recorder) Observe(m Metric, population uint16, origin login.Origin, v time.Duration) {
	i := r.space.slot(m, population, origin)
	if top := r.space.metrics[m].top; v > top {
		v = top
		r.open.clamped[m]++
	}
	if i >= r.space.dense {
		r.open.entry(i, m).Observe(v)
		return
	}
	h := r.open.histograms[i]
	if h == nil {
		h = r.open.allocate(i, m)
	}
	if h.TotalCount() == 0 {
		r.open.touched = append(r.open.touched, int32(i))
	}
	if h.RecordValue(int64(max(v, 0))) != nil {
		panic("record: a value within the range of its metric was refused")
	}
}

// Add adds n to a counter.
func (r *Recorder) Add(c Counter, n uint64) { r.open.counters[c] += n }

// Place adds n clients to a status: where clients are before they first move.
func (r *Recorder) Place(population uint16, status login.Status, n int64) {
	r.status[r.space.row(population)*login.Statuses+int(status)] += n
}

// Move moves a client from one status to another. A status that only data-sync
// events carry is no status of a client and moves nobody. Spec 1.
func (r *Recorder) Move(population uint16, from, to login.Status) {
	if from >= login.DataSyncStart || to >= login.DataSyncStart {
		return
	}
	at := r.space.row(population) * login.Statuses
	r.status[at+int(from)]--
	r.status[at+int(to)]++
}

// Dialled counts an attempt that began.
func (r *Recorder) Dialled(population uint16, origin login.Origin) {
	r.open.dialled[r.space.row(population)*origins+int(origin)%origins]++
}

// DialledAt is Dialled with the instant at which the attempt began, so that a herd is
// counted as one that comes on both sides of a cut.
func (r *Recorder) DialledAt(population uint16, origin login.Origin, at Time) {
	r.Dialled(population, origin)
	r.open.tenths[min(max((at-r.from)/tenthSpan, 0), tenths-1)]++
}

// Attempt counts an attempt that ended with a code.
func (r *Recorder) Attempt(population uint16, origin login.Origin, code wire.Code) {
	at := r.space.row(population)*origins + int(origin)%origins
	r.open.attempts[at*Codes+codeSlot(code)]++
}

// Kick counts a client that was pushed out into a status.
func (r *Recorder) Kick(population uint16, reason wire.Reason, status login.Status) {
	r.open.kicks[r.space.row(population)*Reasons+min(int(reason), Reasons-1)]++
	r.open.kicked[int(status)%login.Statuses]++
}

// Result counts the result of a call of the app.
func (r *Recorder) Result(op Op, code wire.Code) {
	r.open.results[int(op)%Ops*Codes+codeSlot(code)]++
}

// FaultBegan notes that a timeline entry began: how many times it was asked to hit one
// of this shard's clients. online is how many of those were loggedIn, as far as that is
// known now: see FaultFound. Shards add up.
func (r *Recorder) FaultBegan(entry uint16, asked, online uint32) {
	f := &r.open.faults[r.space.entry(entry)]
	f.began = true
	f.asked += uint64(asked)
	f.online += uint64(online)
}

// FaultFound counts clients that were loggedIn when it was their turn to be hit. Asked
// and online count the same thing: a row of a replay, or a client of a node that drains,
// counts each time that its turn comes. Where the gateway decides whom a fault hits,
// asked is n too.
func (r *Recorder) FaultFound(entry uint16, n uint32, asked bool) {
	f := &r.open.faults[r.space.entry(entry)]
	f.online += uint64(n)
	if asked {
		f.asked += uint64(n)
	}
}

// FaultHit counts a client that dropped because of a timeline entry, for the first time:
// it is called once for a client and an entry.
func (r *Recorder) FaultHit(entry uint16) {
	f := &r.open.faults[r.space.entry(entry)]
	f.hit++
	f.dropped++
}

// FaultHitAgain counts another drop of a client that the entry made drop before, and
// that has been back since.
func (r *Recorder) FaultHitAgain(entry uint16) { r.open.faults[r.space.entry(entry)].dropped++ }

// FaultBack counts a client that is loggedIn again so long after it was hit, at its
// entry's begin. It follows a FaultHit or a FaultHitAgain of that client, once.
func (r *Recorder) FaultBack(entry uint16, after time.Duration) {
	r.open.faults[r.space.entry(entry)].back++
	r.Observe(TimeBack, entry, wire.NoOrigin, after)
}

// FaultBackSince is FaultBack for an entry that hits one client after another: after
// counts from the client's own hit, since from the entry's begin.
func (r *Recorder) FaultBackSince(entry uint16, after, since time.Duration) {
	r.FaultBack(entry, after)
	r.Observe(BackSinceBegin, entry, wire.NoOrigin, since)
}

// FaultAttempt counts an attempt of a client that an entry made drop and that is not
// back: every one between its FaultHit and its FaultBack. It is called besides Dialled.
func (r *Recorder) FaultAttempt(entry uint16) { r.open.faults[r.space.entry(entry)].attempts++ }

// Stranded counts a client that is not loggedIn when the run ends: the entry that made
// it drop or NoEntry, its status, the code of its last attempt that ended (0 = none
// did), the reason of the kick that put it there, and what it does next. It is called
// once for such a client, before the recorder's last Cut.
func (r *Recorder) Stranded(population, entry uint16, status login.Status, code wire.Code, reason wire.Reason, next Next) {
	k := stranded{row: uint16(r.space.row(population)), entry: entry, status: status,
		code: uint8(codeSlot(code)), reason: uint8(min(int(reason), Reasons-1)), next: min(next, Rests)}
	if code == 0 {
		k.code = noCode
	}
	if entry != NoEntry {
		k.entry = uint16(r.space.entry(entry))
	}
	if r.open.stranded == nil {
		r.open.stranded = map[stranded]uint64{}
	}
	r.open.stranded[k]++
}

// Cut ends the current second at an instant and hands over what it held. It is
// called once a second by every shard, and once more when the run ends: the n-th
// cut of every shard closes the same second. A cut that came late closes its
// second late and leaves the next one shorter.
func (r *Recorder) Cut(at Time) *Interval {
	full := r.open
	full.Shard, full.Second, full.From, full.To = r.shard, r.second, r.from, at
	copy(full.status, r.status)
	r.second++
	r.from = at
	if n := len(r.spare); n > 0 {
		r.open, r.spare = r.spare[n-1], r.spare[:n-1]
	} else {
		r.open = newInterval(r.space)
	}
	return full
}

// Release takes back an interval that Aggregate.Add has merged, to be used again.
// The owner of the Recorder calls it. An interval that is never released is
// garbage, no more.
func (r *Recorder) Release(iv *Interval) {
	if iv == nil || iv.space != r.space || len(r.spare) >= maxSpare {
		return
	}
	iv.clear()
	r.spare = append(r.spare, iv)
}

// Interval is what one shard recorded in one second.
type Interval struct {
	Shard    int
	Second   int  // The n-th second of the run, from 0.
	From, To Time // When it was really cut.

	space      *space
	histograms []*hdrhistogram.Histogram // By slot, up to space.dense; nil until the first sample.
	entries    map[int32]*Histogram      // By slot, from there on; only those that hold something.
	touched    []int32                   // Slots that hold something.
	status     []int64
	tally
}

// tally holds what is counted, as it adds up over shards and seconds.
type tally struct {
	counters [Counters]uint64
	clamped  [Metrics]uint64
	kicked   [login.Statuses]uint64
	dialled  []uint64            // By row, origin.
	tenths   [tenths]uint64      // Those of a second, by when in it they began.
	attempts []uint64            // By row, origin, code slot.
	kicks    []uint64            // By row, reason.
	results  []uint64            // By call, code slot.
	faults   []fault             // By entry.
	stranded map[stranded]uint64 // nil until the end of the run.
}

// stranded is how a client ended that is not loggedIn.
type stranded struct {
	row, entry uint16 // NoEntry = no entry made it drop.
	status     login.Status
	code       uint8 // Slot of its last attempt's code; noCode = none ended.
	reason     uint8
	next       Next
}

// noCode is the place of a client that no attempt of ended.
const noCode = Codes

// fault is what became of a timeline entry. Every count but hit is of times, so that
// shards and seconds add up: a client that drops twice and is back twice is in hit once,
// and in dropped and back twice.
type fault struct {
	began                    bool
	asked, online, hit, back uint64
	attempts                 uint64 // Of those whom it hit, until they were back.
	dropped                  uint64
}

// away is how many of those whom it hit are not back: each drops at most once before
// its return.
func (f *fault) away() uint64 { return f.dropped - min(f.back, f.dropped) }

// returned is how many of those whom it hit are back, after the last of their drops.
func (f *fault) returned() uint64 { return f.hit - min(f.away(), f.hit) }

// add adds what another shard or second counted.
func (f *fault) add(o fault) {
	f.began = f.began || o.began
	f.asked += o.asked
	f.online += o.online
	f.hit += o.hit
	f.back += o.back
	f.attempts += o.attempts
	f.dropped += o.dropped
}

func newTally(s *space) tally {
	return tally{dialled: make([]uint64, s.rows*origins), attempts: make([]uint64, s.rows*origins*Codes),
		kicks: make([]uint64, s.rows*Reasons), results: make([]uint64, Ops*Codes), faults: make([]fault, s.entries)}
}

// add adds what another tally of the same space holds.
func (t *tally) add(o *tally) {
	addAll(t.counters[:], o.counters[:])
	addAll(t.clamped[:], o.clamped[:])
	addAll(t.kicked[:], o.kicked[:])
	addAll(t.dialled, o.dialled)
	addAll(t.tenths[:], o.tenths[:])
	addAll(t.attempts, o.attempts)
	addAll(t.kicks, o.kicks)
	addAll(t.results, o.results)
	if t.faults != nil { // Of a window they are not kept.
		for i, f := range o.faults {
			t.faults[i].add(f)
		}
	}
	for k, n := range o.stranded {
		if t.stranded == nil {
			t.stranded = map[stranded]uint64{}
		}
		t.stranded[k] += n
	}
}

func addAll(to, from []uint64) {
	for i, n := range from {
		to[i] += n
	}
}

// clear empties the tally and keeps its memory.
func (t *tally) clear() {
	t.counters, t.clamped, t.kicked = [Counters]uint64{}, [Metrics]uint64{}, [login.Statuses]uint64{}
	clear(t.dialled)
	t.tenths = [tenths]uint64{}
	clear(t.attempts)
	clear(t.kicks)
	clear(t.results)
	clear(t.faults)
	clear(t.stranded)
}

func newInterval(s *space) *Interval {
	return &Interval{space: s, histograms: make([]*hdrhistogram.Histogram, s.dense), entries: map[int32]*Histogram{},
		touched: make([]int32, 0, s.dense), status: make([]int64, s.rows*login.Statuses), tally: newTally(s)}
}

// allocate makes the histogram of a series that has its first sample.
func (iv *Interval) allocate(slot int, m Metric) *hdrhistogram.Histogram {
	low, high, digits := m.Range()
	h := hdrhistogram.New(int64(low), int64(high), digits)
	iv.histograms[slot] = h
	return h
}

// entry returns the histogram of a series by timeline entry. It takes the room of what
// it holds, and is given back with its second: a dense one takes 225 kB for ever, an
// entry needs three of them, and there may be hundreds of entries.
func (iv *Interval) entry(slot int, m Metric) *Histogram {
	h := iv.entries[int32(slot)]
	if h == nil {
		h = NewHistogram(m)
		iv.entries[int32(slot)] = h
		iv.touched = append(iv.touched, int32(slot))
	}
	return h
}

// clear empties the interval and keeps its memory, but that of entries.
func (iv *Interval) clear() {
	for _, i := range iv.touched {
		if int(i) < len(iv.histograms) {
			iv.histograms[i].Reset()
		}
	}
	clear(iv.entries)
	iv.touched = iv.touched[:0]
	iv.tally.clear()
}
