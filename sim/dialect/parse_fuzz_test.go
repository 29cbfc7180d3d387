package dialect

import (
	"os"
	"testing"

	"loginstorm/sim/wire"
)

// FuzzParse throws descriptions at the compiler, and frames at what it makes of them.
func FuzzParse(f *testing.F) {
	for _, name := range shippedNames(f) {
		data, err := os.ReadFile("../../scenarios/dialects/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, []byte(`{"type":"welcome","data":{"salt":"x"}}`))
	}
	f.Add([]byte("name: x\nstates: {login: {say: '$[${a', on: [{when: {a: {min: x}}, means: {refused: {map: 1}}}]}}"), []byte("{}"))
	f.Add([]byte("name: x\nframes: {unit: length}\nstates: {login: {within: [], on: [{means: {kicked: {map: 1, reason: 2}}}, {means: {online: {}}}, {means: {limited: {}}}]}}"), []byte("{}"))
	f.Add([]byte("name: x\nframes: {content: xml}\nstates: {login: {on: [{when: {'{a': 1, '@': 2, 'a//b': 3}, means: loggedIn}]}}"), []byte("<a/>"))
	f.Add([]byte("name: x\nframes: {content: mqtt5}\nstates: {login: {say: {packet: 1}, on: [{when: {nothing: 1}, means: loggedIn}]}}"), []byte("\xd0\x00"))
	f.Fuzz(func(t *testing.T, text, frame []byte) {
		d, err := Parse("x.yaml", text, nil)
		if err != nil {
			if faults, ok := Describes(err); !ok || len(faults) == 0 {
				t.Fatalf("%v", err)
			}
			return
		}
		who := Speaker{Credentials: &wire.Credentials{Account: "a", Token: "t"}}
		d.Request(&who)
		s := d.Open()
		for _, in := range []Input{{Kind: LinkUp}, {Kind: Frame, Data: frame}, {Kind: WantLogin}, {Kind: Frame, Data: frame, Binary: true}, {Kind: Frame, Data: frame},
			{Kind: WantPing}, {Kind: WantKickOther}, {Kind: WantLogout}, {Kind: LinkDown, CloseCode: 4001, Data: frame}} {
			for _, o := range s.Step(1, in, nil) {
				if o.Kind == Say {
					s.Show(&o.Message, &who)
					s.Encode(nil, &o.Message, false, &who)
				}
			}
		}
	})
}
