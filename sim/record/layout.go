package record

import (
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

const (
	// MaxPopulations is how many populations have series of their own; the rest
	// share one that is called Other. A population costs up to 9 histograms of 3
	// digits (200 kB each) a shard.
	MaxPopulations = 32
	// MaxEntries is how many timeline entries have figures of their own; the rest
	// share Other.
	MaxEntries = 256
	// MaxSteps is how many named steps behind the login have figures of their own; the rest
	// share Other.
	MaxSteps = 4
	// Other names what is beyond a bound.
	Other = "other"
)

// Layout is what a run is about: the names behind the numbers that samples carry.
// All recorders and the aggregate of a run are made from the same Layout.
type Layout struct {
	Populations []string
	Entries     []string // Timeline entries.
	Steps       []string // Steps behind the login that the dialogue names.
	Dialogue    string   // The name of a dialogue that a description says; "" = the built-in one.
	Begins      []Time   // Entries[i] begins at Begins[i]; missing = 0.
	// Ends[i] is when the fault of Entries[i] is over; missing, or before its begin =
	// when it begins.
	Ends []Time
	// Recovers[i]: those whom Entries[i] drops are expected back. Missing = they are
	// when it dropped somebody.
	Recovers []bool
	// Rounds[i] says how often those whom Entries[i] drops try, by how long that is ago,
	// the earliest first; missing = not known.
	Rounds [][]Round
	// Capacity is how many logins a second the gateway can serve as it is configured;
	// 0 = not known. CapacityFrom says in words what it rests on: "24 workers x 48 ms".
	Capacity     float64
	CapacityFrom string
}

// NoEntry is the timeline entry of what no entry caused.
const NoEntry uint16 = 0xffff

// horizon is later than any run ends; what a file says is put before it.
const horizon Time = 1 << 60

// begin returns the instant at which entry i begins.
func (l *Layout) begin(i int) Time {
	if i < len(l.Begins) {
		return min(max(l.Begins[i], 0), horizon)
	}
	return 0
}

// end returns the instant at which the fault of entry i is over.
func (l *Layout) end(i int) Time {
	if i < len(l.Ends) {
		return min(max(l.Ends[i], l.begin(i)), horizon)
	}
	return l.begin(i)
}

// entry finds a timeline entry.
func (l *Layout) entry(name string) int {
	for i, n := range l.Entries {
		if n == name {
			return i
		}
	}
	return -1
}

// origins is how many origins there are, "none" included.
const origins = int(wire.Reconnect) + 1

// space numbers the series of a layout: which slot a (metric, row, origin) has. A
// row is a population or a timeline entry; the last row is Other.
type space struct {
	layout  Layout
	rows    int // Populations and Other.
	entries int // Entries and Other.
	steps   int // Steps and Other.
	slots   int
	// dense is the first slot of a series that is by timeline entry: those come last, and
	// are kept only where they hold something, because most entries are quiet most of the
	// time.
	dense   int
	metrics [Metrics]span
}

// span is where the slots of one metric lie.
type span struct {
	base    int32
	last    int32 // Its last row.
	origins int32 // 1 when origins share a series, else origins.
	top     Time
}

// end is the slot behind the last one.
func (a *span) end() int { return int(a.base + (a.last+1)*a.origins) }

func newSpace(l Layout) *space {
	s := &space{layout: l, rows: min(len(l.Populations), MaxPopulations) + 1,
		entries: min(len(l.Entries), MaxEntries) + 1, steps: min(len(l.Steps), MaxSteps) + 1}
	for m := range s.metrics {
		if Metric(m).about().by != byEntry {
			s.place(Metric(m))
		}
	}
	s.dense = s.slots
	for m := range s.metrics {
		if Metric(m).about().by == byEntry {
			s.place(Metric(m))
		}
	}
	return s
}

// place gives a metric the next slots.
func (s *space) place(m Metric) {
	_, top, _ := m.Range()
	at := span{base: int32(s.slots), origins: 1, top: top}
	switch m.about().by {
	case byPopulation, byPopulationOrigin:
		at.last = int32(s.rows - 1)
	case byEntry:
		at.last = int32(s.entries - 1)
	case byStep:
		at.last = int32(s.steps - 1)
	}
	if m.about().by == byPopulationOrigin {
		at.origins = int32(origins)
	}
	s.slots += int((at.last + 1) * at.origins)
	s.metrics[m] = at
}

// slot is the series that a sample of m belongs to.
func (s *space) slot(m Metric, row uint16, origin login.Origin) int {
	at := &s.metrics[m]
	i := at.base + min(int32(row), at.last)*at.origins
	if at.origins > 1 && int(origin) < origins {
		i += int32(origin)
	}
	return int(i)
}

// row bounds a population's number.
func (s *space) row(population uint16) int { return min(int(population), s.rows-1) }

// entry bounds a timeline entry's number.
func (s *space) entry(entry uint16) int { return min(int(entry), s.entries-1) }

// population names a row.
func (s *space) population(row int) string {
	if row < s.rows-1 {
		return s.layout.Populations[row]
	}
	return Other
}

// entryName names an entry's row.
func (s *space) entryName(row int) string {
	if row < s.entries-1 {
		return s.layout.Entries[row]
	}
	return Other
}

// step names a step's row.
func (s *space) step(row int) string {
	if row < s.steps-1 {
		return s.layout.Steps[row]
	}
	return Other
}

// metric is what a slot holds.
func (s *space) metric(slot int) Metric {
	m := 0
	for ; slot < int(s.metrics[m].base) || slot >= s.metrics[m].end(); m++ {
	}
	return Metric(m)
}

// key says what a slot is.
func (s *space) key(slot int) Key {
	m := s.metric(slot)
	at := &s.metrics[m]
	row, origin := (slot-int(at.base))/int(at.origins), (slot-int(at.base))%int(at.origins)
	k := Key{Metric: m, Origin: login.Origin(origin)}
	switch m.about().by {
	case byPopulation, byPopulationOrigin:
		k.Population = s.population(row)
	case byEntry:
		k.Entry = s.entryName(row)
	case byStep:
		k.Step = s.step(row)
	}
	return k
}

// Key names a series.
type Key struct {
	Metric     Metric
	Population string       // "" when the metric is not by population.
	Origin     login.Origin // NoOrigin when it is not by origin.
	Entry      string       // "" when the metric is not by timeline entry.
	Step       string       // "" when the metric is not by step of the dialogue.
}

// Series is a histogram with its name.
type Series struct {
	Key
	Histogram *Histogram
}
