package wire_test

import (
	"testing"

	"github.com/tidwall/gjson"

	"loginstorm/sim/wire"
)

// samples returns one usual message of every kind, by name.
func samples() []wire.Message {
	return []wire.Message{
		{Kind: wire.Login, Serial: 1, Login: &wire.Credentials{
			Account: "user-000123", Token: "5f1d7a84db00d2fce00b31a7fc73224f", AppKey: "45c6af3c98409b18a84451215d0bdd6e",
			ClientType: wire.Android, Device: 123456789, Version: 91500, Origin: wire.Manual, Tag: "pocket",
		}},
		{Kind: wire.Logout},
		{Kind: wire.Ping, Serial: 7},
		{Kind: wire.KickOther, Serial: 3, Device: 42},
		{Kind: wire.LoginReply, Serial: 1, Code: wire.Success},
		{Kind: wire.Pong, Serial: 7},
		{Kind: wire.KickReply, Serial: 3, Code: wire.Success},
		{Kind: wire.Kick, Reason: wire.ByLogin, ClientType: wire.IOS},
		{Kind: wire.Online, Clients: []wire.OnlineClient{
			{Device: 42, ClientType: wire.Web, LoginTime: 1700000000000, Tag: "desk"},
			{Device: 43, ClientType: wire.IOS, OS: "iOS", LoginTime: 1700000000001},
		}},
		{Kind: wire.SyncStart},
		{Kind: wire.SyncFinish},
		{Kind: wire.Drain},
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, m := range samples() {
		b.Run(m.Kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			buffer := make([]byte, 0, 1024)
			for b.Loop() {
				buffer = wire.Append(buffer[:0], &m)
			}
			b.SetBytes(int64(len(buffer)))
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, m := range samples() {
		b.Run(m.Kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			frame := wire.Append(nil, &m)
			b.SetBytes(int64(len(frame)))
			var into wire.Message
			for b.Loop() {
				if err := wire.Decode(frame, &into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGeneralParser reads the same frames by gjson, validated first, into
// nothing: what Decode is measured against.
func BenchmarkGeneralParser(b *testing.B) {
	for _, m := range samples() {
		b.Run(m.Kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			frame := wire.Append(nil, &m)
			b.SetBytes(int64(len(frame)))
			fields := 0
			for b.Loop() {
				if !gjson.ValidBytes(frame) {
					b.Fatal("not valid")
				}
				gjson.ParseBytes(frame).ForEach(func(_, _ gjson.Result) bool {
					fields++
					return true
				})
			}
		})
	}
}
