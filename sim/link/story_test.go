package link

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/chance"
)

// TestStories plays testdata. A line is an instant and what happens then:
//
//	0s up 100              the client sends 100 bytes
//	1s down 100            the gateway does
//	2s fault closed 1001   a fault, with its code, delay, loss or bandwidth
//	3s end up 1000         the client ends the link itself
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "link" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			var cfg Config
			for _, arg := range d.CmdArgs {
				switch arg.Key {
				case "latency":
					cfg.Latency = chance.Dist{A: span(t, arg.Vals[0])}
				case "bandwidth":
					d.ScanArgs(t, "bandwidth", &cfg.Bandwidth)
				default:
					d.Fatalf(t, "unknown argument %s", arg.Key)
				}
			}
			l := New(&cfg, 1, 1, 1)
			var story strings.Builder
			for line := range strings.Lines(d.Input) {
				line = strings.TrimSpace(line)
				fmt.Fprintf(&story, "%s: %s\n", line, play(t, &l, strings.Fields(line)))
			}
			return story.String()
		})
	})
}

// play lets one line happen and says what comes of it.
func play(t *testing.T, l *Link, words []string) string {
	t.Helper()
	now := span(t, words[0])
	number := func(i int) (n uint64) {
		if i < len(words) {
			if _, err := fmt.Sscan(words[i], &n); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	switch words[1] {
	case "up", "down":
		dir := Up
		if words[1] == "down" {
			dir = Down
		}
		at, ok := l.Arrives(now, dir, int(number(2)))
		switch {
		case ok:
			return "arrives at " + at.String()
		case l.Holds(dir):
			return "waits for the thaw"
		}
		return "vanishes"
	case "end":
		far, end := Up, "gateway"
		if words[2] == "down" {
			far, end = Down, "client"
		}
		return end + " sees " + notice(l.End(now, far, uint16(number(3))))
	case "fault":
		f := Fault{}
		for k := NoFault; k <= Thawed; k++ {
			if k.String() == words[2] {
				f.Kind = k
			}
		}
		switch f.Kind {
		case NoFault:
			t.Fatalf("unknown fault %s", words[2])
		case Delayed:
			f.Delay = span(t, words[3])
		default:
			f.Code, f.Loss, f.Bandwidth = uint16(number(3)), uint32(number(3)), number(3)
		}
		client, gateway := l.Apply(now, f)
		return "client sees " + notice(client) + "; gateway sees " + notice(gateway)
	}
	t.Fatalf("unknown verb %s", words[1])
	return ""
}

func notice(s Sees) string {
	if !s.Lost {
		return "nothing"
	}
	how := "reset"
	if s.Orderly {
		how = "close"
	}
	return fmt.Sprintf("%s %d at %v", how, s.Code, s.At)
}

func span(t *testing.T, text string) Time {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
