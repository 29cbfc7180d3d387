//go:build hlog

package rundir

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Two independent implementations read our logs, and say what we say: tags, when the run
// began, the stamps of the intervals, counts, least and greatest value, percentiles up to
// p99.99, for each interval and for each tag.
//
//	apt install libhdrhistogram-java default-jdk-headless   # the reference implementation
//	npm install --prefix /tmp/hdr hdr-histogram-js
//	HDR_NODE=/tmp/hdr go test -tags hlog -run OtherReaders -v ./report/rundir
//
// HDR_JAR is where the jar is (left out, where Debian has it), HLOG_RUN a run directory
// to look at in place of one that the test makes. A reader that is not there is left
// out; at least one has to be.

// percentiles are those that the readers print.
var percentiles = []float64{.50, .75, .90, .95, .99, .999, .9999, 1}

// readers are the commands that read logs, by name; what is missing is said.
func readers(t *testing.T) map[string][]string {
	jar := os.Getenv("HDR_JAR")
	if jar == "" {
		jar = "/usr/share/java/hdrhistogram.jar"
	}
	all := map[string][]string{}
	_, noJar := os.Stat(jar)
	if _, noJava := exec.LookPath("java"); noJava == nil && noJar == nil {
		all["Java"] = []string{"java", "-cp", jar, filepath.Join("testdata", "hlog", "Read.java")}
	} else {
		t.Logf("no reader in Java (java: %v; jar: %v): apt install libhdrhistogram-java default-jdk-headless, or set HDR_JAR", noJava, noJar)
	}
	modules := filepath.Join(os.Getenv("HDR_NODE"), "node_modules")
	_, noModule := os.Stat(filepath.Join(modules, "hdr-histogram-js"))
	if _, noNode := exec.LookPath("node"); noNode == nil && noModule == nil {
		t.Setenv("NODE_PATH", modules)
		all["JavaScript"] = []string{"node", filepath.Join("testdata", "hlog", "read.js")}
	} else {
		t.Logf("no reader in JavaScript (node: %v; module: %v): npm install --prefix /tmp/hdr hdr-histogram-js, and set HDR_NODE=/tmp/hdr", noNode, noModule)
	}
	if len(all) == 0 {
		t.Fatal("no other reader of HdrHistogram logs is installed")
	}
	return all
}

// line is what is known of an interval or a tag.
type line struct {
	began, from, until, count, min, max int64
	at                                  []int64
	top                                 time.Duration
}

// lineOf is what we say of a histogram; instants are milliseconds.
func lineOf(h *record.Histogram, began, from, until int64) line {
	l := line{began: began, from: from, until: until, count: h.Count(), min: int64(h.Min()), max: int64(h.Max())}
	_, l.top, _ = h.Metric().Range()
	for _, q := range percentiles {
		l.at = append(l.at, int64(h.Quantile(q)))
	}
	return l
}

// finest is the finest step of every metric, in nanoseconds.
const finest = 512

// same compares a value of ours with another's. What lies in the first bucket is 0 for us,
// and its end for others. The last bucket ends for us at the top of the range, and they
// say where it would end.
func same(ours, theirs int64, top time.Duration) bool {
	switch {
	case ours < finest:
		return theirs < finest
	case ours == int64(top):
		return theirs >= ours && theirs < ours+ours/50
	}
	return ours == theirs
}

// differs compares ours with another's.
func (l line) differs(o line) string {
	small := func(a, b int64) bool { return same(a, b, l.top) }
	switch {
	case l.began != o.began || l.from != o.from || l.until != o.until:
		return fmt.Sprintf("began %d, from %d to %d, want %d, %d, %d", o.began, o.from, o.until, l.began, l.from, l.until)
	case l.count != o.count || !small(l.max, o.max):
		return fmt.Sprintf("count %d, max %d, want %d, %d", o.count, o.max, l.count, l.max)
	case l.min >= finest && l.min != o.min:
		return fmt.Sprintf("min %d, want %d", o.min, l.min)
	}
	for i, v := range l.at {
		if !small(v, o.at[i]) {
			return fmt.Sprintf("p%g is %d, want %d of %d values", percentiles[i]*100, o.at[i], v, l.count)
		}
	}
	return ""
}

func TestOtherReaders(t *testing.T) {
	dir := os.Getenv("HLOG_RUN")
	if dir == "" {
		dir = manySeconds(t)
	}
	run := read(t, dir)
	began := int64(0)
	if run.Manifest.Driver == "run" {
		began = run.Manifest.Environment.Started.UnixMilli()
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"+LogSuffix))
	if err != nil || len(files) == 0 {
		t.Fatalf("no logs in %s: %v", dir, err)
	}
	ours, intervals, tags, values := weRead(t, run, files, began)
	for name, command := range readers(t) {
		out, err := exec.Command(command[0], append(command[1:], files...)...).Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, stderr(err))
		}
		theirs := map[string]line{}
		for text := range strings.Lines(string(out)) {
			key, l := parse(t, strings.TrimSuffix(text, "\n"))
			theirs[key] = l
		}
		faults := 0
		for key, want := range ours {
			got, ok := theirs[key]
			if diff := want.differs(got); !ok || diff != "" {
				if faults++; faults < 20 {
					t.Errorf("%s: %q: there %v: %s", name, key, ok, diff)
				}
			}
		}
		if len(theirs) != len(ours) {
			t.Errorf("%s: %d lines, want %d", name, len(theirs), len(ours))
		}
		t.Logf("%s: %d logs, %d intervals and %d tags with %d values: %d differ", name, len(files), intervals, tags, values, faults)
	}
}

// weRead is what we read, by file, kind, tag and instant.
func weRead(t *testing.T, run *Run, files []string, began int64) (all map[string]line, intervals, tags int, values int64) {
	all = map[string]line{}
	for m := range record.Metrics {
		path := filepath.Join(run.Dir, record.Metric(m).String()+LogSuffix)
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		first, last := map[string]int64{}, map[string]int64{}
		err = ReadLog(bytes.NewReader(b), record.Metric(m), func(s string) { t.Error(s) }, func(l Logged) {
			from := began + int64(l.Second)*1000
			all[key(path, "interval", tag(l.Key), from)] = lineOf(l.Histogram, began, from, from+1000)
			if _, ok := first[tag(l.Key)]; !ok {
				first[tag(l.Key)] = from
			}
			last[tag(l.Key)] = from + 1000
			intervals++
			values += l.Histogram.Count()
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range run.Series {
			if s.Metric == record.Metric(m) {
				name := tag(s.Key)
				all[key(path, "tag", name, 0)] = lineOf(s.Histogram, began, first[name], last[name])
				tags++
			}
		}
	}
	if len(files) == 0 || intervals == 0 {
		t.Fatal("nothing to compare")
	}
	return all, intervals, tags, values
}

func key(path, kind, tag string, from int64) string {
	return fmt.Sprintf("%s %s %s %d", filepath.Base(path), kind, tag, from)
}

// parse reads what a reader printed: file, kind, tag, begin of the log, from, until, count,
// min, max, percentiles.
func parse(t *testing.T, text string) (string, line) {
	t.Helper()
	fields := strings.Split(text, "\t")
	if len(fields) != 9+len(percentiles) {
		t.Fatalf("%d fields: %q", len(fields), text)
	}
	var numbers []int64
	for _, f := range fields[3:] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		numbers = append(numbers, n)
	}
	l := line{began: numbers[0], from: numbers[1], until: numbers[2], count: numbers[3], min: numbers[4], max: numbers[5], at: numbers[6:]}
	from := l.from
	if fields[1] == "tag" {
		from = 0
	}
	return key(fields[0], fields[1], fields[2], from), l
}

func stderr(err error) string {
	if e, ok := err.(*exec.ExitError); ok {
		return string(e.Stderr)
	}
	return ""
}

// manySeconds writes a directory with every metric, odd names, nothing, very little and
// far too much.
func manySeconds(t *testing.T) string {
	l := layout()
	r, a := record.NewRecorder(l, 0), record.NewAggregate(l, 1)
	for s := range 30 {
		for m := range record.Metrics {
			for i := range (s % 7) * 100 {
				v := time.Duration(i*i*i%100_003) * time.Duration(1+s*s*s*s)
				r.Observe(record.Metric(m), uint16(i%2), wire.Auto, v)
				if i%50 == 0 {
					r.Observe(record.Metric(m), 0, wire.Reconnect, time.Duration(s)*3*time.Hour)
				}
			}
		}
		a.Add(r.Cut(record.Time(s+1) * time.Second))
	}
	w := write(t, a.Sealed())
	if err := w.Finish(record.Pass, map[string]int{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return w.Dir()
}
