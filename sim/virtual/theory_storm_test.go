package virtual

import (
	"context"
	"testing"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/record"
)

const littleStorm = `
name: storm
duration: 90s
gateway:
  nodes: 2
  multiDevice: class
  auth: {workers: 16, queue: 5000, serviceTime: {lognormal: {p50: 8ms, p99: 40ms}}}
  sync: {uniform: [20ms, 80ms]}
network: {latency: {normal: {mean: 20ms, sd: 5ms}}, loss: 1%}
populations:
  phones: {accounts: 2000, clientType: android, reconnect: nim-web, arrive: [{poisson: {rate: 200/s}}]}
  desks: {accounts: 500, clientType: web, login: manual, arrive: [{ramp: {from: 10/s, to: 100/s, over: 10s}}]}
timeline:
  - {name: slow, at: 30s, brownOut: {service: 10, for: 20s}}
  - {name: cut, at: 31s, cut: {share: 50%, by: reset}}
  - {name: out, at: 60s, authOutage: {code: 503, for: 4s}}
  - {name: again, at: 61s, cut: {share: 40%, of: phones, by: reset, spread: 3s}}
  - {name: race, at: 75s, kickRace: {accounts: 100, devices: [android, ios, web]}}
`

// TestLittleHoldsInAStorm: where nothing is Poisson and nothing in balance, L = lambda
// W is still what it always is. How many logins the gateway has at the end of each
// second, by its gauges, is how many of those that it answered say by their own spans
// that they were there; and so are the means over the run.
func TestLittleHoldsInAStorm(t *testing.T) {
	type stay struct{ from, to Time }
	var stays []stay
	var gauges []gauge
	p := compile(t, littleStorm)
	all := record.NewAggregate(p.Layout(), 1)
	var s *Simulator
	s, err := New(Config{Plan: p, Sink: all.Add, WatchGateway: func(now Time, out *gateway.Output) {
		if out.Kind == gateway.Judged {
			stays = append(stays, stay{now - out.After, now})
		}
	}, Progress: func(now Progress) {
		st := s.gw.Stats()
		gauges = append(gauges, gauge{at: now.At, queue: st.Queue, busy: st.Busy})
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	// A login whose link ends before it is answered has no answer to tell its span.
	if sent := all.Totals().Counter(record.LoginsSent); uint64(len(stays)) != sent || r.Gateway.Wasted > 0 {
		t.Fatalf("%d of %d logins were answered, %d wasted", len(stays), sent, r.Gateway.Wasted)
	}
	most, sum := 0, 0
	for _, g := range gauges {
		there := 0
		for _, v := range stays {
			if v.from < g.at && g.at <= v.to {
				there++
			}
		}
		if got := int(g.queue + g.busy); got != there {
			t.Errorf("at %v the gateway has %d logins, by their own spans %d are there", g.at, got, there)
		}
		most, sum = max(most, there), sum+there
	}
	var spent Time
	for _, v := range stays {
		spent += v.to - v.from
	}
	// A storm is worth the name if it fills the queue.
	if most < 300 || len(gauges) != 90 {
		t.Errorf("at most %d logins were there, in %d seconds", most, len(gauges))
	}
	rate, mean := float64(len(stays))/r.End.Seconds(), spent.Seconds()/float64(len(stays))
	t.Logf("lambda %.2f/s x W %v = %.2f, L looked at once a second is %.2f",
		rate, time.Duration(mean*1e9).Round(time.Microsecond), rate*mean, float64(sum)/float64(len(gauges)))
}
