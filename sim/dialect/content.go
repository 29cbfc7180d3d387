package dialect

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"loginstorm/sim/dialect/mqtt"
)

// content is what a message is.
type content uint8

const (
	contentJSON content = iota
	contentPrefixed
	contentXML
	contentText
	contentMQTT3
	contentMQTT5
)

// slot returns where the value of a field goes, and has it looked for.
func (c *compiler) slot(path, field string) int {
	g := c.g
	if i := slices.Index(g.fields, field); i >= 0 {
		return i
	}
	i := len(g.fields)
	if i >= maxSlots {
		c.fault(path, "too many fields are looked at", "")
		return 0
	}
	g.fields = append(g.fields, field)
	switch g.content {
	case contentJSON, contentPrefixed:
		if field == "" || strings.ContainsAny(field, "#@|*?!{}()[]") {
			g.deep = append(g.deep, deep{field, i})
			break
		}
		g.json.add(jsonSteps(field), i)
	case contentXML:
		p, problem := compileXML(field)
		if problem != "" {
			c.fault(path, "`"+field+"`: "+problem, "write $name, $ns, $body, @attribute, child/grandchild, child@attribute, {namespace}child or child/*")
		}
		p.slot = i
		g.xml = append(g.xml, p)
	case contentMQTT3, contentMQTT5:
		f := slices.Index(mqtt.FieldNames(), field)
		if f < 0 {
			c.fault(path, "a packet has no field `"+field+"`", hint(field, mqtt.FieldNames()))
			f = 0
		}
		g.packet = append(g.packet, packetSlot{mqtt.Field(f), i})
		g.beyondType = g.beyondType || mqtt.Field(f) != mqtt.FieldType
	default:
		c.fault(path, "unknown field `"+field+"`", "a text has $text alone: {$text: {matches: ...}}")
	}
	return i
}

// jsonSteps splits a path at its dots; \. is a dot within a name.
func jsonSteps(path string) []string {
	var steps []string
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			b.WriteByte(path[i])
		case path[i] == '.':
			steps = append(steps, b.String())
			b.Reset()
		default:
			b.WriteByte(path[i])
		}
	}
	return append(steps, b.String())
}

// deep is a path that asks more than where a value stands: the queries of gjson.
type deep struct {
	path string
	slot int
}

// packetSlot is a field of a packet that is looked at.
type packetSlot struct {
	field mqtt.Field
	slot  int
}

func (g *described) version() mqtt.Version {
	if g.content == contentMQTT5 {
		return mqtt.V5
	}
	return mqtt.V311
}

// read takes a message apart into sc; false = it is none of this dialect.
func (g *described) read(raw []byte, sc *Scratch) bool {
	sc.raw, sc.prefix = raw, nil
	if cap(sc.slots) < len(g.fields) {
		sc.slots = make([]value, len(g.fields))
	}
	sc.slots = sc.slots[:len(g.fields)]
	empty(sc.slots)
	sc.json.slots = sc.slots
	switch g.content {
	case contentJSON:
		return g.readJSON(raw, sc)
	case contentPrefixed:
		i := bytes.IndexAny(raw, `[{"`)
		if i < 0 {
			sc.prefix = raw
			return true
		}
		sc.prefix = raw[:i]
		return g.readJSON(raw[i:], sc)
	case contentXML:
		return g.readXML(raw, sc)
	case contentMQTT3, contentMQTT5:
		return g.readPacket(raw, sc)
	}
	return true
}

// empty makes all values absent. Their texts stay: to overwrite pointers costs more.
func empty(slots []value) {
	for i := range slots {
		slots[i].kind = absent
	}
}

func (g *described) readJSON(raw []byte, sc *Scratch) bool {
	if !sc.json.read(raw, &g.json) {
		return false
	}
	for _, d := range g.deep {
		r := gjson.GetBytes(raw, d.path)
		switch r.Type {
		case gjson.String:
			sc.slots[d.slot] = value{[]byte(r.Str), text}
		case gjson.Number:
			sc.slots[d.slot] = value{[]byte(r.Raw), number}
		case gjson.True, gjson.False:
			sc.slots[d.slot] = value{[]byte(r.Raw), truth}
		case gjson.JSON:
			sc.slots[d.slot] = value{[]byte(r.Raw), nested}
		default:
			if r.Exists() {
				sc.slots[d.slot] = value{[]byte("null"), null}
			}
		}
	}
	return true
}

// readPacket needs no codec for a packet that is its type alone: heartbeats.
func (g *described) readPacket(raw []byte, sc *Scratch) bool {
	name := mqtt.Type(raw)
	if len(raw) == 2 && raw[1] == 0 && name == "pingresp" && raw[0]&0x0f == 0 {
		for _, p := range g.packet {
			if p.field == mqtt.FieldType {
				sc.plain = append(sc.plain[:0], name...)
				sc.slots[p.slot] = value{sc.plain, text}
			}
		}
		return true
	}
	if mqtt.Read(g.version(), raw, &sc.packet) != nil {
		return false
	}
	for _, p := range g.packet {
		if v, ok := sc.packet.Get(p.field); ok {
			sc.slots[p.slot] = value{v, text}
		}
	}
	return true
}
