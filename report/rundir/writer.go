package rundir

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Writer writes a run directory. Its methods may be called by several goroutines.
// After an error it writes no more and returns that error again.
type Writer struct {
	dir string

	mu       sync.Mutex
	manifest Manifest
	series   *appender
	events   *appender
	target   *appender // nil until a series of the target is drawn.
	logs     [record.Metrics]*appender
	encoder  encoder
	err      error
}

// appender is a file that is only ever appended to.
type appender struct {
	file *os.File
	*bufio.Writer
}

const (
	fileMode = 0o644
	dirMode  = 0o755
)

// Create makes the directory dir, which must not hold a run yet, and writes what
// is known before the first packet: run.json with the verdict "running", and
// the scenario as it was given. The caller ends with Finish or Close.
func Create(dir string, m Manifest, scenario []byte) (*Writer, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	m.Format, m.Verdict = Format, record.Running
	// Exclusively: two runs that begin in the same second must not share a directory.
	f, err := os.OpenFile(filepath.Join(dir, RunFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	w := &Writer{dir: dir, manifest: m}
	if err := w.writeManifest(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, ScenarioFile), scenario, fileMode); err != nil {
		return nil, fmt.Errorf("write scenario: %w", err)
	}
	if w.series, err = w.open(SeriesFile); err != nil {
		return nil, err
	}
	hold(w.series.file)
	if w.events, err = w.open(EventsFile); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Dir is the directory.
func (w *Writer) Dir() string { return w.dir }

func (w *Writer) open(name string) (*appender, error) {
	f, err := os.OpenFile(filepath.Join(w.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, fmt.Errorf("write run directory: %w", err)
	}
	const buffer = 32 << 10
	return &appender{f, bufio.NewWriterSize(f, buffer)}, nil
}

// AppendRow writes a sealed second to the series.
func (w *Writer) AppendRow(row record.Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.line(w.series, row)
}

// AppendEvent writes something that happened.
func (w *Writer) AppendEvent(e Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.line(w.events, e)
}

// line appends a value as a line of JSON.
func (w *Writer) line(to *appender, v any) error {
	if w.err != nil {
		return w.err
	}
	b, err := json.Marshal(v)
	if err == nil {
		_, err = to.Write(append(b, '\n'))
	}
	return w.failed(err)
}

// failed remembers the first error.
func (w *Writer) failed(err error) error {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("write run directory %s: %w", w.dir, err)
	}
	return w.err
}

// AppendIntervals writes the histograms of a sealed second to the logs of their
// metrics.
func (w *Writer) AppendIntervals(row record.Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range row.Series {
		if w.err != nil {
			break
		}
		to := w.logs[s.Metric]
		if to == nil {
			var err error
			if to, err = w.startLog(s.Metric); w.failed(err) != nil {
				break
			}
			w.logs[s.Metric] = to
		}
		line, err := w.encoder.interval(row.Second, s)
		if err == nil {
			_, err = to.Write(line)
		}
		w.failed(err)
	}
	return w.err
}

// startLog opens the log of a metric and writes its head.
func (w *Writer) startLog(m record.Metric) (*appender, error) {
	to, err := w.open(m.String() + LogSuffix)
	if err != nil {
		return nil, err
	}
	lines := hdrhistogram.NewHistogramLogWriter(to)
	return to, errors.Join(lines.OutputComment("[loginstorm "+m.String()+", values in nanoseconds, times since the run began]"),
		lines.OutputLogFormatVersion(), w.startTime(to), lines.OutputLegend())
}

// startTime writes when the run began, and that all times count from there. Virtual time
// begins at 0, so that equal simulations leave equal files.
func (w *Writer) startTime(to io.Writer) error {
	var began float64
	if at := w.manifest.Environment.Started; w.manifest.Driver == "run" && at.Unix() > 0 {
		began = float64(at.UnixMilli()) / 1000
	}
	_, err := fmt.Fprintf(to, "#[StartTime: %.3f (seconds since epoch), %s]\n#[BaseTime: %.3f (seconds since epoch)]\n", began,
		time.UnixMilli(int64(math.Round(began*1000))).UTC().Format(time.RFC3339Nano), began)
	return err
}

// tag names a series within the log of its metric.
func tag(k record.Key) string {
	switch {
	case k.Entry != "":
		return url.QueryEscape(k.Entry)
	case k.Step != "":
		return url.QueryEscape(k.Step)
	case k.Origin != wire.NoOrigin:
		return url.QueryEscape(k.Population) + "/" + k.Origin.String()
	}
	return url.QueryEscape(k.Population)
}

// untag reads a tag.
func untag(m record.Metric, tag string) (record.Key, error) {
	k := record.Key{Metric: m}
	name, origin := tag, ""
	for i := range tag {
		if tag[i] == '/' {
			name, origin = tag[:i], tag[i+1:]
			break
		}
	}
	name, err := url.QueryUnescape(name)
	if err != nil {
		return k, fmt.Errorf("tag %q: %w", tag, err)
	}
	switch labels := m.Info().Labels; {
	case slices.Contains(labels, "entry"):
		k.Entry = name
	case slices.Contains(labels, "phase"):
		k.Step = name
	default:
		k.Population = name
	}
	for o := login.Origin(wire.Manual); origin != "" && k.Origin == wire.NoOrigin; o++ {
		if o > wire.Reconnect {
			return k, fmt.Errorf("tag %q: unknown origin", tag)
		}
		if o.String() == origin {
			k.Origin = o
		}
	}
	return k, nil
}

// Flush hands what was appended to the operating system. It is called once a
// second: what was flushed survives the end of the process, however sudden.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

func (w *Writer) flush() error {
	for _, a := range w.appenders() {
		w.failed(a.Flush())
	}
	return w.err
}

func (w *Writer) appenders() []*appender {
	var all []*appender
	for _, a := range append(w.logs[:], w.series, w.events, w.target) {
		if a != nil {
			all = append(all, a)
		}
	}
	return all
}

// Finish writes the verdict and the summary (a JSON-stable value) and closes the
// directory. run.json is replaced in one piece.
func (w *Writer) Finish(v record.Verdict, summary any, ended time.Time) error {
	b, err := json.Marshal(summary)
	w.mu.Lock()
	w.failed(err)
	w.manifest.Verdict, w.manifest.Summary, w.manifest.Environment.Ended = v, b, ended
	if w.flush() == nil {
		w.failed(w.writeManifest())
	}
	w.mu.Unlock()
	return w.Close()
}

// Close flushes and closes the files. run.json keeps its verdict: "running" unless
// Finish came before.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush()
	for _, a := range w.appenders() {
		w.failed(a.file.Close())
	}
	w.series, w.events, w.target, w.logs = nil, nil, nil, [record.Metrics]*appender{}
	err := w.err
	if w.err == nil {
		w.err = fmt.Errorf("write run directory %s: %w", w.dir, os.ErrClosed)
	}
	return err
}

// writeManifest replaces run.json: a reader sees the old one or the new one.
func (w *Writer) writeManifest() error {
	b, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", RunFile, err)
	}
	f, err := os.CreateTemp(w.dir, RunFile+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", RunFile, err)
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Chmod(fileMode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(w.dir, RunFile))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", RunFile, err), os.Remove(f.Name()))
	}
	return nil
}
