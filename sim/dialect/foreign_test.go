package dialect

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// lines is a grammar unlike the reference in everything that the seam must bear:
// messages are lines, however frames cut them; the gateway speaks first, and two
// more steps pass before a login; a kick is told by the close code 4100 alone;
// a wrong token is refused at the upgrade with 401.
type lines struct{}

const (
	helloTimeout = 5 * time.Second
	longestLine  = 64

	awaitHello uint8 = iota
	awaitReady
	atEase
	turnedAway
)

func foreign() *Dialogue {
	return &Dialogue{name: "lines", path: "/lines", maxFrame: 256, grammar: lines{}}
}

func (lines) encode(_ *Session, dst []byte, m *wire.Message, _ *Speaker) ([]byte, bool) {
	switch m.Kind {
	case wire.NoMessage:
		return fmt.Appendf(dst, "IDENT %d\n", m.Serial), true
	case wire.Login:
		return fmt.Appendf(dst, "LOGIN %s %s\n", m.Login.Account, m.Login.Token), true
	case wire.Ping:
		return append(dst, "PING\n"...), true
	}
	return dst, true
}

func (g lines) step(s *Session, now Time, in Input, out []Output) []Output {
	switch in.Kind {
	case Tick:
		s.end()
		return append(out, Output{Kind: Failed, Code: wire.TimedOut}, Output{Kind: Close, CloseCode: wire.CloseNormal})
	case LinkUp:
		s.stage, s.phase = opening, awaitHello
		s.armed, s.until = true, now+helloTimeout
	case Refused:
		if in.HTTPStatus != 401 {
			return s.refused(in, out)
		}
		s.phase = turnedAway
		return s.ready(out)
	case LinkDown:
		if in.CloseCode == 4100 && s.stage == open {
			s.end()
			return append(out, Output{Kind: Kicked, Reason: wire.ByServer})
		}
		return s.down(out)
	case Frame:
		return g.frame(s, in, out)
	case WantLogin:
		if s.phase == turnedAway {
			s.end()
			return append(out, Output{Kind: Replied, Code: wire.Mismatch})
		}
		return s.say(wire.Message{Kind: wire.Login, Serial: s.next()}, out)
	case WantPing:
		return s.say(wire.Message{Kind: wire.Ping}, out)
	}
	return out
}

// frame takes all lines that are complete and keeps the beginning of the next.
func (g lines) frame(s *Session, in Input, out []Output) []Output {
	data := in.Data
	for len(data) > 0 && s.stage != ended {
		line, more, complete := bytes.Cut(data, []byte("\n"))
		e := s.room()
		e.rest = append(e.rest, line...)
		if len(e.rest) > longestLine {
			return s.malformed(out)
		}
		if data = more; complete {
			word := string(e.rest)
			e.rest = nil
			out = g.line(s, word, out)
		}
	}
	return out
}

func (lines) line(s *Session, word string, out []Output) []Output {
	switch {
	case s.phase == awaitHello && word == "HELLO":
		s.phase = awaitReady
		return s.say(wire.Message{Serial: 7}, out)
	case s.phase == awaitReady && word == "READY":
		s.phase = atEase
		return s.ready(out)
	case s.phase == atEase && word == "WELCOME":
		return append(out, Output{Kind: Replied, Code: wire.Success})
	case s.phase == atEase && strings.HasPrefix(word, "."):
		return append(out, Output{Kind: Alive})
	}
	return s.malformed(out)
}

func TestForeign(t *testing.T) {
	frame := func(s string) Input { return Input{Kind: Frame, Binary: true, Data: []byte(s)} }
	up := Input{Kind: LinkUp}
	type heard struct {
		at   Time
		in   Input
		want string
	}
	for name, story := range map[string][]heard{
		"several steps, the gateway first, frames cut anywhere": {
			{0, up, ""}, {0, Input{Kind: WantLogin}, ""}, {1, frame("HEL"), ""}, {2, frame("LO\nREA"), "say none 7"},
			{3, frame("DY\n"), "opened"}, {4, Input{Kind: WantLogin}, "say login 1"},
			{5, frame("WELCOME\n.\n.."), "replied 200, alive"}, {6, frame("\n"), "alive"}, {time.Hour, Input{Kind: WantPing}, "say ping 0"},
		},
		"a kick by the close code": {{0, up, ""}, {1, frame("HELLO\nREADY\n"), "say none 7, opened"},
			{2, Input{Kind: LinkDown, CloseCode: 4100}, "kicked server none 0"}, {3, Input{Kind: LinkDown}, ""}},
		"an end that is no kick":      {{0, up, ""}, {1, frame("HELLO\nREADY\n"), "say none 7, opened"}, {2, Input{Kind: LinkDown, CloseCode: 1001}, "lost"}},
		"an end before it opened":     {{0, up, ""}, {1, frame("HELLO\n"), "say none 7"}, {2, Input{Kind: LinkDown, CloseCode: 4100}, "failed 415"}},
		"a verdict at the upgrade":    {{0, Input{Kind: Refused, HTTPStatus: 401}, "opened"}, {0, Input{Kind: WantLogin}, "replied 302"}, {0, Input{Kind: LinkDown}, ""}},
		"another refusal":             {{0, Input{Kind: Refused, HTTPStatus: 503}, "failed 415"}},
		"no hello in time":            {{1, up, ""}, {helloTimeout, Input{Kind: Tick}, ""}, {helloTimeout + 1, Input{Kind: Tick}, "failed 408, close 1000"}, {helloTimeout + 2, frame("HELLO\n"), ""}},
		"a hello that comes too late": {{0, up, ""}, {helloTimeout, frame("HELLO\n"), "failed 408, close 1000"}},
		"garbage among good lines":    {{0, up, ""}, {1, frame("HELLO\nREADY\n.\n?\n.\n"), "say none 7, opened, alive, malformed, close 1008"}, {2, frame(".\n"), ""}},
		"a line without an end":       {{0, up, ""}, {1, frame(strings.Repeat("x", longestLine)), ""}, {2, frame("x"), "malformed, close 1008"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := foreign().Open()
			for i, h := range story {
				if got := tell(s.Step(h.at, h.in, nil)); got != h.want {
					t.Errorf("input %d, %v: got %q, want %q", i, h.in.Kind, got, h.want)
				}
				at, armed := s.Deadline()
				if armed && (s.stage != opening || at != story[0].at+helloTimeout) {
					t.Errorf("input %d, %v: deadline %v at stage %d", i, h.in.Kind, at, s.stage)
				}
			}
		})
	}
	if frame, binary := foreign().Encode(nil, &wire.Message{Serial: 7}); string(frame) != "IDENT 7\n" || !binary {
		t.Errorf("a step of its own is written %q", frame)
	}
}
