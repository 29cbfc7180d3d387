package login

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"loginstorm/sim/wire"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a table with its file, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (go test -update rewrites it):\n%s", file, diff)
	}
}

// input is one event of the table with its guard.
type input struct {
	name, guard string
	ev          Event
}

func inputs() []input {
	list := []input{
		{"deadline", "", Event{}},
		{"initialised", "credentials given", given},
		{"initialised", "none given", fresh},
		{"login called", "same account, force", Event{Kind: LoginCalled, Call: 12, Account: 7, Force: true}},
		{"login called", "another account", Event{Kind: LoginCalled, Call: 12, Account: 8}},
		{"logout called", "", Event{Kind: LogoutCalled, Call: 13}},
		{"kickOther called", "", Event{Kind: KickOtherCalled, Call: 14, Device: 99}},
		{"process killed", "", killed},
		{"network lost", "", radioLost},
		{"network back", "", radioBack},
		{"link opened", "", opened},
		{"link failed", "", failed},
		{"link lost", "", lost},
		{"token failed", "", Event{Kind: TokenFailed}},
	}
	for _, code := range []wire.Code{200, 302, 317, 403, 417, 416, 503, 20001} {
		list = append(list, input{"replied", fmt.Sprint(code), replied(code)})
	}
	list = append(list,
		input{"replied", "200, database fails", Event{Kind: Replied, Code: 200, DatabaseFails: true}},
		input{"replied", "503, hint 20s", Event{Kind: Replied, Code: 503, Hint: 20 * time.Second}})
	for r := wire.ByLogin; r <= wire.BySameDevice; r++ {
		list = append(list, input{"kicked", fmt.Sprintf("reason %d", r), kicked(r)})
	}
	return append(list,
		input{"sync began", "", Event{Kind: SyncBegan}},
		input{"sync ended", "", Event{Kind: SyncEnded}},
		input{"online changed", "", Event{Kind: OnlineChanged}},
		input{"kickOther replied", "200", Event{Kind: KickOtherReplied, Code: 200}},
		input{"alive", "", alive})
}

// TestTransitionTable writes spec section 4 as the machine understands it: from
// every status and sub-state, every input.
func TestTransitionTable(t *testing.T) {
	p := android(t)
	var b bytes.Buffer
	b.WriteString("# The transition table, written by stepping a machine (nim-android) from every status and\n" +
		"# sub-state with every input, 10 ms after it got there. Hold it beside section 4 of the specification.\n" +
		"# Inputs that change nothing and do nothing stand at the end of each block.\n")
	for _, pl := range places() {
		s := pl.reach(t, p)
		fmt.Fprintf(&b, "\nfrom %s\n  at %s: %s\n", pl.name, s.now, where(&s.m))
		w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
		var silent []string
		for _, in := range inputs() {
			s := pl.reach(t, p)
			before := s.m
			if in.name != "deadline" {
				s.after(moment, in.ev)
			} else if _, ok := s.m.Deadline(); ok {
				s.due(t)
			} else {
				s.last = s.last[:0]
			}
			if s.m == before && len(s.last) == 0 {
				silent = append(silent, strings.TrimSpace(in.name+" "+in.guard))
				continue
			}
			fmt.Fprintf(w, "  | %s\t| %s\t| %s\t| %s\n", in.name, in.guard, where(&s.m), tellAll(s.last))
		}
		w.Flush()
		if len(silent) > 0 {
			fmt.Fprintf(&b, "  nothing: %s\n", strings.Join(silent, ", "))
		}
	}
	golden(t, "transitions.golden", b.Bytes())
}

// TestCodeTable writes spec section 5 by profile and origin.
func TestCodeTable(t *testing.T) {
	codes := []wire.Code{
		200, 201, 317, 302, 404, 414, 403, 422, 417, 408, 415, 416, 399, 398, 449, 500, 503, 511, 514,
		1000, 191002, 19999, 20000, 20050, 20099, 20100, 0, 777,
	}
	var b bytes.Buffer
	b.WriteString("# What a reply with each code leads to, by profile: for a login call, and for a login of the SDK's own.\n" +
		"# Section 5 of the specification.\n")
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "\nprofile\tcode\tmanual\tresult\tby itself\t\n")
	for _, name := range ProfileNames() {
		p, _ := ProfileNamed(name)
		for _, code := range codes {
			manual := begin(&p).then(fresh, login, opened, replied(code))
			if got, want := manual.m.Status(), StatusOf(code); got != want {
				t.Errorf("%s, reply %d: %s, want %s", name, code, got, want)
			}
			result := wire.Code(0)
			for _, a := range manual.last {
				if a.Kind == Result {
					result = a.Code
				}
			}
			itself := begin(&p).then(fresh, login, opened, replied(200), lost).due(t).then(opened, replied(code))
			verdict := itself.m.Status().String()
			switch {
			case itself.m.Waiting():
				verdict += ", tried again"
			case itself.m.Status() == UnLogin:
				verdict += ", loginFailed"
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\n", name, code, manual.m.Status(), result, verdict)
		}
	}
	w.Flush()
	golden(t, "codes.golden", b.Bytes())
}
