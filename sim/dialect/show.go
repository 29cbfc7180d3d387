package dialect

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"loginstorm/sim/dialect/mqtt"
	"loginstorm/sim/wire"
)

// What follows is for people: nothing of it is called while load runs.

// hidden stands where a secret does.
const hidden = "[secret]"

// Show returns what Encode is about to write, for people: secrets do not show, nor what
// is made of them, and packets stand as their fields. Call it before Encode.
func (s *Session) Show(m *wire.Message, who *Speaker) string {
	g, ok := s.dialogue.grammar.(*described)
	if !ok {
		masked := *m
		if m.Login != nil {
			c := *m.Login
			c.Token, c.AppKey = hidden, hidden
			masked.Login = &c
		}
		frame, _ := s.dialogue.Encode(nil, &masked)
		return string(frame)
	}
	i := g.saying(m)
	if i < 0 {
		return ""
	}
	masked := *who
	if who.Credentials != nil {
		c := *who.Credentials
		c.Token, c.AppKey = hidden, hidden
		masked.Credentials = &c
	}
	shadow := *s // What saying it changes, it changes in the shadow.
	if s.extra != nil {
		e := *s.extra
		shadow.extra = &e
	}
	said := *m
	said.Login = masked.Credentials
	sp := speech{s: &shadow, m: &said, who: &masked, shown: true}
	w := &g.says[i]
	if w.packet == "" {
		return printable(w.text.append(nil, &sp))
	}
	line := w.packet
	for _, f := range w.fields {
		if text := f.value.append(nil, &sp); len(text) > 0 {
			line += " " + f.key + "=" + printable(text)
		}
	}
	return line
}

// Display returns a frame that came, for people.
func (d *Dialogue) Display(data []byte, binary bool) string {
	g, ok := d.grammar.(*described)
	if ok && g.packets() && binary {
		var b strings.Builder
		for len(data) > 0 {
			n, err := mqtt.Split(data, wire.MaxFrame)
			if err != nil || n == 0 {
				break
			}
			b.WriteString(packetText(g.version(), data[:n]))
			data = data[n:]
		}
		if len(data) > 0 {
			b.WriteString("hex " + hex.EncodeToString(data))
		}
		return strings.TrimSpace(b.String())
	}
	if binary && !utf8.Valid(data) {
		return "hex " + hex.EncodeToString(data)
	}
	return printable(data)
}

// packetText writes a packet as its fields.
func packetText(v mqtt.Version, packet []byte) string {
	var p mqtt.Packet
	if mqtt.Read(v, packet, &p) != nil {
		return "hex " + hex.EncodeToString(packet) + " "
	}
	line := ""
	for i, name := range mqtt.FieldNames() {
		text, has := p.Get(mqtt.Field(i))
		switch {
		case !has:
		case i == 0:
			line = string(text)
		default:
			line += " " + name + "=" + printable(text)
		}
	}
	return line + " "
}

// printable keeps what a terminal would obey out of a text.
func printable(text []byte) string {
	if !strings.ContainsFunc(string(text), func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }) {
		return string(text)
	}
	quoted := strconv.Quote(string(text))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// Expected returns what a state awaits, a line each: where the rule stands, what it wants,
// and what that means. It is empty for a dialogue that no description says.
func (d *Dialogue) Expected(state string) (lines []string) {
	g, ok := d.grammar.(*described)
	if !ok {
		return nil
	}
	for i := range g.states {
		if g.states[i].name == state {
			lines = append(lines, g.expected(g.states[i].rules)...)
		}
	}
	return append(lines, g.expected(g.always)...)
}

func (g *described) expected(rules []told) (lines []string) {
	for i := range rules {
		r := &rules[i]
		wants := strings.Join(r.says, ", ")
		if wants == "" {
			wants = "anything"
		}
		lines = append(lines, fmt.Sprintf("%s: %s -> %s", r.place, wants, g.follows(r)))
	}
	return lines
}

// follows says what a rule does.
func (g *described) follows(r *told) string {
	var does []string
	if r.act.means != meansNothing {
		does = append(does, r.act.means.String())
	}
	if r.say >= 0 {
		does = append(does, "say")
	}
	if r.to >= 0 {
		does = append(does, "goto "+g.states[r.to].name)
	}
	if len(does) == 0 {
		return "remembered"
	}
	return strings.Join(does, ", ")
}

// ShowRequest returns what Request asks for, for people: path and query without secrets,
// the names of the headers.
func (d *Dialogue) ShowRequest(who *Speaker) string {
	masked := *who
	if who.Credentials != nil {
		c := *who.Credentials
		c.Token, c.AppKey = hidden, hidden
		masked.Credentials = &c
	}
	line := d.path
	if g, ok := d.grammar.(*described); ok {
		s := Session{dialogue: d}
		path, headers := g.request(&speech{s: &s, who: &masked, shown: true})
		line = path
		for _, h := range headers {
			line += ", " + h.Name
		}
	}
	if d.subprotocol != "" {
		line += ", subprotocol " + d.subprotocol
	}
	return line
}
