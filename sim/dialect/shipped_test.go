package dialect

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// names returns what is shipped.
func shippedNames(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("../../scenarios/dialects/*.yaml")
	if err != nil || len(paths) < 7 {
		t.Fatalf("found %q", paths)
	}
	for i := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(paths[i]), ".yaml")
	}
	return paths
}

// TestTemplateSaysEverything: every key of the language stands in the template, or in
// one of the shipped descriptions.
func TestTemplateSaysEverything(t *testing.T) {
	all := ""
	for _, name := range shippedNames(t) {
		shipped(t, name)
		data, _ := os.ReadFile("../../scenarios/dialects/" + name + ".yaml")
		all += string(data)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[description](), reflect.TypeFor[upgrade](), reflect.TypeFor[frames](), reflect.TypeFor[length](), reflect.TypeFor[state](), reflect.TypeFor[rule]()} {
		for f := range typ.Fields() {
			if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); key != "" && !strings.Contains(all, key+":") {
				t.Errorf("no shipped description says %s", key)
			}
		}
	}
	c := compiler{}
	for _, word := range c.words() {
		if !strings.Contains(all, word) {
			t.Errorf("no shipped description names %s", word)
		}
	}
}

func TestSchemaIsGenerated(t *testing.T) {
	data, err := Schema()
	if err != nil || !gjson.ValidBytes(data) || !strings.Contains(string(data), `"states"`) {
		t.Errorf("%v: %.200s", err, data)
	}
}

// FuzzJSON holds the reader of frames against another one.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1,"x\u00e9\n",{"c":null}]},"d":-1.5e+3}`, `[]`, `""`, `{`, `{"a":01}`, `"\ud83d\ude00\ud83d"`, "\"\x01\"", ` true `, `{"a":1,"a":2}`, `nul`, `[1,]`, `{"a" :}`, `-`, `1.`, `1e`, `"\x"`, `{"":0}`} {
		f.Add([]byte(seed))
	}
	root := jsonPath{slot: -1, index: -1}
	paths := []string{"a", "a.b", "a.b.1", "a.b.2.c", "d", ""}
	for i, p := range paths {
		root.add(jsonSteps(p), i)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := jsonReader{slots: make([]value, len(paths))}
		ok := r.read(data, &root)
		if deep := strings.Count(string(data), "[") + strings.Count(string(data), "{"); deep > maxNesting {
			return
		}
		if want := gjson.ValidBytes(data); ok && !want {
			t.Fatalf("%q was read, and is not valid", data)
		} else if !ok && want && utf8Text(data) {
			t.Fatalf("%q was not read, and is valid", data)
		}
		if !ok {
			return
		}
		for i, p := range paths[:5] {
			got, want := r.slots[i], gjson.GetBytes(data, p)
			if strings.Contains(string(data), `\`) || duplicate(data) || want.Exists() != (got.kind != absent) {
				continue // The other one reads escapes, and keys given twice, its own way.
			}
			if got.kind == text && want.Type == gjson.String && string(got.text) != want.Str {
				t.Fatalf("%q: %s is %q, want %q", data, p, got.text, want.Str)
			}
			if got.kind == number && string(got.text) != want.Raw {
				t.Fatalf("%q: %s is %q, want %q", data, p, got.text, want.Raw)
			}
		}
	})
}

func utf8Text(data []byte) bool { return strings.ToValidUTF8(string(data), "") == string(data) }

// duplicate reports whether a key may stand twice.
func duplicate(data []byte) bool {
	for _, key := range []string{`"a"`, `"b"`, `"c"`, `"d"`} {
		if strings.Count(string(data), key) > 1 {
			return true
		}
	}
	return false
}

// FuzzDialects throws frames at every shipped dialect, in every state.
func FuzzDialects(f *testing.F) {
	var all []*Dialogue
	for _, name := range shippedNames(f) {
		all = append(all, shipped(f, name))
	}
	for i := range all {
		for _, seed := range []string{`{"id":1,"connect":{"client":"x","ping":25}}`, `0{"sid":"a","pingInterval":1,"pingTimeout":2}`, `42["kicked",{}]`, "\x20\x05\x00\x00\x02\x24\x00", "\xe0\x15\x8e\x13\x1f",
			`<stream:features xmlns:stream='s'><mechanisms><mechanism>PLAIN</mechanism></mechanisms></stream:features>`, `<challenge>cj1hLHM9YSxpPTE=</challenge>`, `{"type":"kick","by":"login"}`, "{}\n{}\n", "<a><b/></a><c/>"} {
			f.Add(uint8(i), uint8(0), []byte(seed), []byte("{}"), true)
			f.Add(uint8(i), uint8(1), []byte(seed), []byte(seed), false)
		}
	}
	f.Fuzz(func(t *testing.T, which, stage uint8, first, second []byte, binary bool) {
		d := all[int(which)%len(all)]
		s := d.Open()
		var scratch Scratch
		who := Speaker{Seed: 1, Credentials: &wire.Credentials{Account: "a", Token: "t", Device: 1, ClientType: wire.Web}}
		over := false
		now := Time(0)
		step := func(in Input) {
			in.Scratch = &scratch
			now++
			for _, o := range s.Step(now, in, nil) {
				if over && o.Kind != Close {
					t.Fatalf("%s: %v after the end", d.Name(), o.Kind)
				}
				if o.Kind == Say {
					frame, _ := s.Encode(nil, &o.Message, false, &who)
					if len(frame) > 3*wire.MaxFrame {
						t.Fatalf("%s says %d bytes", d.Name(), len(frame))
					}
				}
				over = over || o.Kind == Malformed || o.Kind == Lost || o.Kind == Failed
			}
		}
		step(Input{Kind: LinkUp})
		if stage%3 == 1 {
			s.stage = open
			step(Input{Kind: WantLogin})
		}
		if g := d.grammar.(*described); stage >= 3 {
			s.stage, s.in, s.phase = open, stage%2 == 0, stage%uint8(len(g.states))
		}
		for range 2 {
			step(Input{Kind: Frame, Data: first, Binary: binary})
			step(Input{Kind: Frame, Data: second, Binary: binary})
		}
		if e := s.extra; e != nil {
			kept := cap(e.rest)
			for _, c := range e.captures {
				kept += cap(c)
			}
			if kept > 4*(len(first)+len(second))+4*MaxCapture {
				t.Fatalf("%s keeps %d bytes", d.Name(), kept)
			}
		}
		step(Input{Kind: WantPing})
		step(Input{Kind: LinkDown, CloseCode: uint16(stage) + 1000, Data: second})
	})
}

// TestPlantedFaults: what is wrong with a description is told at its place.
func TestPlantedFaults(t *testing.T) {
	const good = "name: x\nping: '${account}'\nstates:\n  login:\n    say: '{\"u\":\"${account}\"}'\n    on:\n      - {when: {ok: true}, means: loggedIn}\n"
	if _, err := Parse("good", []byte(good), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"${account}'\ns", "${acount}'\ns", "x.yaml:2:7: ${acount}: unknown name `acount`"},
		{"${account}'\ns", "${acount}'\ns", "did you mean account?"},
		{"means: loggedIn", "means: loggedin", "unknown meaning `loggedin`"},
		{"means: loggedIn", "means: alive", "no rule means loggedIn"},
		{"means: loggedIn}", "means: loggedIn, goto: nowhere}", "there is no state `nowhere`"},
		{"  login:", "  spare: {within: 5s}\n  login:", "no rule goes to the state `spare`"},
		{"{ok: true}", "{ok: {matches: '('}}", "not a regular expression: missing closing )"},
		{"{ok: true}", "{ok: {equals: 1}}", "unknown condition `equals`"},
		{"{ok: true}", "{$noted: kicked}", "there is no `kicked` to ask for"},
		{"{ok: true}", "{$code: 4001}", "unknown field `$code`"},
		{"name: x", "name: x\nframes: {content: xml, unit: packets}", "xml and packets do not go together"},
		{"name: x", "name: x\nframes: {content: jsn}", "`content` cannot be \"jsn\""},
		{"name: x", "name: x\nframe: {}", "unknown key `frame`"},
		{"name: x", "name: x\nupgrade: {path: gate}", "a path begins with /"},
		{"name: x", "name: x\nupgrade: {answers: {99: limited}}", "99 is no HTTP status"},
		{"name: x", "name: x\nupgrade: {answers: {403: opened}}", "`opened` cannot be meant here"},
		{"name: x", "name: x\nupgrade: {headers: {Host: a}}", "the header Host belongs to the upgrade itself"},
		{"name: x", "name: x\ncolumns: [account]", "`account` is a column and the account's own"},
		{"name: x", "name: x\ncloses: [{when: {$code: 1}, means: opened}]", "`opened` cannot be meant here"},
		{"name: x", "name: x\ncloses: [{when: {$code: 1}}]", "does not say what the end means"},
		{"name: x", "name: x\ncloses: [{when: {reason: 1}, means: dropped}]", "unknown field `reason`"},
		{"{\"u\":\"${account}\"}", "${base64(account}", "a comma or ) is missing"},
		{"{\"u\":\"${account}\"}", "${sha1(account)}", "is no text"},
		{"{\"u\":\"${account}\"}", "${jwt(token, ''sub'')}", "jwt takes a key, and then names and values"},
		{"{\"u\":\"${account}\"}", "${hex()}", "hex takes at least 1 arguments, not 0"},
		{"{\"u\":\"${account}\"}", "$[${account}", "$[ is not closed"},
		{"{\"u\":\"${account}\"}", "${saslFirst(''MD5'')}", "saslFirst takes the name of a mechanism"},
		{"    on:", "    within: soon\n    on:", "\"soon\" is neither a span nor a capture"},
		{"means: loggedIn}", "means: loggedIn, replyTo: login}", "does not say where an answer repeats its serial"},
		{"means: loggedIn}", "means: {refused: 200}}", "200 cannot be the code of a refusal"},
		{"means: loggedIn}", "means: {kicked: because}}", "because is no reason of a kick"},
		{"means: loggedIn}", "means: {loggedIn: {}, alive: {}}}", "it means more than one thing"},
		{"name: x", "name: x\nx: &a 1", "an anchor stands here"},
		{"login:", "login: {say: {packet: connect}}\n  other:", "what is said is a text"},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		if text == good {
			t.Fatalf("%q was not planted", c.new)
		}
		_, err := Parse("x.yaml", []byte(text), nil)
		faults, ok := Describes(err)
		if !ok || !strings.Contains(faults.Format(), c.want) {
			t.Errorf("%q: got %v, want %q", c.new, err, c.want)
		}
		if ok && faults[0].Place.Line == 0 && !strings.Contains(c.want, "anchor") {
			t.Errorf("%q: no place: %v", c.new, err)
		}
	}
	var all scenario.Faults
	_, err := Parse("x.yaml", []byte(strings.NewReplacer("loggedIn", "logedIn", "${account}'\ns", "${b}'\ns").Replace(good)), map[string]string{"domain": "a"})
	if all, _ = Describes(err); len(all) < 3 {
		t.Errorf("not all faults are told at once: %v", err)
	}
}
