package virtual

import (
	"fmt"
	"strings"
	"testing"

	"loginstorm/sim/record"
)

// Gateways that serve 80 and 20 logins/s, and clients for them.
const (
	slowGateway = "gateway: {auth: {workers: 4, queue: 1000, serviceTime: {constant: 50ms}}}\n"
	oneWorker   = "gateway: {auth: {workers: 1, queue: 250, serviceTime: {constant: 50ms}}}\n"
	phones      = "populations: {phones: {accounts: 500, clientType: android, login: auto, arrive: [{constant: {rate: 100/s}}]}}\n"
	// impatient apps hang up before the queue has come to them, and try again at once.
	impatient = `
populations:
  apps:
    accounts: %d
    clientType: android
    loginTimeout: 4s
    reconnect: {preset: equal-jitter, base: 2s, cap: 4s}
    login: auto
    arrive: [%s]
`
)

// people press the button, and so many times again.
func people(accounts int, rate, failure string) string {
	return fmt.Sprintf("populations: {tabs: {accounts: %d, clientType: web, login: manual, arrive: [{constant: {rate: %s}}], behavior: {onFailure: {%s}}}}\n", accounts, rate, failure)
}

// TestClasses tells kinds of storms apart that look alike: what each is called, entry by
// entry and last the whole run ("" = it has no storm), and what the run's reason says.
// Spec 5, 6, 9.
func TestClasses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		entries    map[string]record.Class
		run        record.Class
		says       []string
	}{
		{"who gave up is out", "duration: 120s\n" + slowGateway + people(2000, "400/s", "retry: 2, after: 2s"), nil, record.NotRecovered,
			[]string{"gave up", "of the 2,000 that should be loggedIn", "nobody tries any more"}},
		{"a gateway that was never there", "duration: 60s\n" + people(500, "100/s", "retry: 2, after: 2s") + "timeline: [{name: stop, at: 0s, stop: {}}]\n",
			map[string]record.Class{"stop": record.NotRecovered}, record.NotRecovered, []string{"500 of the 500 that are missing gave up", "100 %", "still in force"}},
		{"everybody is kicked", "duration: 60s\n" + phones + "timeline: [{name: kick, at: 20s, kickServer: {share: 100%}}]\n",
			map[string]record.Class{"kick": record.LockedByRule}, record.LockedByRule, []string{"the server pushed them out", "100 % of the 500"}},
		{"half are banned, and a brown-out harms nobody", "duration: 60s\n" + phones +
			"timeline: [{name: brown, at: 20s, brownOut: {service: 2, for: 5s}}, {name: ban, at: 40s, ban: {share: 50%, kick: true}}]\n",
			map[string]record.Class{"ban": record.LockedByRule}, record.LockedByRule, []string{"after ban", "50 % of the 500"}},
		{"two in a thousand are banned", "duration: 60s\n" + phones + "timeline: [{name: ban, at: 20s, ban: {count: 1, kick: true}}]\n", nil, record.Calm,
			[]string{"1 of the 500 that should be loggedIn is out (0.2 %)"}},
		{"all log out who were cut", "duration: 60s\n" + phones + "timeline: [{name: cut, at: 20s, cut: {share: 100%}}, {name: out, at: 20500ms, logout: {share: 100%}}]\n",
			map[string]record.Class{"cut": record.Unjudged}, record.Unjudged, []string{"nobody could come back", "left by themselves"}},
		{"a race is no outage", "duration: 60s\ngateway: {multiDevice: one}\n" + phones + "timeline: [{name: race, at: 20s, kickRace: {accounts: 100, devices: [android, ios, web]}}]\n",
			nil, record.Calm, nil},
		{"buckets let them in slowly", "duration: 75s\ngateway: {auth: {workers: 16, queue: 4000, serviceTime: {constant: 50ms}}}\n" +
			"populations: {phones: {accounts: 2000, clientType: android, reconnect: full-jitter, login: auto, arrive: [{constant: {rate: 250/s}}]}}\n" +
			"timeline: [{name: deploy, at: 20s, restart: {downtime: 1s}}, {name: buckets, at: 20s, admission: {bucket: 70, every: 8s}}]\n",
			map[string]record.Class{"deploy": record.Recovering}, record.Recovering, []string{"all are back in about", "admission of 70 every 8s"}},
		{"more arrive than can be served, and three are cut", "duration: 60s\n" + oneWorker + fmt.Sprintf(impatient, 5000, "{constant: {rate: 60/s}}") +
			"timeline: [{name: cut, at: 30s, cut: {count: 3}}]\n", nil, record.NotRecovered, []string{"the arrivals alone ask for more than the capacity"}},
		{"a rush that is over", "duration: 100s\n" + oneWorker + fmt.Sprintf(impatient, 1000, "{atOnce: {}}"), nil, record.Metastable,
			[]string{"the rush of arrivals is over since second 5", "sustaining effect", "wasted"}},
		{"a rush that patience outlives", "duration: 100s\n" + strings.ReplaceAll(slowGateway, "1000", "4000") +
			"populations: {phones: {accounts: 4000, clientType: android, login: auto, arrive: [{atOnce: {}}]}}\n", nil, record.Recovered, nil},
		{"a stop to the end", "duration: 60s\n" + phones + "timeline: [{name: stop, at: 20s, stop: {}}]\n",
			map[string]record.Class{"stop": record.NotRecovered}, record.NotRecovered, []string{"still in force when the run ends"}},
		{"a brown-out to the end lets them in", "duration: 60s\ngateway: {auth: {workers: 4, queue: 2000, serviceTime: {constant: 20ms}}}\n" +
			"populations: {phones: {accounts: 2000, clientType: android, reconnect: nim-web, login: auto, arrive: [{constant: {rate: 100/s}}]}}\n" +
			"timeline: [{name: brown, at: 25s, brownOut: {service: 4, for: 5m}}, {name: cut, at: 30s, cut: {share: 100%}}]\n",
			map[string]record.Class{"cut": record.Recovering}, record.Recovering, []string{"still in force"}},
		{"all attempts are spent", "duration: 120s\n" + strings.ReplaceAll(phones, "login: auto", "login: auto, reconnect: {preset: nim-web, maxAttempts: 3}") +
			"timeline: [{name: out, at: 20s, restart: {downtime: 60s}}]\n", map[string]record.Class{"out": record.NotRecovered}, record.NotRecovered, []string{"500 of the 500 that are missing gave up"}},
		{"a profile that does not try again after 503", "duration: 60s\n" + strings.ReplaceAll(phones, "android", "ios") +
			"timeline: [{name: outage, at: 20s, authOutage: {for: 20s}}, {name: cut, at: 22s, cut: {share: 100%}}]\n",
			map[string]record.Class{"cut": record.NotRecovered}, record.NotRecovered, []string{"gave up", "refused as busy"}},
	} {
		_, all := simulate(t, compile(t, "name: class\n"+c.text))
		storms := all.Storms()
		for i := range storms[:len(storms)-1] {
			s := &storms[i]
			if want, ok := c.entries[s.Entry]; ok && s.Class != want || !ok && !s.Class.Good() && s.Hit > 3 {
				t.Errorf("%s: after %s %v, %s", c.name, s.Entry, s.Class, s.Because)
			}
			delete(c.entries, s.Entry)
		}
		run := &storms[len(storms)-1]
		if run.Class != c.run || len(c.entries) > 0 {
			t.Errorf("%s: %v, %s; without a storm: %v", c.name, run.Class, run.Because, c.entries)
		}
		for _, words := range c.says {
			if !strings.Contains(run.Because, words) {
				t.Errorf("%s: want %q in: %s", c.name, words, run.Because)
			}
		}
	}
}

// TestThresholdsFollowClasses: what is asked of a storm is not met where nobody gets
// in, and not where there is nothing to judge by.
func TestThresholdsFollowClasses(t *testing.T) {
	_, banned := simulate(t, compile(t, "name: ban\nduration: 60s\n"+people(500, "100/s", "retry: 3, after: 5s")+
		"timeline: [{name: ban, at: 20s, ban: {share: 50%, kick: true}}, {name: press, at: 30s, login: {share: 100%}}]\n"))
	_, gone := simulate(t, compile(t, "name: gone\nduration: 60s\n"+phones+
		"timeline: [{name: cut, at: 20s, cut: {share: 100%}}, {name: out, at: 20500ms, logout: {share: 100%}}]\n"))
	for _, c := range []struct {
		all   *record.Aggregate
		text  string
		pass  bool
		known bool
		says  string
	}{
		{banned, "storm() == recovered", false, true, "it was lockedOut"},
		{banned, "storm() == calm", false, true, "it was lockedOut"},
		{banned, "storm() == lockedOut", true, true, ""},
		{banned, "storm() != notRecovered", true, true, ""},
		{banned, "stranded() > 40%", true, true, ""},
		{banned, "stranded(status: forbidden, code: 422) == 250", true, true, ""},
		{banned, "stranded(after: ban) == 0", false, false, "made nobody drop who is expected back"},
		{gone, "storm(after: cut) == recovered", false, false, "nobody could come back"},
		{gone, "storm(after: cut) != metastable", false, false, "nobody could come back"},
		{gone, "stranded(after: cut) == 500", true, true, ""},
	} {
		threshold, err := record.ParseThreshold(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if o := threshold.Evaluate(c.all); o.Pass != c.pass || o.Known != c.known || !strings.Contains(o.Reason, c.says) {
			t.Errorf("%s: %+v", c.text, o)
		}
	}
}
