package wire_test

import (
	"encoding/json"
	"testing"

	"loginstorm/sim/wire"
)

func FuzzDecode(f *testing.F) {
	for _, m := range samples() {
		f.Add(wire.Append(nil, &m))
	}
	for _, seed := range []string{
		"", "{", `{"kind":`, `{"serial":1,"kind":"ping"}`, `{"kind":"pong","serial":7,"x":[{"a":[-0.1e-2]},"\ud83d\ude00"]}`,
		`{"kind":"online","clients":[{"device":1,"clientType":1,"loginTime":1,"os":"\u0000","customTag":"é"},{}]}`,
		`{"kind":"login","serial":0,"account":"\"","token":"\\","clientType":65,"device":1,"origin":"reconnect","force":true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var m wire.Message
		if err := wire.Decode(frame, &m); err != nil {
			_ = err.Error()
			return
		}
		if !json.Valid(frame) {
			t.Fatalf("took what is no JSON: %q", frame)
		}
		again := wire.Append(nil, &m)
		if len(again) > wire.MaxFrame {
			t.Fatalf("%d bytes came back as %d", len(frame), len(again))
		}
		var back wire.Message
		if err := wire.Decode(again, &back); err != nil {
			t.Fatalf("decode %q, written from %q: %v", again, frame, err)
		}
		same(t, back, m)
	})
}
