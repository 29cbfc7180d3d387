package dialect

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// shipped returns a description that is shipped.
func shipped(t testing.TB, name string) *Dialogue {
	t.Helper()
	return shippedWith(t, name, nil)
}

func shippedWith(t testing.TB, name string, settings map[string]string) *Dialogue {
	t.Helper()
	path := filepath.Join("..", "..", "scenarios", "dialects", name+".yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(path, data, settings)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// twins steps the built-in dialogue and its description side by side.
type twins struct {
	t                  *testing.T
	one, other         Session
	scratch, otherRoom Scratch
	now                Time
	log                []string
}

func (w *twins) step(in Input) []Output {
	w.t.Helper()
	a, b := in, in
	a.Scratch, b.Scratch = &w.scratch, &w.otherRoom
	w.now++
	first, second := w.one.Step(w.now, a, nil), w.other.Step(w.now, b, nil)
	w.log = append(w.log, fmt.Sprintf("%v %s", in.Kind, in.Data))
	if got, want := tell(second), tell(first); got != want {
		w.t.Fatalf("the description says %q, the built-in dialogue %q, after %q", got, want, w.log)
	}
	for i := range first {
		f, s := &first[i], &second[i]
		if fmt.Sprint(f.Clients) != fmt.Sprint(s.Clients) {
			w.t.Fatalf("clients %v, want %v, after %q", s.Clients, f.Clients, w.log)
		}
		if f.Kind != Say {
			continue
		}
		m := f.Message
		if m.Kind == wire.Login {
			m.Login = w.credentials()
		}
		want, _ := w.one.Encode(nil, &m, false, &Speaker{})
		got, _ := w.other.Encode(nil, &m, false, &Speaker{})
		if string(got) != string(want) {
			w.t.Fatalf("the description writes\n%s, the built-in dialogue\n%s", got, want)
		}
	}
	return first
}

func (w *twins) credentials() *wire.Credentials {
	c := &wire.Credentials{Account: "storm-\"7\"", Token: "tök\n", ClientType: wire.Web, Device: 77, Origin: wire.Reconnect}
	if w.now%2 == 0 {
		c.AppKey, c.AuthType, c.CustomType, c.Version, c.Force, c.Tag = "key", wire.AuthDynamic, -3, 91203, true, "tag"
	}
	return c
}

// TestDescribedReference draws lives of links and demands that the built-in dialogue
// and its description say the same.
func TestDescribedReference(t *testing.T) {
	described := shipped(t, "reference")
	if described.Path() != Reference().Path() || described.Subprotocol() != Reference().Subprotocol() || described.Name() != "reference" {
		t.Errorf("the upgrade differs: %s %s", described.Path(), described.Subprotocol())
	}
	kinds := map[OutputKind]int{}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := twins{t: t, one: Reference().Open(), other: described.Open()}
		for range 30 {
			in := drawInput(r)
			for _, o := range w.step(in) {
				kinds[o.Kind]++
			}
		}
	}
	for k := Opened; k <= Close; k++ {
		if kinds[k] == 0 {
			t.Errorf("no life has %v", k)
		}
	}
}

func drawInput(r *rand.Rand) Input {
	switch n := r.IntN(20); {
	case n < 2:
		return Input{Kind: LinkUp}
	case n == 2:
		return Input{Kind: LinkDown, CloseCode: 4001}
	case n < 6:
		return Input{Kind: WantLogin}
	case n == 6:
		return Input{Kind: WantPing}
	case n == 7:
		return Input{Kind: WantKickOther, Device: 5}
	case n == 8 && r.IntN(9) == 0:
		return Input{Kind: Refused, HTTPStatus: 503, RetryAfter: time.Second}
	case n == 8:
		return Input{Kind: WantLogout}
	case n == 9 && r.IntN(5) == 0:
		return Input{Kind: Frame, Data: []byte([]string{"", "?", "{}", `{"kind":"nobody"}`, `{"kind":"pong"}`, "[]", `{"kind":"loginReply","code":200}`}[r.IntN(7)])}
	case n == 9:
		return Input{Kind: Frame, Data: []byte(`{ "code": 302, "kind" : "loginReply" , "more": [1,{"a":null}], "serial": 1}`)}
	}
	kinds := [...]wire.Kind{wire.LoginReply, wire.LoginReply, wire.LoginReply, wire.LoginReply, wire.Pong, wire.KickReply, wire.Online, wire.SyncStart, wire.SyncFinish, wire.Drain, wire.Kick, wire.Ping}
	m := wire.Message{Kind: kinds[r.IntN(len(kinds)-r.IntN(3))], Serial: r.Uint32N(5), Code: []wire.Code{200, 200, 416, 302, 20007}[r.IntN(5)],
		RetryAfter: time.Duration(r.IntN(3)) * 750 * time.Millisecond, Reason: wire.Reason(1 + r.IntN(4)), ClientType: wire.ClientType(r.IntN(3)),
		CustomType: int32(r.IntN(3) - 1), Clients: []wire.OnlineClient{{Device: 1, ClientType: wire.IOS, OS: "i\"OS", LoginTime: 12, Tag: "ü"}, {Device: 9, CustomType: -4}}}
	if m.Code == wire.Success {
		m.RetryAfter = 0 // A success gives no hint.
	}
	return Input{Kind: Frame, Data: wire.Append(nil, &m)}
}

// BenchmarkLogin is one whole link: login, sync, three heartbeats, the end.
func BenchmarkLogin(b *testing.B) {
	for _, d := range []*Dialogue{Reference(), shipped(b, "reference")} {
		name := "builtin"
		if d.Described() {
			name = "described"
		}
		b.Run(name, func(b *testing.B) { benchmarkLogin(b, d) })
	}
}

func benchmarkLogin(b *testing.B, d *Dialogue) {
	b.ReportAllocs()
	frames := [][]byte{[]byte(`{"kind":"loginReply","serial":1,"code":200}`), []byte(`{"kind":"syncStart"}`),
		[]byte(`{"kind":"online","clients":[{"device":9,"clientType":1,"loginTime":1700000000000}]}`), []byte(`{"kind":"syncFinish"}`)}
	pong := []byte(`{"kind":"pong","serial":2}`)
	who := Speaker{Credentials: &wire.Credentials{Account: "storm-000007", Token: "5f1d7a84db00d2fce00b31a7fc73224f", ClientType: wire.Android,
		Device: 1234567, Version: 91500, Origin: wire.Manual}}
	var scratch Scratch
	var out []Output
	var frame []byte
	say := func(s *Session) {
		for i := range out {
			if out[i].Kind == Say {
				out[i].Message.Login = who.Credentials
				frame, _ = s.Encode(frame[:0], &out[i].Message, false, &who)
			}
		}
	}
	for b.Loop() {
		s := d.Open()
		out = s.Step(0, Input{Kind: LinkUp}, out[:0])
		out = s.Step(0, Input{Kind: WantLogin}, out[:0])
		say(&s)
		for _, f := range frames {
			out = s.Step(0, Input{Kind: Frame, Data: f, Scratch: &scratch}, out[:0])
		}
		for range 3 {
			out = s.Step(0, Input{Kind: WantPing}, out[:0])
			say(&s)
			out = s.Step(0, Input{Kind: Frame, Data: pong, Scratch: &scratch}, out[:0])
		}
		out = s.Step(0, Input{Kind: LinkDown, CloseCode: 1000}, out[:0])
	}
}

// TestHeartbeatsAllocateNothing holds that whoever is idle costs no garbage.
func TestHeartbeatsAllocateNothing(t *testing.T) {
	for name, beat := range map[string][]Input{
		"reference":  {{Kind: WantPing}, {Kind: Frame, Data: []byte(`{"kind":"pong","serial":1}`)}},
		"socketio":   {{Kind: Frame, Data: []byte("2")}},
		"mqtt3":      {{Kind: WantPing}, {Kind: Frame, Binary: true, Data: []byte{0xd0, 0}}},
		"mqtt5":      {{Kind: WantPing}, {Kind: Frame, Binary: true, Data: []byte{0xd0, 0}}},
		"centrifuge": {{Kind: Frame, Data: []byte("{}")}},
	} {
		s := shipped(t, name).Open()
		who := Speaker{Credentials: &wire.Credentials{}}
		var scratch Scratch
		out := make([]Output, 0, 8)
		frame := make([]byte, 0, 256)
		round := func() {
			for _, in := range beat {
				in.Scratch = &scratch
				out = s.Step(0, in, out[:0])
				for i := range out {
					if out[i].Kind == Say {
						frame, _ = s.Encode(frame[:0], &out[i].Message, false, &who)
					}
				}
			}
		}
		s.stage, s.in, s.phase = open, true, stateOnline
		round()
		if allocs := testing.AllocsPerRun(100, round); allocs != 0 || s.stage != open {
			t.Errorf("%s: %v allocations, stage %d", name, allocs, s.stage)
		}
	}
}
