package dialect

import (
	"fmt"
	"strconv"
	"strings"

	"loginstorm/sim/wire"
)

// frames compiles how messages lie in frames.
func (c *compiler) frames() {
	f, g := &c.d.Frames, c.g
	if f.Content == "" {
		f.Content = "json"
	}
	g.content = map[string]content{"json": contentJSON, "prefixedJson": contentPrefixed, "xml": contentXML, "text": contentText, "mqtt3": contentMQTT3, "mqtt5": contentMQTT5}[f.Content]
	g.longest = wire.MaxFrame
	if f.Longest > 0 {
		g.longest = int(f.Longest)
	}
	packets := g.content == contentMQTT3 || g.content == contentMQTT5
	switch {
	case f.Unit == "" && packets:
		f.Unit = "packets"
	case f.Unit == "" && g.content == contentXML:
		f.Unit = "elements"
	case f.Unit == "":
		f.Unit = "frame"
	case packets != (f.Unit == "packets"):
		c.fault("frames.unit", fmt.Sprintf("%s and %s do not go together", f.Content, f.Unit), "MQTT comes in packets, and nothing else does")
	case f.Unit == "elements" && g.content != contentXML:
		c.fault("frames.unit", "elements are of XML, not of "+f.Content, "write frame or lines")
	}
	g.unit = map[string]unit{"frame": unitFrame, "lines": unitLines, "lineStream": unitLineStream, "elements": unitElements, "length": unitLength, "packets": unitPackets}[f.Unit]
	if (f.Unit == "length") != (f.Length != nil) {
		c.fault("frames", "unit: length and length: belong together", "write length: {bytes: 4}")
		f.Length = &length{Bytes: 4}
	}
	if f.Length != nil {
		g.head, g.little, g.itself = int(f.Length.Bytes), f.Length.Order == "little", f.Length.Itself
	}
	g.takesText, g.takesBinary = f.Type != "binary" && !packets, f.Type == "binary" || f.Type == "any" || packets
	g.binary = f.Type == "binary" || packets
	if packets && f.Type == "text" {
		c.fault("frames.type", "MQTT goes in binary frames", "leave type out")
	}
	g.json = jsonPath{slot: -1, index: -1}
}

// escape is how values are written into what is said.
func (c *compiler) escape() escape {
	switch c.g.content {
	case contentJSON, contentPrefixed:
		return asJSON
	case contentXML:
		return asXML
	}
	return asIs
}

// upgrade compiles the request that opens a link.
func (c *compiler) upgrade() {
	u, g := &c.d.Upgrade, c.g
	if u.Path == "" {
		u.Path = "/"
	}
	if u.Path[0] != '/' {
		c.fault("upgrade.path", "a path begins with /", "")
	}
	g.path = c.template("upgrade.path", u.Path, asURL)
	for _, name := range sorted(u.Headers) {
		g.headers = append(g.headers, header{name, c.template("upgrade.headers."+name, u.Headers[name], asIs)})
		switch strings.ToLower(name) {
		case "host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol":
			c.fault("upgrade.headers."+name, "the header "+name+" belongs to the upgrade itself", "the subprotocol is set by upgrade.subprotocol")
		}
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > 126 || r == ':' }) {
			c.fault("upgrade.headers."+name, fmt.Sprintf("%q is no header", name), "")
		}
	}
	for _, status := range sorted(u.Answers) {
		path := "upgrade.answers." + status
		n, err := strconv.Atoi(status)
		if err != nil || n < 200 || n > 599 {
			c.fault(path, status+" is no HTTP status of an answer", "write a number from 200 to 599")
			continue
		}
		g.answers = append(g.answers, answer{uint16(n), c.meaning(path, u.Answers[status], inAnswer)})
	}
}
