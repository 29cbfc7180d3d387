package html

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// assumption is a rule that nothing public settles, and that shapes a figure of this
// page: its numbers are the project's own choice or the scenario's.
type assumption struct {
	Number int
	Text   string
	shapes []string // Beginnings of the ids of charts and sections.
}

// resolved is what the assumptions need of a scenario as it was resolved.
type resolved struct {
	Target struct {
		URL string `json:"url"`
	} `json:"target"`
	Gateway struct {
		MultiDevice    json.RawMessage `json:"multiDevice"`
		RateLimit      json.RawMessage `json:"rateLimit"`
		SessionTimeout json.RawMessage `json:"sessionTimeout"`
	} `json:"gateway"`
	Populations map[string]struct {
		ClientType json.RawMessage `json:"clientType"`
		Profile    json.RawMessage `json:"profile"`
		Reconnect  json.RawMessage `json:"reconnect"`
		Token      json.RawMessage `json:"token"`
	} `json:"populations"`
	Timeline []map[string]json.RawMessage `json:"timeline"`
}

// assumed lists what shapes the figures of these runs, numbered in their order. The
// numbers of the rules are marked [ours] in the spec; the sections are cited.
func assumed(stories []*story) []assumption {
	var all []assumption
	add := func(text string, shapes ...string) {
		if !slices.ContainsFunc(all, func(a assumption) bool { return a.Text == text }) {
			all = append(all, assumption{len(all) + 1, text, shapes})
		}
	}
	for _, s := range stories {
		var r resolved
		if json.Unmarshal(s.run.Manifest.Scenario, &r) != nil {
			continue
		}
		r.clients(add)
		r.gateway(add, s.sum.Driver)
		s.met(add)
	}
	return all
}

// has reports whether a value of the scenario, whatever its form, has a word in it.
func has(raw json.RawMessage, word string) bool { return strings.Contains(string(raw), `"`+word+`"`) }

// clients are assumptions about SDKs. Spec 7.
func (r *resolved) clients(add func(string, ...string)) {
	for _, name := range sortedNames(r.Populations) {
		p := r.Populations[name]
		policy := p.Reconnect
		if len(policy) == 0 || string(policy) == "null" {
			policy = p.Profile
		}
		if has(policy, "nim-android") {
			add("The reconnect policy nim-android is unpublished and taken to be equal to that of nim-ios (2, 4, 6, 8, 16, 32, 64 s): every wave and every recovery of these clients follows from that.", "rate", "recovery", "storms", "loggedin", "status")
		}
		if has(policy, "xmpp") {
			add("Of the policy xmpp only the first delay (0 to 60 s) is published; the delays after it (2, 4, 8, ... s, at most 120 s) are assumed.", "rate", "recovery", "storms")
		}
		if has(p.ClientType, "windowsPhone") {
			add("Windows Phone is taken to belong to the mobile class of devices that exclude each other.", "kicks")
		}
		if has(p.Token, "dynamic") {
			add("The clock of whoever made a dynamic token may be 5 minutes ahead of the gateway's: the published rule is about checksums, and of tokens it does not say.", "codes")
		}
	}
	if len(r.Populations) > 0 {
		add("Which login timeout (8 s on the web, 30 s elsewhere) belongs to which platform is assumed; so is that a failing network leads to netBroken from every step of a login.", "latency", "codes", "percentiles")
	}
}

// gateway are assumptions about the server that the scenario describes. Spec 6.
func (r *resolved) gateway(add func(string, ...string), driver string) {
	if r.Target.URL != "" && driver != "simulate" {
		return // Somebody else's gateway has rules of its own.
	}
	if len(r.Gateway.RateLimit) > 0 && string(r.Gateway.RateLimit) != "null" {
		add("No public source gives the number, the window or the penalty of the 416 limit: they are the scenario's. That it counts manual logins by account, unless told otherwise, follows from the published wording.", "limit", "codes")
	}
	if has(r.Gateway.MultiDevice, "custom") || strings.Contains(string(r.Gateway.MultiDevice), "custom") {
		add("The vendor names the policy custom and describes no details: the sets are the scenario's.", "kicks")
	}
	for _, entry := range r.Timeline {
		text, err := json.Marshal(entry)
		if err != nil || !strings.Contains(string(text), "halfOpen") && !strings.Contains(string(text), "networkLost") && !strings.Contains(string(text), "freeze") {
			continue
		}
		timeout := "90 s"
		if len(r.Gateway.SessionTimeout) > 0 {
			timeout = strings.Trim(string(r.Gateway.SessionTimeout), `"`)
		}
		add(fmt.Sprintf("How long the gateway keeps the session of a silent client is not published; here it is %s.", timeout), "recovery", "status", "kicks")
	}
	add("In which order the gateway judges a login (admission, frequency, version, credentials, ban, device, multi-device policy), and that a login whose link is gone still costs its service time, is put together from documented parts.", "rate", "codes", "storms")
}

// met are assumptions about codes that the run met. Spec 5 and 6.6.
func (s *story) met(add func(string, ...string)) {
	for _, a := range s.sum.Attempts {
		switch {
		case a.Code == "417":
			add("An automatic login from a device that is not the last one gets 417; that of the devices before it only those count which the policy excludes against it is assumed.", "codes", "kicks", "status")
		case len(a.Code) == 5 && strings.HasPrefix(a.Code, "200"):
			add("That an SDK does not repeat a login which the app's own check refused (20000 to 20099) is assumed.", "codes", "rate")
		}
	}
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// marks are the numbers of the assumptions that shape a chart or a section.
func marks(all []assumption, id string) (numbers []int) {
	for _, a := range all {
		if slices.ContainsFunc(a.shapes, func(s string) bool { return strings.HasPrefix(id, s) }) {
			numbers = append(numbers, a.Number)
		}
	}
	return numbers
}
