package oracle

import (
	"testing"

	"pgregory.net/rapid"

	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Whatever is fed, in whatever order: nothing panics, findings stay bounded, and
// the counts of statuses add up.
func TestNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		small := func(n int) int { return rapid.IntRange(0, n).Draw(t, "n") }
		policies := []gateway.MultiDevice{{}, {Policy: gateway.PolicyClass}, {Policy: gateway.PolicyAll}, {Policy: gateway.PolicyCustom, Custom: [][]wire.ClientType{{1, 16}}}}
		c := New(Config{Clients: 3, Account: []uint32{0, 0, 1}, ClientType: []wire.ClientType{1, 2, 16}, Inputs: small(1) == 0,
			MultiDevice: policies[small(3)], Bound: 10, LongestCall: 5, Silence: 5})
		var at Time
		for range small(200) {
			at += Time(small(2))
			who := uint32(small(3))
			switch small(3) {
			case 0:
				c.Client(at, who, &login.Action{Kind: login.ActionKind(small(15)), Status: login.Status(small(13)), From: login.Status(small(13)),
					Origin: wire.Origin(small(4)), Reason: wire.Reason(small(4)), Gen: uint32(small(5)), Call: uint32(small(90)), Code: 200})
			case 1:
				c.Event(at, who, &login.Event{Kind: login.EventKind(small(20)), Call: uint32(small(90))})
			case 2:
				c.Gateway(at, &gateway.Output{Kind: gateway.OutputKind(small(14)), Cause: gateway.Cause(small(10)), Link: gateway.Link(small(4)),
					Account: uint32(small(2)), Device: uint64(small(3)), ClientType: wire.ClientType(small(3)), Origin: wire.Origin(small(4)),
					Code: wire.Code(200 + small(1)), Force: small(1) == 0})
			case 3:
				c.Asked(at, &gateway.Input{Kind: gateway.InputKind(small(10)), Link: gateway.Link(small(4)), Device: uint64(small(3)),
					Command: &gateway.Command{Kind: gateway.CommandKind(small(15)), Account: uint32(small(2)), MultiDevice: &policies[small(3)]}})
			}
		}
		c.End(at)
		var sum uint32
		for _, n := range c.counts {
			sum += n
		}
		if sum != 3 || len(c.Broken()) > MaxFindings {
			t.Fatalf("%v %d findings", c.counts, len(c.Broken()))
		}
		for _, f := range c.Broken() {
			_ = f.String()
		}
	})
}

func BenchmarkGateway(b *testing.B) {
	c := New(Config{Clients: 1})
	b.ReportAllocs()
	for i := range b.N {
		// Each login of an account pushes the one before out.
		o := gateway.Output{Kind: gateway.Judged, Link: gateway.Link(i % 1000), Account: uint32(i % 500), Device: uint64(1 + i%1000),
			ClientType: wire.Android, Origin: wire.Manual, Code: wire.Success}
		c.Gateway(Time(i), &o)
		o.Kind = gateway.SessionBegan
		c.Gateway(Time(i), &o)
		if i >= 500 {
			o.Kind, o.Link, o.Device, o.Cause = gateway.SessionEnded, gateway.Link((i-500)%1000), uint64(1+(i-500)%1000), gateway.ExcludedByLogin
			c.Gateway(Time(i), &o)
		}
	}
	if len(c.Broken()) > 0 {
		b.Fatal(c.Broken()[0])
	}
}
