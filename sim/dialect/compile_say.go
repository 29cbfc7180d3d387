package dialect

import (
	"fmt"
	"slices"
	"strings"

	"loginstorm/sim/dialect/mqtt"
	"loginstorm/sim/scenario"
)

func parseSpan(text string) (Time, error) {
	d, err := scenario.ParseSpan(text)
	return Time(d), err
}

// say compiles what is said and returns its number.
func (c *compiler) say(path string, w *words) int {
	g := c.g
	packets := g.content == contentMQTT3 || g.content == contentMQTT5
	var s said
	switch v := w.value.(type) {
	case string:
		if packets {
			c.fault(path, "MQTT is said in packets", "write {packet: connect, clientId: ...}")
		}
		s.text = c.template(path, strings.TrimSuffix(v, "\n"), c.escape())
	case map[string]any:
		if !packets {
			c.fault(path, "what is said is a text", "write a template; JSON belongs into quotes")
			break
		}
		s = c.packet(path, v)
	}
	s.personal = s.text.personal()
	for _, f := range s.fields {
		s.personal = s.personal || f.value.personal()
	}
	g.says = append(g.says, s)
	return len(g.says) - 1
}

// packet compiles an MQTT packet.
func (c *compiler) packet(path string, m map[string]any) (s said) {
	s.packet, _ = m["packet"].(string)
	keys := mqtt.Keys(c.g.version(), s.packet)
	if keys == nil {
		c.fault(path, "unknown packet `"+s.packet+"`", hint(s.packet, mqtt.Packets()))
		return s
	}
	constant := true
	for _, key := range sorted(m) {
		if key == "packet" {
			continue
		}
		below := path + "." + key
		if !slices.Contains(keys, key) {
			c.fault(below, "a "+s.packet+" has no `"+key+"`", hint(key, keys))
			continue
		}
		t := c.template(below, fmt.Sprint(m[key]), asIs)
		_, fixed := t.constant()
		constant = constant && fixed
		s.fields = append(s.fields, packetField{key, t})
	}
	// What does not depend on who speaks is judged here, and said from memory.
	out, err := mqtt.Append(nil, c.g.version(), s.packet, func(key string) string {
		for _, f := range s.fields {
			if f.key == key {
				word, _ := f.value.constant()
				return word
			}
		}
		return ""
	})
	if err != nil {
		c.fault(path, err.Error(), "")
	}
	if constant {
		s.ready = out
	}
	return s
}
