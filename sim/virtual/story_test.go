package virtual

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// told is a world as it was told: what each client published, what the gateway let
// know, and what was recorded.
type told struct {
	lines   []strings.Builder
	gateway strings.Builder
	all     *record.Aggregate
	result  Result
	sim     *Simulator
}

// live runs a world with the oracles connected, and demands that no rule is broken.
// Nothing is written down of what happens before from.
func live(t *testing.T, w *world, from time.Duration) *told {
	t.Helper()
	d := &told{lines: make([]strings.Builder, len(w.names))}
	var sink func(*record.Interval)
	if w.yaml { // Hundreds of worlds by hand are told without figures.
		d.all = record.NewAggregate(w.plan.Layout(), 1)
		sink = d.all.Add
	}
	s, err := New(Config{Plan: w.plan, Check: true, Sink: sink, Watch: func(heard []client.Published) {
		for i := range heard {
			if heard[i].At < from {
				continue
			}
			if a := &heard[i].Action; a.Kind == login.PublishSync && w.plan.Gateway.Sync.A > 0 && w.yaml {
				fmt.Fprintf(&d.lines[heard[i].Client], "  %-9v   %v\n", heard[i].At.Round(time.Millisecond), a.Status)
			} else {
				line(&d.lines[heard[i].Client], &heard[i])
			}
		}
	}, WatchGateway: func(at time.Duration, o *gateway.Output) {
		if at >= from {
			gatewayLine(&d.gateway, at, o)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.sim = s
	if d.result, err = s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, f := range append(books(s), says(d.result.Broken)...) {
		t.Error(f)
	}
	return d
}

// text is what the clients published, those with names that begin with one of show,
// or all.
func (d *told) text(w *world, show []string) string {
	var all strings.Builder
	for who := range d.lines {
		shown := len(show) == 0
		for _, name := range show {
			shown = shown || strings.HasPrefix(w.names[who], name)
		}
		if shown {
			fmt.Fprintf(&all, "%s\n%s", w.names[who], d.lines[who].String())
		}
	}
	return all.String()
}

// tell runs a world and returns everything that was published.
func tell(t *testing.T, w *world) (string, Result) {
	t.Helper()
	d := live(t, w, 0)
	return d.text(w, nil) + atTheEnd(d.result), d.result
}

func atTheEnd(r Result) string {
	if r.Links == 0 && r.Sessions == 0 {
		return ""
	}
	return fmt.Sprintf("at the end: %d links, %d sessions\n", r.Links, r.Sessions)
}

// gatewayLine writes what a gateway lets its observers know.
func gatewayLine(b *strings.Builder, now time.Duration, o *gateway.Output) {
	at := fmt.Sprintf("  %-9v ", now.Round(time.Millisecond))
	switch o.Kind {
	case gateway.Down, gateway.Up, gateway.Stalled, gateway.Unstalled:
		fmt.Fprintf(b, "%snode %d is %v\n", at, o.Node+1, o.Kind)
	case gateway.Judged:
		fmt.Fprintf(b, "%saccount %d, %v, on node %d: %d after %v\n", at, o.Account, o.Origin, o.Node+1, o.Code, o.After.Round(time.Millisecond))
	case gateway.Refuse:
		fmt.Fprintf(b, "%sa link is refused\n", at)
	case gateway.SessionEnded:
		fmt.Fprintf(b, "%saccount %d: session ends, %v\n", at, o.Account, o.Cause)
	}
}

// line writes what an app hears of its client.
func line(b *strings.Builder, p *client.Published) {
	a := &p.Action
	at := fmt.Sprintf("  %-9v ", p.At.Round(time.Millisecond))
	switch a.Kind {
	case login.PublishStatus:
		fmt.Fprintf(b, "%s%v", at, a.Status)
		if a.Status == login.Connecting {
			fmt.Fprintf(b, " (%v)", a.Origin)
		}
		b.WriteByte('\n')
	case login.Result:
		fmt.Fprintf(b, "%s  call %d: %d\n", at, a.Call, a.Code)
	case login.PublishKick:
		fmt.Fprintf(b, "%s  kicked, reason %d, by type %d\n", at, a.Reason, a.ClientType)
	case login.PublishLoginFailed:
		fmt.Fprintf(b, "%s  login failed: %d\n", at, a.Code)
	}
}

// TestStories runs every story of testdata twice: no rule is broken, and both runs
// are equal to the byte. A story is told by hand, with a line for each client and
// each step (story SETTINGS), or it is a scenario file (scenario), whose answer may
// be cut:
//
//	show=(a,b)       only clients whose names begin so
//	from=10s         nothing of what happens before
//	gateway          what the gateway does, too
//	counters=(a,b)   what was counted in all
//	entries          whom each entry of the timeline hit, and who came back
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "scenario" {
				return scenarioStory(t, d)
			}
			var settings []string
			for _, arg := range d.CmdArgs {
				settings = append(settings, arg.Key+"="+strings.Join(arg.Vals, ","))
			}
			w, err := read(strings.Join(settings, " "), d.Input)
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			first, a := tell(t, w)
			second, b := tell(t, w)
			equal(t, first, second, a, b)
			return first
		})
	})
}

func equal(t *testing.T, first, second string, a, b Result) {
	t.Helper()
	if first != second || a.Digest != b.Digest || a.Events != b.Events {
		t.Errorf("two runs differ: %x after %d events, %x after %d\n%s\n%s", a.Digest, a.Events, b.Digest, b.Events, first, second)
	}
}

// scenarioStory tells a scenario file.
func scenarioStory(t *testing.T, d *datadriven.TestData) string {
	var show, counters []string
	var from time.Duration
	gateway, entries := false, false
	for _, arg := range d.CmdArgs {
		var err error
		switch arg.Key {
		case "show":
			show = arg.Vals
		case "from":
			from, err = time.ParseDuration(arg.Vals[0])
		case "gateway":
			gateway = true
		case "counters":
			counters = arg.Vals
		case "entries":
			entries = true
		default:
			err = fmt.Errorf("argument %s is not known", arg.Key)
		}
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
	}
	w := named(compile(t, "network: {latency: 10ms}\n"+d.Input))
	first, second := live(t, w, from), live(t, w, from)
	text := first.text(w, show)
	equal(t, text, second.text(w, show), first.result, second.result)
	var more strings.Builder
	if gateway {
		fmt.Fprintf(&more, "gateway\n%s", first.gateway.String())
	}
	for _, r := range first.all.Recoveries() {
		if entries && r.Began {
			fmt.Fprintf(&more, "%s: asked %d, found online %d, hit %d%s, back %d%s\n", r.Entry, r.Asked, r.Online, r.Hit, times(&r), r.Back, ways(&r))
		}
	}
	for _, name := range counters {
		fmt.Fprintf(&more, "%s: %d\n", name, counted(t, first.all, name))
	}
	return text + more.String() + atTheEnd(first.result)
}

// times says how often those who were hit dropped, where that is not once each.
func times(r *record.Recovery) string {
	if r.Drops == r.Hit {
		return ""
	}
	return fmt.Sprintf(" %d times", r.Drops)
}

// ways says when those who were hit one after another were back.
func ways(r *record.Recovery) string {
	if !r.Gradual {
		return ""
	}
	all := r.Milestones[len(r.Milestones)-1]
	return fmt.Sprintf(" after %s to %s of their own, all %s after its begin", record.FormatSpan(r.Own.Min.Duration()), record.FormatSpan(r.Own.Max.Duration()), record.FormatSpan(all.After.Duration()))
}

// counted finds a counter by its name.
func counted(t *testing.T, all *record.Aggregate, name string) uint64 {
	t.Helper()
	for c := range record.Counters {
		if record.Counter(c).String() == name {
			return all.Totals().Counter(record.Counter(c))
		}
	}
	t.Fatalf("counter %s is not known", name)
	return 0
}

// named gives every client of a plan a name: its population's, and its number there
// when there are several.
func named(p *plan.Plan) *world {
	w := &world{plan: p, yaml: true}
	for who, number := range p.Clients.Population {
		pop := &p.Populations[number]
		name := pop.Name
		if pop.Count > 1 {
			name = fmt.Sprintf("%s %d", name, uint32(who)-pop.First+1)
		}
		w.names = append(w.names, name)
	}
	return w
}

// TestEveryVerbHasAStory: what the scenario language can say, a story shows. A log that is
// replayed is a file, and control is about gateways outside: both have tests of their own.
func TestEveryVerbHasAStory(t *testing.T) {
	var stories strings.Builder
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines > 200 {
			t.Errorf("%s has %d lines: split it", name, lines)
		}
		stories.Write(text)
	}
	for _, words := range []reflect.Type{reflect.TypeFor[scenario.Verbs](), reflect.TypeFor[scenario.Behavior]()} {
		for i := range words.NumField() {
			word, _, _ := strings.Cut(words.Field(i).Tag.Get("json"), ",")
			if word != "replay" && word != "control" && !strings.Contains(stories.String(), word+": ") {
				t.Errorf("no story shows %s", word)
			}
		}
	}
}
