package plan

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"loginstorm/sim/scenario"
)

// A log of disconnects, as gateways write them, is read a line at a time and within
// bounds: whatever it holds, it becomes rows or faults.
const (
	mostLogBytes  = 64 << 20
	mostLogLine   = 64 << 10
	mostLogRows   = 5_000_000 // Of 24 bytes.
	mostLogFaults = 20        // Past these nobody reads on.
)

// broken is a row of a log of disconnects: count links broke at an instant.
type broken struct {
	at    Time // Since the earliest row.
	count uint32
	line  uint32
	code  uint16 // Close code; 0 = the row names none.
	node  uint8  // From 1; 0 = the row names none.
	by    breaking
}

// breaking is how links broke.
type breaking uint8

const (
	byUnknown breaking = iota // The row does not say.
	byReset
	byClose
	byHalfOpen
)

// The names that a log may give its columns. The first one that it has counts.
var (
	atNames    = [...]string{"at", "time", "timestamp", "ts"}
	countNames = [...]string{"count", "n", "size", "clients"}
	otherNames = [...]string{"node", "by", "code"}
)

// place is which column holds what, -1 = none.
const (
	placeAt = iota
	placeCount
	placeNode
	placeBy
	placeCode
	places
)

// cell is one value of a row; "" = there is none.
type cell struct {
	text   string
	column int // From 1.
}

// journal is a log of disconnects being read.
type journal struct {
	name     string
	line     int
	rows     []broken
	since    bool // Instants are spans since some begin, not points in time.
	earliest Time
	faults   scenario.Faults
	stop     bool // The rest is not read.
}

// readJournal reads a log of disconnects, CSV or NDJSON by the end of its name.
// The rows keep their order; instants count from the earliest of them. All faults
// come at once, up to mostLogFaults, with line and column in the log.
func readJournal(name string, data []byte) ([]broken, scenario.Faults) {
	j := &journal{name: name, earliest: math.MaxInt64}
	if len(data) > mostLogBytes {
		j.fault(0, "the log has %d MiB, more than %d", len(data)>>20, mostLogBytes>>20)
		return nil, j.faults
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	switch ending := strings.ToLower(path.Ext(name)); ending {
	case ".csv":
		j.csv(text)
	case ".ndjson", ".jsonl":
		j.json(text)
	default:
		j.fault(0, "the name ends neither in .csv nor in .ndjson, so it is not known what the log is")
	}
	if len(j.rows) == 0 && len(j.faults) == 0 {
		j.line = 0
		j.fault(0, "the log has no rows")
	}
	if len(j.faults) > 0 {
		return nil, j.faults
	}
	for i := range j.rows {
		j.rows[i].at -= j.earliest
	}
	return j.rows, nil
}

// fault notes what is wrong with the current line.
func (j *journal) fault(column int, format string, args ...any) {
	if !j.full() {
		j.faults = append(j.faults, scenario.Fault{File: j.name, Place: scenario.Place{Line: j.line, Column: column}, Message: fmt.Sprintf(format, args...)})
	}
}

// full reports whether enough is wrong with the log.
func (j *journal) full() bool { return j.stop || len(j.faults) >= mostLogFaults }

// each calls do for every line that is neither blank nor, in front of comment, a
// comment.
func (j *journal) each(text, comment string, do func(line string)) {
	for line := range strings.Lines(text) {
		j.line++
		line = strings.TrimRight(line, "\r\n")
		start := strings.TrimLeft(line, " \t")
		switch {
		case j.full():
			return
		case start == "" || comment != "" && strings.HasPrefix(start, comment):
		case len(line) > mostLogLine:
			j.fault(1, "the line has %d bytes, more than %d", len(line), mostLogLine)
		case len(j.rows) >= mostLogRows:
			j.fault(1, "the log has more than %s rows", thousands(mostLogRows))
			return
		default:
			do(line)
		}
	}
}

// row adds a row of its cells.
func (j *journal) row(cells *[places]cell) {
	r, before := broken{count: 1, line: uint32(j.line)}, len(j.faults)
	at, since, err := parseInstant(cells[placeAt].text)
	switch {
	case err != nil:
		j.fault(cells[placeAt].column, "%v", err)
	case len(j.rows) > 0 && since != j.since:
		j.fault(cells[placeAt].column, "%s: spans and points in time do not go together", short(cells[placeAt].text))
	}
	if c := cells[placeCount]; c.text != "" {
		r.count = uint32(j.number(c, "count", 0, MostClients))
	}
	if c := cells[placeNode]; c.text != "" {
		r.node = uint8(j.number(c, "node", 1, mostNodes))
	}
	if c := cells[placeCode]; c.text != "" {
		r.code = uint16(j.number(c, "close code", 1000, 4999))
	}
	if c := cells[placeBy]; c.text != "" {
		i := slices.Index([]string{"reset", "close", "halfOpen"}, c.text)
		if i < 0 {
			j.fault(c.column, "unknown by %s: write reset, close or halfOpen", short(c.text))
		}
		r.by = breaking(i + 1)
	}
	if len(j.faults) > before {
		return
	}
	j.since, r.at = since, at
	j.earliest = min(j.earliest, at)
	j.rows = append(j.rows, r)
}

// mostNodes is how many nodes a scenario may have.
const mostNodes = 64

// number reads a whole number within a range.
func (j *journal) number(c cell, what string, least, most uint64) uint64 {
	n, ok := digits(c.text)
	if !ok || n < least || n > most {
		j.fault(c.column, "%s %s is no whole number from %d to %d", what, short(c.text), least, most)
		return 0
	}
	return n
}

// digits reads a whole number of at most 18 digits.
func digits(text string) (uint64, bool) {
	if text == "" || len(text) > 18 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n := uint64(0)
	for i := range len(text) {
		n = n*10 + uint64(text[i]-'0')
	}
	return n, true
}

// short quotes a value, cut where nobody reads on.
func short(text string) string {
	const most = 40
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return fmt.Sprintf("%q", text)
}
