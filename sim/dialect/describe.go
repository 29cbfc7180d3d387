package dialect

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"

	"loginstorm/sim/scenario"
)

// description is a description of a dialogue as it was written.
type description struct {
	Name      string            `json:"name" jsonschema:"required,pattern=^[A-Za-z][A-Za-z0-9_.-]{0\\,31}$" jsonschema_description:"What a scenario calls the dialogue."`
	About     string            `json:"about,omitempty" jsonschema_description:"What it is, for people."`
	Settings  map[string]string `json:"settings,omitempty" jsonschema:"maxProperties=50" jsonschema_description:"Texts that templates name and a scenario may set: {domain: localhost}."`
	Columns   []string          `json:"columns,omitempty" jsonschema:"maxItems=16" jsonschema_description:"Fields of an account beside name and token, in the order of its columns."`
	Upgrade   upgrade           `json:"upgrade,omitempty" jsonschema_description:"The request that opens a link, and what its answers mean."`
	Frames    frames            `json:"frames,omitempty" jsonschema_description:"How messages lie in frames."`
	Serial    string            `json:"serial,omitempty" jsonschema:"maxLength=200" jsonschema_description:"Where an answer repeats the serial of its request."`
	States    map[string]state  `json:"states" jsonschema:"required,minProperties=1,maxProperties=60" jsonschema_description:"What is awaited: connect (the link is up), login (a login was asked for), online (loggedIn), and others by names of their own."`
	Always    []rule            `json:"always,omitempty" jsonschema:"maxItems=100" jsonschema_description:"Rules of every state, behind its own."`
	Closes    []rule            `json:"closes,omitempty" jsonschema:"maxItems=100" jsonschema_description:"What the end of a link means; no rule: it was dropped."`
	Ping      *words            `json:"ping,omitempty" jsonschema_description:"What a client says as its heartbeat. Left out: it has none of its own."`
	Logout    *words            `json:"logout,omitempty" jsonschema_description:"What a client says when it logs out."`
	KickOther *words            `json:"kickOther,omitempty" jsonschema_description:"How a client pushes out another device of its account, whose number is ${target}."`
	Otherwise string            `json:"otherwise,omitempty" jsonschema:"enum=alive,enum=malformed,enum=ignored" jsonschema_description:"What a message means that no rule takes (malformed; alive once loggedIn)."`
	Cannot    []string          `json:"cannot,omitempty" jsonschema:"maxItems=20" jsonschema_description:"What cannot be told with this gateway, for reports."`
}

// upgrade is the request that opens a link.
type upgrade struct {
	Path        string              `json:"path,omitempty" jsonschema:"maxLength=2000" jsonschema_description:"Path and query (/)."`
	Subprotocol string              `json:"subprotocol,omitempty" jsonschema:"maxLength=100" jsonschema_description:"The WebSocket subprotocol to ask for."`
	Headers     map[string]string   `json:"headers,omitempty" jsonschema:"maxProperties=20" jsonschema_description:"Headers of the request."`
	Answers     map[string]meanings `json:"answers,omitempty" jsonschema:"maxProperties=50" jsonschema_description:"What an HTTP status other than 101 means: {403: {refused: 302}}."`
}

// frames is how messages lie in frames.
type frames struct {
	Type    string  `json:"type,omitempty" jsonschema:"enum=text,enum=binary,enum=any" jsonschema_description:"What frames are; what is said goes as text, unless they are binary (text; MQTT: binary)."`
	Content string  `json:"content,omitempty" jsonschema:"enum=json,enum=prefixedJson,enum=xml,enum=text,enum=mqtt3,enum=mqtt5" jsonschema_description:"What a message is (json)."`
	Unit    string  `json:"unit,omitempty" jsonschema:"enum=frame,enum=lines,enum=lineStream,enum=elements,enum=length,enum=packets" jsonschema_description:"Where a message ends: frame (one in each), lines (several in a frame), lineStream (lines that go over frames), elements (XML), length (its length stands in front), packets (MQTT)."`
	Length  *length `json:"length,omitempty" jsonschema_description:"The length in front of a message."`
	Longest uint32  `json:"longest,omitempty" jsonschema:"minimum=16,maximum=65536" jsonschema_description:"The longest message in bytes (65536)."`
}

// length is a length in front of a message.
type length struct {
	Bytes  uint8  `json:"bytes" jsonschema:"required,enum=1,enum=2,enum=4" jsonschema_description:"How many bytes it has."`
	Order  string `json:"order,omitempty" jsonschema:"enum=big,enum=little" jsonschema_description:"Which byte comes first (big)."`
	Itself bool   `json:"itself,omitempty" jsonschema_description:"It counts its own bytes, too."`
}

// state is what is awaited at a point of the dialogue.
type state struct {
	Say       *words `json:"say,omitempty" jsonschema_description:"What a client says when it gets here."`
	Within    *spans `json:"within,omitempty" jsonschema_description:"How long it waits here; once online, how long the gateway may be silent. A span, or a list of spans and captures that are added."`
	Phase     string `json:"phase,omitempty" jsonschema:"maxLength=32" jsonschema_description:"A step after the login, by what it is called: it counts as data sync, and has a figure of its own."`
	On        []rule `json:"on,omitempty" jsonschema:"maxItems=100" jsonschema_description:"What messages mean here; the first rule that fits counts."`
	Otherwise string `json:"otherwise,omitempty" jsonschema:"enum=alive,enum=malformed,enum=ignored" jsonschema_description:"What a message means here that no rule takes."`
}

// rule says what a message means.
type rule struct {
	When    map[string]test    `json:"when,omitempty" jsonschema:"maxProperties=20" jsonschema_description:"Fields and what they must be. Left out: any message."`
	Capture map[string]capture `json:"capture,omitempty" jsonschema:"maxProperties=20" jsonschema_description:"What is kept for later, by name."`
	Note    string             `json:"note,omitempty" jsonschema:"maxLength=32" jsonschema_description:"Something to remember, which later rules ask for by $noted."`
	Say     *words             `json:"say,omitempty" jsonschema_description:"What is said in answer."`
	Means   *meanings          `json:"means,omitempty" jsonschema_description:"What it means."`
	ReplyTo string             `json:"replyTo,omitempty" jsonschema:"enum=login,enum=kickOther" jsonschema_description:"It answers this request, by its serial; a late answer only proves life."`
	Goto    string             `json:"goto,omitempty" jsonschema:"maxLength=32" jsonschema_description:"Which state follows."`
}

// either is a value that may be written in several ways; the compiler reads it.
type either struct{ value any }

func (e *either) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(&e.value)
}

func schemaOf(about string, types ...string) *jsonschema.Schema {
	return &jsonschema.Schema{Description: about, Extras: map[string]any{"type": types}}
}

// test is what a field must be.
type test struct{ either }

// JSONSchema allows a value, a list of values, or conditions.
func (test) JSONSchema() *jsonschema.Schema {
	return schemaOf("A value, a list of which it must be one, or conditions: {exists: true, matches: regexp, includes: word, min: 1, max: 9, not: value}.",
		"string", "number", "boolean", "array", "object")
}

// capture is where a value to keep is taken from.
type capture struct{ either }

// JSONSchema allows a field, or {from, matches, as}.
func (capture) JSONSchema() *jsonschema.Schema {
	return schemaOf("A field, or {from: field, matches: regexp with one group, as: s|ms|base64|saslFinal}; saslFinal holds the server to its proof.", "string", "object")
}

// words is what is said.
type words struct{ either }

// JSONSchema allows a template, or the fields of an MQTT packet.
func (words) JSONSchema() *jsonschema.Schema {
	return schemaOf("A template, or {packet: connect, ...} for MQTT.", "string", "object")
}

// spans is a span, or several that are added.
type spans struct{ either }

// JSONSchema allows a text or a list.
func (spans) JSONSchema() *jsonschema.Schema {
	return schemaOf("A span such as 10s, or a list of spans and names of captures.", "string", "array")
}

// meanings is what something means: a word, or a word with more about it.
type meanings struct{ either }

// JSONSchema allows a word or a mapping with one key.
func (meanings) JSONSchema() *jsonschema.Schema {
	return schemaOf("opened, loggedIn, alive, draining, shutdown, banned, dropped, malformed, ignored, syncBegan, syncEnded, limited, failed; "+
		"{refused: code}, {limited: hint}, {kicked: reason}, {kickReply: code}, {online: fields}, {dropped: {maybe: kicked}}.", "string", "object")
}

func language() scenario.Language {
	return scenario.Language{Word: "description", ID: "https://loginstorm.invalid/dialect.schema.json", Title: "loginstorm dialect",
		About: "How a gateway speaks: what opens a link, what is said, and what its messages mean.", Tree: &description{}}
}

// Schema returns the JSON Schema (draft 2020-12) of descriptions, indented.
func Schema() ([]byte, error) { return language().Schema() }
