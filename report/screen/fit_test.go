package screen

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// misfits says what is wrong with the lines of a screen.
func misfits(lines []string, width, height int) (faults []string) {
	if len(lines) > height {
		faults = append(faults, fmt.Sprintf("%d lines on a screen of %d", len(lines), height))
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n > width {
			faults = append(faults, fmt.Sprintf("line %d has %d columns of %d: %q", i, n, width, line))
		}
		if rest := sgr.ReplaceAllString(line, ""); strings.ContainsFunc(rest, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			faults = append(faults, fmt.Sprintf("line %d moves the cursor: %q", i, line))
		}
	}
	return faults
}

// sgr is a colour, the only thing a line may hold beside text.
var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// hostile are facts that no sane file holds.
func hostile() Facts {
	f := morning(false)
	f.Name, f.Target = "夜間バッチ\x1b[2J\n再接続", strings.Repeat("ws://example.invalid/", 20)
	f.Entries = append(f.Entries, Entry{Name: strings.Repeat("長い", 40), Says: "a\tb\r\nc", At: 5 * time.Second, Until: 90 * time.Second})
	for i := range 40 {
		f.Entries = append(f.Entries, Entry{Name: fmt.Sprint("e", i), At: time.Duration(30+i) * time.Second, Until: time.Duration(31+i) * time.Second})
		f.Thresholds = append(f.Thresholds, fmt.Sprintf("p99(connect_to_logged_in, population: \x07某%d) < 800ms", i))
	}
	return f
}

// extreme is a second in which everything is as large as it gets.
func extreme(s int) record.Row {
	r := secondRow(s)
	for i := range r.Statuses {
		r.Statuses[i] = 1 << 50
	}
	for i := range r.Codes {
		r.Codes[i] = 1 << 55
	}
	for i := range r.Kicks {
		r.Kicks[i] = 1 << 55
	}
	for i := range r.Counters {
		r.Counters[i] = 1 << 50
	}
	r.Dials, r.LoggedIn = 1<<60, 1<<60
	return r
}

// Whatever the size, nothing is wider or higher than the terminal, and colours change
// nothing but colours.
func TestEveryFrameFits(t *testing.T) {
	for name, c := range map[string]struct {
		facts Facts
		row   func(int) record.Row
	}{"morning": {morning(false), secondRow}, "simulated": {morning(true), secondRow}, "hostile": {hostile(), secondRow},
		"extreme": {morning(false), extreme}, "empty": {Facts{Color: true}, secondRow}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			feed := NewFeed(c.facts)
			for _, until := range []int{0, 18, 70} {
				for s := len(feed.state.Began); s < until; s++ {
					feed.Add(c.row(s))
				}
				state := feed.State()
				state.Outcomes, state.Note, state.Notes = standing(until), strings.Repeat("\x1b]0;note\a漢", 30), until
				dull, bright := c.facts, c.facts
				dull.Color, bright.Color = false, true
				for width := 1; width <= 210; width += 1 + width/5 {
					for height := 1; height <= 64; height += 1 + height/4 {
						a, b := draw(dull, state, width, height), draw(bright, state, width, height)
						for _, fault := range misfits(strings.Split(b, "\n"), width, height) {
							t.Fatalf("%dx%d after %d s: %s", width, height, until, fault)
						}
						if ansi.Strip(b) != a {
							t.Fatalf("%dx%d after %d s: colours changed the text:\n%s\n%s", width, height, until, a, ansi.Strip(b))
						}
					}
				}
			}
		})
	}
}

func draw(f Facts, s State, width, height int) string {
	m, _ := New(f, nil).Update(tea.WindowSizeMsg{Width: width, Height: height})
	m, _ = m.Update(s)
	return m.View().Content
}

func TestMisfitsAreSeen(t *testing.T) {
	for line, want := range map[string]string{"12345": "columns", "漢字": "columns", "a\x1b[2J": "moves", "a\tb": "moves"} {
		if got := misfits([]string{line}, 3, 1); len(got) == 0 || !strings.Contains(strings.Join(got, " "), want) {
			t.Errorf("%q: %v", line, got)
		}
	}
	if len(misfits([]string{"", ""}, 3, 1)) == 0 || len(misfits([]string{"\x1b[31mabc\x1b[0m"}, 3, 1)) != 0 {
		t.Error("lines are counted, and colours are no columns")
	}
}

// What is wanted most is there in the smallest of the usual terminals.
func TestTheSmallestTerminalSaysWhatMatters(t *testing.T) {
	feed := NewFeed(morning(false))
	for s := range 22 {
		feed.Add(secondRow(s))
	}
	text := draw(morning(false), feed.State(), 40, 10)
	for _, want := range []string{"gateway-restart", "22s/1m0s", "loggedIn", "logins/s", "p99", "200", "Kicks", "slow", "late p99"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q:\n%s", want, text)
		}
	}
}

// Nobody who is in a status is left out of a list that has room for all who are.
func TestShortenedKeepsWhoIsThere(t *testing.T) {
	m := New(morning(false), nil)
	m.state.Statuses[login.PwdError], m.state.Statuses[login.NetBroken] = 1, 1
	for i := range m.state.Seen {
		m.state.Seen[i] = true
	}
	got := m.shortened(m.ordered(), 3)
	if len(got) != 3 || got[1] == got[2] {
		t.Fatalf("%v", got)
	}
	for _, want := range []login.Status{login.NetBroken, login.PwdError} {
		if !strings.Contains(fmt.Sprint(got), want.String()) {
			t.Errorf("%v lacks %v", got, want)
		}
	}
}
