package explore

import (
	"fmt"
	"strings"
	"time"

	"loginstorm/sim/scenario"
)

func (d *drawer) cut(e *scenario.Entry) bool {
	v := &scenario.Cut{Who: d.who(false), By: of(&d.dice, "", "reset", "close", "halfOpen", "freeze"), Spread: d.spread()}
	switch v.By {
	case "close":
		v.Code = uint16(of(&d.dice, 0, 1000, 1011, 4001))
	case "halfOpen", "freeze":
		v.For = d.lasting()
		v.Spread = within(v.Spread, v.For)
	}
	e.Cut = v
	return true
}

func (d *drawer) slow(e *scenario.Entry) bool {
	e.Slow = &scenario.Slow{Who: d.who(false), While: d.while(), Bandwidth: uint64(of(&d.dice, 20, 200, 5000))}
	return true
}

func (d *drawer) delay(e *scenario.Entry) bool {
	e.Delay = &scenario.Delay{Who: d.who(false), While: d.while(), By: d.span(time.Millisecond, 12*time.Second)}
	return true
}

func (d *drawer) loss(e *scenario.Entry) bool {
	e.Loss = &scenario.Loss{Who: d.who(false), While: d.while(), Rate: d.share()}
	return true
}

func (d *drawer) connectFail(e *scenario.Entry) bool {
	e.ConnectFail = d.fail()
	return true
}

func (d *drawer) dnsFail(e *scenario.Entry) bool {
	e.DNSFail = d.fail()
	return true
}

func (d *drawer) fail() *scenario.Fail {
	return &scenario.Fail{Who: d.who(false), While: d.while(), Rate: maybe(&d.dice, 60, func() scenario.Share { return d.share() })}
}

func (d *drawer) networkLoss(e *scenario.Entry) bool {
	e.NetworkLoss = &scenario.NetworkLoss{Who: d.who(false), While: d.while()}
	return true
}

// log is what the log of a replay is called, beside the scenario.
func (d *drawer) log() string { return d.file.Name + ".csv" }

// replay draws a log of disconnects and plays it.
func (d *drawer) replay(e *scenario.Entry) bool {
	if d.files == nil {
		var b strings.Builder
		b.WriteString("at,count,by,node\n")
		at := scenario.Span(0)
		for range d.between(1, 6) {
			node := ""
			if n := int(d.file.Gateway.Nodes); n > 1 && d.one(4) {
				node = fmt.Sprint(d.between(1, n))
			}
			fmt.Fprintf(&b, "%v,%d,%s,%s\n", at, d.between(1, 4), of(&d.dice, "", "reset", "close", "halfOpen"), node)
			at += d.span(0, 5*time.Second)
		}
		d.files = map[string][]byte{d.log(): []byte(b.String())}
	}
	e.Replay = &scenario.Replay{File: d.log(), By: of(&d.dice, "", "reset", "close", "halfOpen")}
	if d.one(3) {
		e.Replay.Of = scenario.Names{d.someone()}
	}
	return true
}
