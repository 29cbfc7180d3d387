package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// csv reads rows of cells. The first line names the columns; they are parted by
// commas, semicolons or tabs, whichever it has first. Lines that begin with # are comments.
func (j *journal) csv(text string) {
	var columns []int // What each column holds; places = nothing of ours.
	var comma byte
	j.each(text, "#", func(line string) {
		if columns == nil {
			comma = ','
			if i := strings.IndexAny(line, ",;\t"); i >= 0 {
				comma = line[i]
			}
			columns = j.header(line, comma)
			return
		}
		var cells [places]cell
		n := 0
		if !split(line, comma, func(c cell) {
			if n < len(columns) && columns[n] < places {
				cells[columns[n]] = c
			}
			n++
		}) {
			j.fault(1, "a quotation mark is not closed on this line")
			return
		}
		if cells[placeAt].text == "" {
			j.fault(1, "the row has no instant")
			return
		}
		j.row(&cells)
	})
}

// header reads the names of the columns. A column that is nobody's is passed over.
func (j *journal) header(line string, comma byte) []int {
	var names []string
	split(line, comma, func(c cell) { names = append(names, strings.ToLower(c.text)) })
	columns := make([]int, len(names))
	for i := range columns {
		columns[i] = places
	}
	claim := func(place int, known ...string) {
		for _, k := range known {
			for i, name := range names {
				if name == k {
					columns[i] = place
					return
				}
			}
		}
	}
	claim(placeAt, atNames[:]...)
	claim(placeCount, countNames[:]...)
	for i, name := range otherNames {
		claim(placeNode+i, name)
	}
	for _, c := range columns {
		if c == placeAt {
			return columns
		}
	}
	j.fault(1, "the first line names no column %s", strings.Join(atNames[:], ", "))
	j.stop = true // Every row would be at fault for the same reason.
	return columns
}

// split calls do for each cell of a line, in order, and reports whether the line is
// whole. A cell may stand in quotation marks, in which two of them mean one.
func split(line string, comma byte, do func(cell)) bool {
	for at := 0; ; {
		begin := at
		for at < len(line) && line[at] == ' ' {
			at++
		}
		if at < len(line) && line[at] == '"' {
			text, end, ok := quoted(line, at)
			if !ok {
				return false
			}
			do(cell{text, begin + 1})
			at = end
			for at < len(line) && line[at] != comma {
				at++
			}
		} else {
			end := strings.IndexByte(line[begin:], comma)
			if end < 0 {
				end = len(line) - begin
			}
			at = begin + end
			do(cell{strings.TrimSpace(line[begin:at]), begin + 1})
		}
		if at >= len(line) {
			return true
		}
		at++
	}
}

// quoted reads a cell that begins with a quotation mark.
func quoted(line string, begin int) (text string, end int, ok bool) {
	var b strings.Builder
	for i := begin + 1; i < len(line); i++ {
		switch {
		case line[i] != '"':
			b.WriteByte(line[i])
		case i+1 < len(line) && line[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			return strings.TrimSpace(b.String()), i + 1, true
		}
	}
	return "", 0, false
}

// json reads an object a line.
func (j *journal) json(text string) {
	j.each(text, "", func(line string) {
		var object map[string]json.RawMessage
		var syntax *json.SyntaxError
		if err := json.Unmarshal([]byte(line), &object); errors.As(err, &syntax) {
			j.fault(int(syntax.Offset), "the line is no JSON: %v", syntax)
			return
		} else if err != nil || object == nil {
			j.fault(1, "the line is no JSON object")
			return
		}
		var cells [places]cell
		ok := true
		claim := func(place int, known ...string) {
			for _, k := range known {
				if raw, has := object[k]; has && string(raw) != "null" {
					cells[place].column = 1 + max(0, strings.Index(line, `"`+k+`"`))
					cells[place].text, ok = scalar(raw)
					if !ok {
						j.fault(cells[place].column, "%s is neither a text nor a number", k)
					}
					return
				}
			}
		}
		before := len(j.faults)
		claim(placeAt, atNames[:]...)
		claim(placeCount, countNames[:]...)
		for i, name := range otherNames {
			claim(placeNode+i, name)
		}
		switch {
		case len(j.faults) > before:
		case cells[placeAt].text == "":
			j.fault(1, "the row has no instant: it lacks %s", strings.Join(atNames[:], ", "))
		default:
			j.row(&cells)
		}
	})
}

// scalar returns the text of a JSON text, or of a number as it is written.
func scalar(raw json.RawMessage) (string, bool) {
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		err := json.Unmarshal(raw, &text)
		return strings.TrimSpace(text), err == nil
	}
	return string(raw), len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

// parseInstant reads an instant exactly, in nanoseconds: a point in time (RFC 3339,
// or a Unix time as a number, of seconds, or of ms, us or ns by its size), or a span
// since some begin, such as 12.345s.
func parseInstant(text string) (at Time, since bool, err error) {
	number := strings.Trim(text, "0123456789.") == ""
	if number && text != "" {
		at, err = unix(text)
		return at, false, err
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 && text[0] != '+' && text[0] != '-' {
		return d, true, nil
	}
	full := []byte(strings.ToUpper(text))
	if len(full) > 10 && full[10] == ' ' {
		full[10] = 'T' // RFC 3339, 5.6, allows the space for readability.
	}
	t, err := time.Parse(time.RFC3339Nano, string(full))
	if err != nil {
		return 0, false, fmt.Errorf("%s is no instant: write 2026-03-01T02:03:04.567Z, a Unix time, or a span such as 12.345s", short(text))
	}
	if y := t.Year(); y < 1970 || y > 2200 {
		return 0, false, fmt.Errorf("%s is not between 1970 and 2200", short(text))
	}
	return Time(t.UnixNano()), false, nil
}

// unix reads a Unix time. Its size tells its unit: seconds stay below 10^11 for
// three thousand years, and each finer unit has three digits more.
func unix(text string) (Time, error) {
	whole, part, dot := strings.Cut(text, ".")
	n, ok := digits(whole)
	if !ok && len(whole) == 19 { // Nanoseconds.
		n, ok = digits(whole[1:])
		n += uint64(whole[0]-'0') * 1e18
	}
	if !ok || dot && part == "" || strings.Contains(part, ".") {
		return 0, fmt.Errorf("%s is no Unix time", short(text))
	}
	finer := uint64(1e9) // Nanoseconds in its unit.
	for limit := uint64(1e11); finer > 1 && n >= limit; limit *= 1000 {
		finer /= 1000
	}
	if n > lastUnix/finer {
		return 0, fmt.Errorf("%s is after 2200", short(text))
	}
	ns := n * finer
	for i := 0; i < len(part) && finer > 1; i++ {
		finer /= 10
		ns += uint64(part[i]-'0') * finer
	}
	return Time(ns), nil
}

// lastUnix is the begin of 2200, in nanoseconds.
const lastUnix = 7_258_118_400e9
