package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// Progress is a run at a moment.
type Progress struct {
	At, Duration time.Duration
	Statuses     record.StatusCounts
	Logins       uint64       // In the last second.
	Connect      record.Brief // connect_to_logged_in of the last second.
	Lateness     record.Brief // The generator's, in the last second.
	Next         string       // What the timeline does next; "" = nothing.
	NextAt       time.Duration
	// Of a simulation: what it did so far, how fast, and what is left of it in real
	// time. 0 = not known.
	Events  uint64
	PerSec  float64
	LeftFor time.Duration
}

// ProgressOf takes from a row what a progress line shows; the caller adds Duration
// and Next.
func ProgressOf(row record.Row) Progress {
	return Progress{At: row.To.Duration(), Statuses: row.Statuses, Logins: row.LoggedIn, Connect: row.Connect, Lateness: row.Lateness}
}

// ProgressLine is a run in one line, for a terminal: no line feed, never wider than
// the terminal. Where there is no room for all of it, what comes next goes first, then
// the latency, and never the lateness alone: no latency stands without it.
//
//	12s/1m0s  loggedIn 4,312  connecting 88  to come 600  |  482 logins/s, p99 31.2ms of 482, late 0.1ms  |  in 18s: node-loss
func ProgressLine(s Progress, o Options) string {
	var line string
	for _, leave := range []struct{ next, latency bool }{{}, {next: true}, {true, true}} {
		part := s
		if leave.next {
			part.Next = ""
		}
		if leave.latency {
			part.Connect.Count = 0
		}
		line = part.line()
		if o.Width <= 0 || utf8.RuneCountInString(line) <= o.Width {
			break
		}
	}
	if o.Width > 0 && utf8.RuneCountInString(line) > o.Width {
		line = string([]rune(line)[:o.Width-1]) + "…"
	}
	if o.Color {
		line = strings.Replace(line, login.LoggedIn.String(), "\x1b[32m"+login.LoggedIn.String()+"\x1b[0m", 1)
	}
	return line
}

// line says everything that a Progress holds. Clients that did not arrive yet have
// no status that anybody waits for: they are to come.
func (s Progress) line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v/%v", s.At.Round(time.Second), s.Duration.Round(time.Second))
	for i := range s.Statuses {
		status := (int(login.LoggedIn) + i) % login.Statuses
		if n := s.Statuses[status]; n != 0 && login.Status(status) != login.Unknown {
			fmt.Fprintf(&b, "  %v %s", login.Status(status), number(n))
		}
	}
	if n := s.Statuses[login.Unknown]; n != 0 {
		fmt.Fprintf(&b, "  to come %s", number(n))
	}
	fmt.Fprintf(&b, "  |  %s logins/s", number(s.Logins))
	if s.Connect.Count > 0 {
		fmt.Fprintf(&b, ", p99 %s of %s", span(s.Connect.P99, s.Connect.Count), number(s.Connect.Count))
		if s.Lateness.Count > 0 {
			fmt.Fprintf(&b, ", late %s", span(s.Lateness.P99, s.Lateness.Count))
		}
	}
	if s.Events > 0 {
		fmt.Fprintf(&b, "  |  %s, %v left", humanize.SIWithDigits(s.PerSec, 1, "events/s"), s.LeftFor.Round(time.Second))
	}
	if s.Next != "" {
		fmt.Fprintf(&b, "  |  in %v: %s", (s.NextAt - s.At).Round(time.Second), s.Next)
	}
	return b.String()
}

// PlainProgress is a run in one line where there is no terminal: words that a
// program can pick apart as well, no line feed.
//
//	t=12s of=1m0s loggedIn=4312 logins_per_second=482 p99=31.2ms samples=482 late_p99=100µs next=node-loss next_in=18s
func PlainProgress(s Progress) string {
	words := []string{fmt.Sprintf("t=%v of=%v", s.At.Round(time.Second), s.Duration.Round(time.Second))}
	for status, n := range s.Statuses {
		if n != 0 {
			words = append(words, fmt.Sprintf("%v=%d", login.Status(status), n))
		}
	}
	words = append(words, fmt.Sprintf("logins_per_second=%d", s.Logins))
	if s.Connect.Count > 0 {
		words = append(words, fmt.Sprintf("p99=%s samples=%d", span(s.Connect.P99, s.Connect.Count), s.Connect.Count))
		if s.Lateness.Count > 0 {
			words = append(words, fmt.Sprintf("late_p99=%s", span(s.Lateness.P99, s.Lateness.Count)))
		}
	}
	if s.Events > 0 {
		words = append(words, fmt.Sprintf("events=%d events_per_second=%.0f left=%v", s.Events, s.PerSec, s.LeftFor.Round(100*time.Millisecond)))
	}
	if s.Next != "" {
		words = append(words, fmt.Sprintf("next=%s next_in=%v", s.Next, (s.NextAt-s.At).Round(time.Second)))
	}
	return strings.Join(words, " ")
}
