package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loginstorm/sim/link"
	"loginstorm/sim/scenario"
)

// replays is a replay of a log over 40 phones and 20 desks on three nodes.
func replays(t testing.TB) *scenario.File {
	return parse(t, `
duration: 1h
gateway: {nodes: 3}
populations:
  phones: {accounts: 40, clientType: ios}
  desks: {accounts: 20, clientType: web}
timeline: [{name: night, at: 1m, replay: {file: x.csv, of: phones}}]
`)
}

// replayed compiles it for a log.
func replayed(t testing.TB, f *scenario.File, name, log string) *Plan {
	t.Helper()
	f.Timeline[0].Replay.File = name
	p, err := Compile(f, Options{Files: map[string][]byte{name: []byte(log)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cuts returns the steps of the only replay.
func cuts(p *Plan) []Step {
	return slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.Kind == Mark })
}

func TestReplayKeepsEveryInstant(t *testing.T) {
	const first = time.Minute
	f := replays(t)
	for name, want := range map[string]struct {
		log string
		at  []Time
	}{
		"rfc.csv":    {"reason,Time\nx,2026-03-01T02:03:05.000000001Z\nx,2026-03-01T04:03:04.000000002+02:00\n", []Time{first, first + time.Second - 1}},
		"late.csv":   {"ts\n1772330584.000000123\n1772330584\n", []Time{first, first + 123}},
		"ms.ndjson":  {`{"timestamp":1772330584000.5}` + "\n" + `{"timestamp":"1772330583999"}`, []Time{first, first + 1500*time.Microsecond}},
		"us.ndjson":  {`{"at":1772330584000001}` + "\n" + `{"at":1772330584.000000}`, []Time{first, first + time.Microsecond}},
		"ns.ndjson":  {`{"at":1772330584000000001}` + "\n" + `{"at":1772330584}`, []Time{first, first + 1}},
		"span.jsonl": {`{"at":"12.345s","n":2}` + "\n" + `{"at":"1m12.345s"}`, []Time{first, first, first + time.Minute}},
		"semi.csv":   {"\ufeffat; n\n \"1s\" ; 1\n\n# no row\n2s;0\n3s;\n", []Time{first, first + 2*time.Second}},
		"tab.csv":    {"n\tat\tat\n1\t5s\t\n", []Time{first}},
	} {
		var got []Time
		for _, s := range cuts(replayed(t, f, name, want.log)) {
			got = append(got, s.At)
		}
		if !slices.Equal(got, want.at) {
			t.Errorf("%s: %v, want %v", name, got, want.at)
		}
	}
}

func TestReplayBreaksLinksAsTheLogSays(t *testing.T) {
	log := "at,by,code,node\n1s,,,\n2s,reset,1001,\n3s,close,,\n4s,close,4000,\n5s,,1012,\n6s,,1006,\n7s,halfOpen,,2\n8s,halfOpen,1006,\n"
	want := []link.Fault{{Kind: link.Reset}, {Kind: link.Reset}, {Kind: link.Closed, Code: 1001}, {Kind: link.Closed, Code: 4000},
		{Kind: link.Closed, Code: 1012}, {Kind: link.Reset}, {Kind: link.HalfOpen}, {Kind: link.HalfOpen}}
	for i, s := range cuts(replayed(t, replays(t), "x.csv", log)) {
		if s.Fault != want[i] || (s.On == 2) != (i == 6) {
			t.Errorf("row %d: %+v", i+1, s)
		}
	}
}

// TestReplayTakesNobodyTwiceBeforeEverybodyOnce is a property of logs of any size;
// of rows that name a node it holds among those whose first link goes there.
func TestReplayTakesNobodyTwiceBeforeEverybodyOnce(t *testing.T) {
	f := replays(t)
	rapid.Check(t, func(r *rapid.T) {
		var log strings.Builder
		log.WriteString("at,n,node\n")
		nodes := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 12).Draw(r, "nodes")
		some := rapid.Bool().Draw(r, "some name a node")
		var sizes []int
		for i, node := range nodes {
			n := rapid.IntRange(0, 13).Draw(r, "size")
			sizes = append(sizes, n)
			if !some || node == 0 {
				fmt.Fprintf(&log, "%ds,%d,\n", i, n)
			} else {
				fmt.Fprintf(&log, "%ds,%d,%d\n", i, n, node)
			}
		}
		p := replayed(t, f, "x.csv", log.String())
		used, total := make([]int, 60), 0
		for _, s := range cuts(p) {
			i := int((s.At - time.Minute) / time.Second)
			sizes[i]--
			total++
			if s.Client >= 40 {
				r.Fatalf("client %d is no phone", s.Client)
			}
			if node := int(s.On); node > 0 && Address(s.Client, 1, 3) != node-1 {
				r.Fatalf("client %d does not begin at node %d", s.Client, node)
			}
			used[s.Client]++
			for other := range uint32(40) {
				peer := s.On == 0 || Address(other, 1, 3) == int(s.On)-1
				if peer && used[other] < used[s.Client]-1 {
					r.Fatalf("client %d is cut %d times, and client %d %d times", s.Client, used[s.Client], other, used[other])
				}
			}
		}
		if int(p.Entries[0].Asked) != total || slices.Max(sizes) > 0 {
			r.Fatalf("asked %d, cut %d, left %v", p.Entries[0].Asked, total, sizes)
		}
	})
}

func TestReplayIsWarnedOf(t *testing.T) {
	p := replayed(t, replays(t), "x.csv", "at,n\n1s,100\n2h,1\n3h,1\n")
	text := strings.Join(p.Warnings, "\n")
	if len(cuts(p)) != 40 || !strings.Contains(text, "2 of the 3 rows") || !strings.Contains(text, "cuts 100 links at once") {
		t.Errorf("%d cuts, %s", len(cuts(p)), text)
	}
	_, err := Compile(parse(t, "duration: 1m\npopulations: {a: {accounts: 1, clientType: ios}}\ntimeline: [{name: x, at: 1s, replay: {file: y.csv}}]\n"),
		Options{Files: map[string][]byte{"y.csv": []byte("at,node\n1s,1\n2s,2\n")}})
	if err == nil || err.Error() != "y.csv:3:1: there is no node 2: the gateway has 1" {
		t.Errorf("a row of a second node: %v", err)
	}
}

func TestJournalIsBounded(t *testing.T) {
	for name, c := range map[string]struct{ log, want string }{
		"wide.csv":  {"at\n" + strings.Repeat("1", mostLogLine+1), "wide.csv:2:1: the line has 65537 bytes"},
		"many.csv":  {"at\n" + strings.Repeat("x\n", 100), "many.csv:21:1: "},
		"none.csv":  {"at\n", "the log has no rows"},
		"empty.csv": {"", "the log has no rows"},
		"what.csv":  {"when,n\n1s,1\n2s,2\n", "what.csv:1:1: the first line names no column at, time, timestamp, ts"},
		"big.csv":   {"at\n" + strings.Repeat("1s\n", mostLogBytes/3), "the log has 64 MiB"},
	} {
		_, faults := readJournal(name, []byte(c.log))
		if len(faults) == 0 || len(faults) > mostLogFaults || !strings.Contains(faults[len(faults)-1].String(), c.want) {
			t.Errorf("%s: %v, want %s", name, faults, c.want)
		}
	}
}

// FuzzJournal reads whatever lies in a log: rows in bounds, or faults.
func FuzzJournal(f *testing.F) {
	for _, name := range []string{"night.csv", "broken.csv", "broken.ndjson"} {
		f.Add(strings.HasSuffix(name, "csv"), []byte(file(f, name)))
	}
	f.Add(true, []byte("time;n\n\"2026-03-01T02:03:04Z\";\"1\"\"\"\n"))
	f.Add(false, []byte(`{"ts":17723305840000000000,"n":"3"}`))
	f.Fuzz(func(t *testing.T, csv bool, data []byte) {
		name := "x.ndjson"
		if csv {
			name = "x.CSV"
		}
		rows, faults := readJournal(name, data)
		if (len(rows) == 0) == (len(faults) == 0) || len(faults) > mostLogFaults {
			t.Fatalf("%d rows, %d faults", len(rows), len(faults))
		}
		earliest := Time(1)
		for _, r := range rows {
			earliest = min(earliest, r.at)
			if r.at < 0 || r.node > mostNodes || r.count > MostClients || r.code != 0 && (r.code < 1000 || r.code > 4999) || r.by > byHalfOpen {
				t.Fatalf("%+v", r)
			}
		}
		if len(rows) > 0 && earliest != 0 {
			t.Fatalf("the earliest row is at %v", earliest)
		}
		for _, fault := range faults {
			if fault.Place.Line > strings.Count(string(data), "\n")+1 || fault.Place.Column < 0 {
				t.Fatalf("%v is outside the log", fault)
			}
		}
	})
}
