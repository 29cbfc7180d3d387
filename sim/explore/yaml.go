package explore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Text writes a case as YAML that scenario.Parse reads into the same plan: a comment
// first, then a line for each part, each population and each entry, keys in the order
// of the language.
func (c *Case) Text(comment string) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(comment) {
		b.WriteString(strings.TrimRight("# "+strings.TrimRight(line, "\r\n"), " ") + "\n")
	}
	file := *c.File
	file.Description = ""
	data, err := json.Marshal(file)
	if err != nil {
		panic(fmt.Sprintf("explore: a scenario cannot be written: %v", err))
	}
	for _, part := range members(data) {
		switch {
		case part.name == "populations":
			b.WriteString("populations:\n")
			for _, p := range members(part.value) {
				fmt.Fprintf(&b, "  %s: %s\n", plain(p.name), flow(p.value))
			}
		case part.name == "timeline" && len(part.value) > 2:
			b.WriteString("timeline:\n")
			for _, e := range items(part.value) {
				fmt.Fprintf(&b, "  - %s\n", flow(e))
			}
		default:
			fmt.Fprintf(&b, "%s: %s\n", plain(part.name), flow(part.value))
		}
	}
	return b.Bytes()
}

// member is a key of a JSON object with its value.
type member struct {
	name  string
	value json.RawMessage
}

// members returns an object's members in order.
func members(data []byte) []member {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.Token()
	var all []member
	for dec.More() {
		name, _ := dec.Token()
		m := member{name: fmt.Sprint(name)}
		if dec.Decode(&m.value) != nil {
			return all
		}
		all = append(all, m)
	}
	return all
}

// items returns an array's items.
func items(data []byte) []json.RawMessage {
	var all []json.RawMessage
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all
}

// flow writes a JSON value in YAML's flow style, quotes left out where nothing needs
// them.
func flow(data json.RawMessage) string {
	switch data[0] {
	case '{':
		var parts []string
		for _, m := range members(data) {
			parts = append(parts, plain(m.name)+": "+flow(m.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case '[':
		var parts []string
		for _, v := range items(data) {
			parts = append(parts, flow(v))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case '"':
		var text string
		if json.Unmarshal(data, &text) != nil {
			return string(data)
		}
		return plain(strings.ReplaceAll(text, "µs", "us")) // The unit as the language has it.
	}
	return string(data)
}

// plain writes a text without quotes if YAML reads it as the same text, and in
// quotes otherwise.
func plain(text string) string {
	safe := text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./%-") == "" &&
		strings.IndexByte("-.%/_", text[0]) < 0
	switch strings.ToLower(text) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		safe = false
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		safe = false
	}
	if _, err := strconv.ParseInt(text, 0, 64); err == nil {
		safe = false
	}
	if safe {
		return text
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		panic("explore: a text cannot be written: " + err.Error())
	}
	return string(quoted)
}
