package dialect

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"loginstorm/sim/wire"
)

// tell writes outputs as one line.
func tell(out []Output) string {
	var words []string
	for _, o := range out {
		w := o.Kind.String()
		switch o.Kind {
		case Failed, Replied, KickOtherReplied:
			w += " " + o.Code.String()
			if o.RetryAfter != 0 {
				w += " after " + o.RetryAfter.String()
			}
		case Kicked:
			w += fmt.Sprintf(" %v %v %d", o.Reason, o.ClientType, o.CustomType)
		case OnlineChanged:
			w += fmt.Sprint(" ", len(o.Clients))
		case Say:
			w += fmt.Sprintf(" %v %d", o.Message.Kind, o.Message.Serial)
			if o.Message.Device != 0 {
				w += fmt.Sprint(" device ", o.Message.Device)
			}
		case Close:
			w += fmt.Sprint(" ", o.CloseCode)
		}
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}

func TestSessionIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Session{}); size > 48 {
		t.Errorf("a session takes %d bytes", size)
	}
}

func TestReference(t *testing.T) {
	frame := func(s string) Input { return Input{Kind: Frame, Data: []byte(s)} }
	message := func(m wire.Message) Input { return Input{Kind: Message, Message: &m} }
	up := Input{Kind: LinkUp}
	for _, c := range []struct {
		name string
		in   []Input
		want []string
	}{
		{"a whole life", []Input{
			up, {Kind: WantLogin}, frame(`{"kind":"loginReply","serial":1,"code":200}`), frame(`{"kind":"syncStart"}`),
			frame(`{"kind":"online","clients":[{"device":9,"clientType":1,"loginTime":5}]}`), frame(`{"kind":"syncFinish"}`),
			{Kind: WantPing}, frame(`{"kind":"pong","serial":2}`), {Kind: WantKickOther, Device: 9},
			frame(`{"kind":"kickReply","serial":3,"code":200}`), frame(`{"kind":"drain"}`), {Kind: WantLogout}, {Kind: LinkDown, CloseCode: 1000},
		}, []string{
			"opened", "say login 1", "replied 200", "syncBegan", "onlineChanged 1", "syncEnded",
			"say ping 2", "alive", "say kickOther 3 device 9", "kickOtherReplied 200", "draining", "say logout 0", "lost",
		}},
		{"a refused login with a hint", []Input{up, {Kind: WantLogin}, message(wire.Message{Kind: wire.LoginReply, Serial: 1, Code: 416, RetryAfter: time.Second})},
			[]string{"opened", "say login 1", "replied 416 after 1s"}},
		{"a kick and its close", []Input{up, frame(`{"kind":"kick","reason":1,"clientType":2,"customClientType":7}`), frame(`{"kind":"syncStart"}`),
			frame("garbage"), {Kind: WantPing}, {Kind: LinkDown, CloseCode: 4001}, {Kind: LinkDown}},
			[]string{"opened", "kicked login ios 7", "", "", "", "lost", ""}},
		{"a close 4001 without a notice is a lost link", []Input{up, {Kind: LinkDown, CloseCode: 4001}}, []string{"opened", "lost"}},
		{"the upgrade is refused", []Input{{Kind: Refused, HTTPStatus: 503, RetryAfter: 2 * time.Second}, {Kind: LinkDown}, up},
			[]string{"failed 415 after 2s", "", ""}},
		{"the link never comes up", []Input{{Kind: LinkDown, CloseCode: 1006}, up}, []string{"failed 415", ""}},
		{"garbage", []Input{up, frame("?"), frame(`{"kind":"pong","serial":1}`), {Kind: WantPing}, {Kind: LinkDown}},
			[]string{"opened", "malformed, close 1008", "", "", ""}},
		{"a binary frame", []Input{up, {Kind: Frame, Binary: true, Data: []byte(`{"kind":"drain"}`)}}, []string{"opened", "malformed, close 1008"}},
		{"a message in the wrong direction", []Input{up, frame(`{"kind":"ping","serial":1}`)}, []string{"opened", "malformed, close 1008"}},
		{"no message at all", []Input{up, message(wire.Message{})}, []string{"opened", "malformed, close 1008"}},
		{"a late answer proves life", []Input{up, {Kind: WantLogin}, {Kind: WantLogin}, frame(`{"kind":"loginReply","serial":1,"code":500}`),
			frame(`{"kind":"loginReply","serial":2,"code":200}`), frame(`{"kind":"loginReply","serial":2,"code":200}`)},
			[]string{"opened", "say login 1", "say login 2", "alive", "replied 200", "alive"}},
		{"a late answer about another device", []Input{up, {Kind: WantKickOther, Device: 9}, {Kind: WantKickOther, Device: 9},
			frame(`{"kind":"kickReply","serial":1,"code":200}`), frame(`{"kind":"kickReply","serial":2,"code":200}`)},
			[]string{"opened", "say kickOther 1 device 9", "say kickOther 2 device 9", "alive", "kickOtherReplied 200"}},
		{"an answer that nobody asked for", []Input{up, {Kind: WantLogin}, frame(`{"kind":"loginReply","serial":2,"code":200}`)},
			[]string{"opened", "say login 1", "malformed, close 1008"}},
		{"serial 0 was never chosen", []Input{up, frame(`{"kind":"kickReply","serial":0,"code":200}`)}, []string{"opened", "malformed, close 1008"}},
		{"out of turn", []Input{{Kind: WantLogin}, frame("x"), {Kind: Tick}, up, up, {Kind: Refused}}, []string{"", "", "", "opened", "", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Reference().Open()
			var scratch Scratch
			for i, in := range c.in {
				in.Scratch = &scratch
				if got := tell(s.Step(Time(i), in, nil)); got != c.want[i] {
					t.Errorf("input %d, %v: got %q, want %q", i, in.Kind, got, c.want[i])
				}
				if _, ok := s.Deadline(); ok {
					t.Errorf("input %d, %v: the reference dialogue armed a deadline", i, in.Kind)
				}
			}
		})
	}
}

// TestFrameAndMessageAgree sends the same messages both ways.
func TestFrameAndMessageAgree(t *testing.T) {
	d := Reference()
	for k := wire.NoMessage; k <= wire.Drain; k++ {
		m := wire.Message{Kind: k, Serial: 1, Code: 416, RetryAfter: 1500 * time.Microsecond, Device: 1, Reason: wire.ByLogin,
			ClientType: wire.Web, CustomType: 3, Clients: []wire.OnlineClient{{Device: 1, ClientType: wire.IOS}},
			Login: &wire.Credentials{Account: "a", ClientType: wire.Web, Device: 1, Origin: wire.Auto}}
		data, binary := d.Encode(nil, &m)
		var told [2]string
		for i, in := range []Input{{Kind: Frame, Data: data, Binary: binary}, {Kind: Message, Message: &m}} {
			s := d.Open()
			out := s.Step(0, Input{Kind: LinkUp}, nil)
			out = s.Step(0, Input{Kind: WantLogin}, out)
			told[i] = tell(s.Step(0, in, out))
		}
		if told[0] != told[1] {
			t.Errorf("%v: a frame says %q, a message %q", k, told[0], told[1])
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	d := Reference()
	s := d.Open()
	out := s.Step(0, Input{Kind: LinkUp}, make([]Output, 0, 8))
	var scratch Scratch
	pong, reply := []byte(`{"kind":"pong","serial":1}`), []byte(`{"kind":"loginReply","serial":1,"code":200}`)
	allocs := testing.AllocsPerRun(100, func() {
		out = s.Step(0, Input{Kind: WantPing}, out[:0])
		out = s.Step(0, Input{Kind: Frame, Data: pong, Scratch: &scratch}, out)
		out = s.Step(0, Input{Kind: Frame, Data: reply, Scratch: &scratch}, out)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"", "x", `{"kind":"kick","reason":1}`, `{"kind":"loginReply","serial":1,"code":200}`, `{"kind":"online","clients":[]}`,
	} {
		f.Add([]byte(seed), []byte(`{"kind":"pong","serial":1}`), false)
	}
	f.Fuzz(func(t *testing.T, first, second []byte, binary bool) {
		s := Reference().Open()
		var scratch Scratch
		over := false
		for i, in := range []Input{
			{Kind: LinkUp}, {Kind: WantLogin}, {Kind: Frame, Data: first, Binary: binary}, {Kind: Frame, Data: second},
			{Kind: WantPing}, {Kind: LinkDown},
		} {
			in.Scratch = &scratch
			out := s.Step(Time(i), in, nil)
			if len(out) > 2 {
				t.Fatalf("input %d brings %d outputs", i, len(out))
			}
			if over && len(out) > 0 {
				t.Fatalf("input %d brings %s after the end", i, tell(out))
			}
			for _, o := range out {
				over = over || o.Kind == Malformed || o.Kind == Lost || o.Kind == Failed
			}
		}
		if !over {
			t.Fatal("the session did not end")
		}
	})
}

func BenchmarkStep(b *testing.B) {
	s := Reference().Open()
	out := s.Step(0, Input{Kind: LinkUp}, make([]Output, 0, 8))
	var scratch Scratch
	pong := []byte(`{"kind":"pong","serial":1}`)
	message := wire.Message{Kind: wire.Pong, Serial: 1}
	b.Run("frame", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			out = s.Step(0, Input{Kind: Frame, Data: pong, Scratch: &scratch}, out[:0])
		}
	})
	b.Run("message", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			out = s.Step(0, Input{Kind: Message, Message: &message}, out[:0])
		}
	})
}
