package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// secondSpan is the resolution of rows and windows.
const secondSpan = time.Second

// Row is one sealed second of a run, all shards together.
type Row struct {
	Second   int          `json:"second"`
	To       Seconds      `json:"to_seconds"`      // When it was really cut.
	Short    bool         `json:"short,omitempty"` // Not every shard delivered it.
	Statuses StatusCounts `json:"statuses"`        // At its end.
	Dials    uint64       `json:"dials"`           // Attempts that began.
	Tenths   []uint64     `json:"dials_by_tenth,omitempty"`
	LoggedIn uint64       `json:"logged_in"` // Attempts that ended with 200.
	Codes    CodeCounts   `json:"codes"`     // Attempts that ended.
	Kicks    KickCounts   `json:"kicks"`
	Connect  Brief        `json:"connect_to_logged_in"`
	// Lateness is the generator's: of its three kinds the one whose p99 is worst.
	Lateness Brief         `json:"lateness"`
	Counters CounterCounts `json:"counters"`
	// Retries counts attempts of clients that an entry made drop and that are not back,
	// Reconnects those of origin reconnect.
	Retries    uint64 `json:"retries,omitempty"`
	Reconnects uint64 `json:"reconnects,omitempty"`
	// Populations, Faults and Stranded hold the same second taken apart, so that a run
	// whose end was never written can be read again.
	Populations []PopulationRow `json:"populations,omitempty"`
	Faults      []FaultRow      `json:"faults,omitempty"`
	Stranded    []StrandedRow   `json:"stranded,omitempty"`
	// CPU is the share of one core that the generator used, if the caller says.
	CPU float64 `json:"cpu,omitempty"`
	// Health is how the generator was, if the caller says (Aggregate.Health).
	Health *Health `json:"health,omitempty"`

	// Series are the histograms of this second, for the run directory.
	Series []Series `json:"-"`
	// Totals is the whole of this second.
	Totals *Totals `json:"-"`
}

// Brief is a distribution in short.
type Brief struct {
	Count int64   `json:"count"`
	P50   Seconds `json:"p50_seconds"`
	P99   Seconds `json:"p99_seconds"`
	Max   Seconds `json:"max_seconds"`
}

// Brief returns a histogram in short.
func (h *Histogram) Brief() Brief {
	return Brief{h.Count(), Seconds(h.Quantile(.5)), Seconds(h.Quantile(.99)), Seconds(h.Max())}
}

func newRow(second int, t *Totals, connect *Histogram, short bool) Row {
	r := Row{Second: second, To: Seconds(t.To), Short: short, Statuses: t.Statuses(Filter{}), Dials: t.Dials(Filter{}),
		Codes: t.Attempts(Filter{}), Kicks: t.Kicks(Filter{}), Connect: connect.Brief(),
		Counters: CounterCounts(t.counters), Totals: t}
	r.LoggedIn = r.Codes[0]
	if t.tenths != ([tenths]uint64{}) {
		r.Tenths = t.tenths[:]
	}
	r.Reconnects = t.Dials(Filter{Origin: wire.Reconnect})
	r.apart(t)
	for _, m := range [...]Metric{StartLateness, TimerLateness, RecordLateness} {
		if b := t.Histogram(m, Filter{}).Brief(); b.Count > 0 && (r.Lateness.Count == 0 || b.P99 > r.Lateness.P99) {
			r.Lateness = b
		}
	}
	for m := range Metrics {
		r.Series = append(r.Series, t.Series(Metric(m))...)
	}
	return r
}

// CounterCounts holds every counter.
type CounterCounts [Counters]uint64

// MarshalJSON writes what is not 0, by name: {"loggedIn":12}.
func (c StatusCounts) MarshalJSON() ([]byte, error) {
	return marshalCounts(c[:], func(i int) string { return login.Status(i).String() }), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *StatusCounts) UnmarshalJSON(b []byte) error {
	return unmarshalCounts(b, c[:], func(i int) string { return login.Status(i).String() })
}

// MarshalJSON writes what is not 0, by code: {"200":12}.
func (c CodeCounts) MarshalJSON() ([]byte, error) { return marshalCounts(c[:], CodeName), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *CodeCounts) UnmarshalJSON(b []byte) error { return unmarshalCounts(b, c[:], CodeName) }

// MarshalJSON writes what is not 0, by reason: {"login":3}.
func (k KickCounts) MarshalJSON() ([]byte, error) { return marshalCounts(k[:], ReasonName), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (k *KickCounts) UnmarshalJSON(b []byte) error { return unmarshalCounts(b, k[:], ReasonName) }

// MarshalJSON writes what is not 0, by name: {"frames_in":3}.
func (c CounterCounts) MarshalJSON() ([]byte, error) { return marshalCounts(c[:], counterName), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *CounterCounts) UnmarshalJSON(b []byte) error { return unmarshalCounts(b, c[:], counterName) }

func counterName(i int) string { return Counter(i).String() }

// marshalCounts writes an object in the order of the places. Names need no
// escapes: they are the package's own.
func marshalCounts[N int64 | uint64](counts []N, name func(int) string) []byte {
	out := []byte{'{'}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = strconv.AppendQuote(out, name(i))
		out = append(out, ':')
		out = fmt.Append(out, n)
	}
	return append(out, '}')
}

// unmarshalCounts reads an object of counts; a name that is not known, from a newer
// version, is an error.
func unmarshalCounts[N int64 | uint64](b []byte, counts []N, name func(int) string) error {
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return nil
	}
	read := map[string]N{}
	if err := json.Unmarshal(b, &read); err != nil {
		return err
	}
	for i := range counts {
		counts[i] = read[name(i)]
		delete(read, name(i))
	}
	if len(read) > 0 {
		return fmt.Errorf("read counts: %d unknown names", len(read))
	}
	return nil
}
