package account

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"loginstorm/sim/plan"
)

// Bounds of a list. A line holds one account.
const (
	maxLine     = 64 << 10
	maxColumns  = 32
	maxAccounts = plan.MostClients
	// maxDevice is the largest number that every JSON reader takes for itself.
	maxDevice = 1<<53 - 1
)

// Read reads a list of accounts from a file: CSV, or NDJSON when its first line begins
// with a brace. Blank lines and those that begin with # are passed over.
//
// CSV has account,token on each line; a first line that begins with "account" names the
// columns, in any order. NDJSON has an object on each line with the members account and
// token. device is a whole number; what else there is becomes columns. An account without
// a token is taken as it is where tokens are asked for later.
//
// Errors name file and line, never what stands there.
func Read(path string) (*plan.AccountList, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, path)
}

// reader reads one list.
type reader struct {
	name    string
	lines   *bufio.Reader
	line    int
	list    *plan.AccountList
	columns []string
	order   []int // Where name, token and device and then the columns stand in a line of CSV; -1 = nowhere.
	cells   []string
	seen    map[string]int    // Lines of names.
	members map[string]string // Of the object that is read.
}

func read(in io.Reader, name string) (*plan.AccountList, error) {
	r := &reader{name: name, lines: bufio.NewReaderSize(in, maxLine), seen: map[string]int{}}
	var add func(string) error
	for {
		text, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if add == nil {
			if add, err = r.begin(text); err != nil {
				return nil, err
			}
			if add == nil { // It was a header.
				add = r.row
				continue
			}
		}
		if err := add(text); err != nil {
			return nil, err
		}
		if r.list.Len() > maxAccounts {
			return nil, fmt.Errorf("%s:%d: more than %d accounts", name, r.line, maxAccounts)
		}
	}
	if r.list == nil || r.list.Len() == 0 {
		return nil, fmt.Errorf("%s has no accounts", name)
	}
	return r.list, nil
}

// next returns the next line that says something, without its end.
func (r *reader) next() (string, error) {
	for {
		text, err := r.lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			r.line++
			return "", r.fault("the line is longer than %d bytes", maxLine)
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("read %s: %w", r.name, err)
		case len(text) == 0:
			return "", io.EOF
		}
		if r.line++; r.line == 1 {
			text = trimMark(text)
		}
		if line := strings.TrimSpace(string(text)); line != "" && line[0] != '#' {
			return line, nil
		}
	}
}

// trimMark drops the mark with which some programs begin a file of UTF-8.
func trimMark(text []byte) []byte {
	if len(text) >= 3 && string(text[:3]) == "\xef\xbb\xbf" {
		return text[3:]
	}
	return text
}

func (r *reader) fault(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.name, r.line, fmt.Sprintf(format, args...))
}

// begin looks at the first line; no way to read the others means that it is a header.
func (r *reader) begin(text string) (func(string) error, error) {
	if text[0] == '{' {
		columns, err := r.known(text)
		if err != nil {
			return nil, err
		}
		r.columns = columns
		r.list = plan.NewAccountList(columns)
		return r.object, nil
	}
	var ok bool
	if r.cells, ok = cut(text, r.cells[:0]); !ok {
		return nil, r.fault("a quote without an end")
	}
	r.order = []int{0, 1, -1}
	if !slices.ContainsFunc(r.cells, func(s string) bool { return strings.EqualFold(s, nameColumn) }) {
		r.list = plan.NewAccountList(nil)
		return r.row, nil
	}
	return nil, r.header()
}

// Columns that mean something to us.
const (
	nameColumn   = "account"
	tokenColumn  = "token"
	deviceColumn = "device"
)

// header reads the names of the columns.
func (r *reader) header() error {
	if len(r.cells) > maxColumns {
		return r.fault("%d columns, more than %d", len(r.cells), maxColumns)
	}
	r.order = []int{-1, -1, -1}
	for i, cell := range r.cells {
		at := slices.Index([]string{nameColumn, tokenColumn, deviceColumn}, strings.ToLower(cell))
		switch {
		case cell == "":
			return r.fault("column %d has no name", i+1)
		case slices.Contains(r.columns, cell) || at >= 0 && r.order[at] >= 0:
			return r.fault("two columns of one name")
		case at >= 0:
			r.order[at] = i
		default:
			r.columns = append(r.columns, strings.Clone(cell))
			r.order = append(r.order, i)
		}
	}
	r.list = plan.NewAccountList(r.columns)
	return nil
}

// row adds a line of CSV. Its cells share the memory of one text.
func (r *reader) row(text string) error {
	var ok bool
	if r.cells, ok = cut(text, r.cells[:0]); !ok {
		return r.fault("a quote without an end")
	}
	want := slices.Max(r.order) + 1
	if len(r.cells) != want {
		return r.fault("%d fields, want %s", len(r.cells), r.wanted(want))
	}
	cell := func(at int) string {
		if at < 0 {
			return ""
		}
		return r.cells[at]
	}
	fields := make([]string, len(r.columns))
	for i := range fields {
		fields[i] = cell(r.order[3+i])
	}
	if r.order[1] >= 0 && cell(r.order[1]) == "" {
		return r.fault("the account has no token")
	}
	return r.add(cell(r.order[0]), cell(r.order[1]), cell(r.order[2]), fields)
}

// wanted says what a line of CSV has.
func (r *reader) wanted(n int) string {
	if n == 2 && len(r.columns) == 0 && r.order[2] < 0 {
		return nameColumn + "," + tokenColumn
	}
	return fmt.Sprintf("the %d that the first line names", n)
}

// add adds an account.
func (r *reader) add(name, token, device string, fields []string) error {
	if name == "" {
		return r.fault("the account has no name")
	}
	if first, twice := r.seen[name]; twice {
		return r.fault("the same account as in line %d: it would push itself out", first)
	}
	r.seen[name] = r.line
	number := uint64(0)
	if device != "" {
		var err error
		if number, err = strconv.ParseUint(device, 10, 64); err != nil || number == 0 || number > maxDevice {
			return r.fault("the device is no whole number from 1 to 2^53-1")
		}
	}
	r.list.Add(name, token, number, fields)
	return nil
}

// known returns the columns of the first object, in order.
func (r *reader) known(text string) ([]string, error) {
	object, err := r.parse(text)
	if err != nil {
		return nil, err
	}
	var columns []string
	for key := range object {
		if key != nameColumn && key != tokenColumn && key != deviceColumn {
			columns = append(columns, key)
		}
	}
	if len(columns) > maxColumns {
		return nil, r.fault("%d members, more than %d", len(columns), maxColumns)
	}
	slices.Sort(columns)
	return columns, nil
}

// parse reads an object of texts and numbers. It is good until the next one.
func (r *reader) parse(text string) (map[string]string, error) {
	object := gjson.Parse(text)
	if !gjson.Valid(text) || !object.IsObject() {
		return nil, r.fault("no object of JSON")
	}
	if r.members == nil {
		r.members = map[string]string{}
	}
	clear(r.members)
	nested := false
	object.ForEach(func(key, value gjson.Result) bool {
		switch value.Type {
		case gjson.String:
			r.members[key.String()] = value.String()
		case gjson.Number, gjson.True, gjson.False:
			r.members[key.String()] = value.Raw // A device is a whole number, and not one with an exponent.
		case gjson.JSON:
			nested = true
		}
		return !nested
	})
	if nested {
		return nil, r.fault("a member that is neither a text nor a number")
	}
	return r.members, nil
}

// object adds a line of NDJSON. Members that the first object does not have are left out.
func (r *reader) object(text string) error {
	object, err := r.parse(text)
	if err != nil {
		return err
	}
	fields := make([]string, len(r.columns))
	for i, column := range r.columns {
		fields[i] = object[column]
	}
	return r.add(object[nameColumn], object[tokenColumn], object[deviceColumn], fields)
}

// cut cuts a line of CSV into cells, blanks around them left out; a quoted cell has them,
// commas and doubled quotes, but no line ends. ok is false where a quote has no end.
func cut(line string, cells []string) (all []string, ok bool) {
	for {
		line = strings.TrimLeft(line, " \t")
		if !strings.HasPrefix(line, `"`) {
			cell, rest, more := strings.Cut(line, ",")
			cells = append(cells, strings.TrimRight(cell, " \t"))
			if !more {
				return cells, true
			}
			line = rest
			continue
		}
		cell, rest, closed := quoted(line[1:])
		if !closed {
			return nil, false
		}
		cells = append(cells, cell)
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			return cells, true
		}
		if rest[0] != ',' {
			return nil, false
		}
		line = rest[1:]
	}
}

// quoted reads up to the closing quote.
func quoted(text string) (cell, rest string, closed bool) {
	var b strings.Builder
	for {
		head, tail, found := strings.Cut(text, `"`)
		if !found {
			return "", "", false
		}
		if !strings.HasPrefix(tail, `"`) {
			if b.Len() == 0 {
				return head, tail, true
			}
			return b.String() + head, tail, true
		}
		b.WriteString(head)
		b.WriteByte('"')
		text = tail[1:]
	}
}
