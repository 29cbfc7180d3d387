package rundir

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"loginstorm/sim/record"
)

const (
	// MaxManifest and MaxLine bound what is read at once; a line of a log of the
	// finest metric with every bucket in use is below 300 kB.
	MaxManifest = 64 << 20
	MaxLine     = 1 << 20
	// MaxLines bounds a file: rows of twelve days.
	MaxLines = 1 << 20
	// maxCount is how many values one line may hold: no sum of MaxLines overflows.
	maxCount = 1 << 40
)

// Run is a run directory that was read.
type Run struct {
	Dir      string
	Manifest Manifest
	Scenario []byte // As it was given; nil when missing.
	Rows     []record.Row
	Events   []Event
	Series   []record.Series // Of the whole run.
	// Restored is put together from rows and logs when the run did not end by itself;
	// otherwise nil.
	Restored *record.Aggregate
	// Missing says, a sentence each, what could not be read.
	Missing []string
	// Active: somebody is still writing it. Lost: there is no run.json that could be
	// read; the name is the directory's, and the layout is made of what the other files
	// name.
	Active, Lost bool

	target []TargetSample
}

// Read reads a run directory, as far as it can be read: without its run.json, cut off,
// damaged or still being written, what is missing is said in Run.Missing. It fails for
// what is no run directory, and for one of a newer format.
func Read(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	if err := directory(dir); err != nil {
		return nil, fmt.Errorf("read run %s: %w", dir, err)
	}
	lost, err := r.manifest()
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", dir, err)
	}
	r.Lost = lost != nil
	r.Active = r.Manifest.Verdict == record.Running && beingWritten(filepath.Join(dir, SeriesFile))
	switch {
	case r.Lost && r.Active:
		r.missing("%s: %v: the run is still going on, and who runs is not known", RunFile, cause(lost))
	case r.Lost:
		r.missing("%s: %v: verdict, seed, thresholds and timeline are not known", RunFile, cause(lost))
	case r.Active:
		r.missing("the run is still going on: there is no verdict yet, and the figures go as far as its files")
	case r.Manifest.Verdict == record.Running:
		r.missing("the run did not end by itself: there is no verdict, and the figures go as far as its files")
	}
	if r.Scenario, err = readBounded(filepath.Join(dir, ScenarioFile), MaxManifest); err != nil {
		r.missing("%s: %v", ScenarioFile, cause(err))
	}
	before := len(r.Missing)
	r.file(SeriesFile, func(f io.Reader) (err error) {
		r.Rows, err = ReadRows(f, r.damage(SeriesFile))
		return err
	})
	if len(r.Missing) == before {
		r.gaps()
	}
	if r.Lost {
		r.guess()
	}
	r.file(EventsFile, func(f io.Reader) (err error) {
		r.Events, err = ReadEvents(f, r.damage(EventsFile))
		return err
	})
	r.readTarget()
	var restored *record.Restored
	if r.Manifest.Verdict == record.Running {
		restored = record.NewRestored(r.Manifest.Layout.Record())
		for _, row := range r.Rows {
			restored.Row(row)
		}
		r.Restored = restored.Aggregate()
	}
	for m := range record.Metrics {
		name := record.Metric(m).String() + LogSuffix
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			continue // A metric without a sample has no log.
		}
		r.file(name, func(f io.Reader) error {
			totals := totals{}
			err := ReadLog(f, record.Metric(m), r.damage(name), func(l Logged) {
				if restored != nil {
					restored.Histogram(l.Second, l.Series)
				}
				totals.add(l)
			})
			r.Series = append(r.Series, totals.series...)
			return err
		})
	}
	r.sort()
	if r.Lost && len(r.Rows) == 0 && len(r.Series) == 0 {
		what := "nothing of it can be read"
		if errors.Is(lost, fs.ErrNotExist) {
			what = "no run directory"
		}
		return nil, fmt.Errorf("read run %s: %s: %s: %w", dir, what, RunFile, cause(lost))
	}
	r.whole()
	return r, nil
}

// sort puts the series of each metric into the order of the layout.
func (r *Run) sort() {
	l := r.Manifest.Layout
	place := func(s record.Series) (int, int) {
		names, name := l.Populations, s.Population
		if s.Entry != "" {
			names, name = l.Entries, s.Entry
		}
		if s.Step != "" {
			names, name = l.Steps, s.Step
		}
		if i := slices.Index(names, name); i >= 0 {
			return i, int(s.Origin)
		}
		return len(names), int(s.Origin) // record.Other comes last.
	}
	slices.SortStableFunc(r.Series, func(a, b record.Series) int {
		rowA, originA := place(a)
		rowB, originB := place(b)
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(rowA, rowB), cmp.Compare(originA, originB))
	})
}

// missing adds a sentence about what could not be read.
func (r *Run) missing(format string, args ...any) {
	r.Missing = append(r.Missing, fmt.Sprintf(format, args...))
}

// damage collects what is damaged in a file.
func (r *Run) damage(name string) func(string) {
	return func(what string) { r.missing("%s: %s", name, what) }
}

// file reads one file of the directory.
func (r *Run) file(name string, read func(io.Reader) error) {
	f, err := os.Open(filepath.Join(r.Dir, name))
	if err != nil {
		r.missing("%s: %v", name, cause(err))
		return
	}
	defer f.Close()
	if err = read(f); err != nil {
		r.missing("%s: %v", name, cause(err))
	}
}

// cause takes the path off an error of the file system; the sentence has the name.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return b, err
}

// eachLine reads a file of lines. take says why it could not use one, and damage is
// told: the last line of a killed run is often cut off.
func eachLine(f io.Reader, damage func(string), take func([]byte) error) error {
	lines := bufio.NewReaderSize(f, 64<<10)
	bad, good, first, why := 0, 0, 0, error(nil)
	for n := 1; ; n++ {
		if n > MaxLines {
			damage(fmt.Sprintf("only its first %d lines were read", MaxLines))
			break
		}
		line, whole, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		last := err != nil
		if last && len(line) == 0 {
			break
		}
		fault := errors.New("too long")
		if whole {
			fault = take(line)
		}
		switch {
		case fault == nil:
			good++
		case last:
			damage(fmt.Sprintf("the last line is cut off; %d lines before it were read", good))
		default:
			if bad++; first == 0 {
				first, why = n, fault
			}
		}
		if last {
			break
		}
	}
	if bad > 0 {
		damage(fmt.Sprintf("%d damaged lines were left out, the first is line %d: %v", bad, first, why))
	}
	return nil
}

// readLine reads a line without its end; whole is false when it is longer than
// MaxLine, and then it is skipped.
func readLine(r *bufio.Reader) (line []byte, whole bool, err error) {
	whole = true
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > MaxLine {
			whole = false
		}
		if whole {
			line = append(line, part...)
		} else {
			line = line[:min(len(line), 1)]
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(line, []byte("\n")), whole, err
		}
	}
}

// ReadRows reads a series.
func ReadRows(f io.Reader, damage func(string)) ([]record.Row, error) {
	return readJSON[record.Row](f, damage)
}

// ReadEvents reads events.
func ReadEvents(f io.Reader, damage func(string)) ([]Event, error) {
	return readJSON[Event](f, damage)
}

func readJSON[T any](f io.Reader, damage func(string)) ([]T, error) {
	var all []T
	err := eachLine(f, damage, func(line []byte) error {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// Logged is one line of a log.
type Logged struct {
	Second int
	record.Series
}

// ReadLog reads the log of a metric.
func ReadLog(f io.Reader, m record.Metric, damage func(string), each func(Logged)) error {
	return eachLine(f, damage, func(line []byte) error {
		text := string(line)
		if strings.HasPrefix(text, "#") || strings.HasPrefix(text, `"`) || text == "" {
			return nil
		}
		l, err := parseLogged(m, text)
		if err == nil {
			each(l)
		}
		return err
	})
}

// parseLogged reads [Tag=tag,]start,length,max,histogram.
func parseLogged(m record.Metric, line string) (Logged, error) {
	name := ""
	if rest, ok := strings.CutPrefix(line, "Tag="); ok {
		if name, line, ok = strings.Cut(rest, ","); !ok {
			return Logged{}, errors.New("a tag without a line")
		}
	}
	fields := strings.Split(line, ",")
	if len(fields) != 4 {
		return Logged{}, fmt.Errorf("%d fields, want 4", len(fields))
	}
	start, err := strconv.ParseFloat(fields[0], 64)
	if err != nil || start < 0 || start > MaxLines {
		return Logged{}, fmt.Errorf("start %q", fields[0])
	}
	key, err := untag(m, name)
	if err != nil {
		return Logged{}, err
	}
	packed, err := hdrhistogram.DecodePacked([]byte(fields[3]))
	if err != nil {
		return Logged{}, err
	}
	h, ok := record.FromPacked(m, packed)
	if !ok {
		return Logged{}, errors.New("a histogram of another range")
	}
	if h.Count() > maxCount {
		return Logged{}, fmt.Errorf("%d values in a second", h.Count())
	}
	return Logged{int(start), record.Series{Key: key, Histogram: h}}, nil
}

// totals merges the lines of a log by series, in the order of their first lines.
type totals struct {
	series []record.Series
}

func (t *totals) add(l Logged) {
	for i := range t.series {
		if t.series[i].Key == l.Key {
			t.series[i].Histogram.Merge(l.Histogram)
			return
		}
	}
	const most = 4096 // More than the populations and origins of any layout.
	if len(t.series) < most {
		t.series = append(t.series, l.Series)
	}
}
