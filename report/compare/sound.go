package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"loginstorm/sim/record"
)

// mustAgree are the parts of a scenario that make it the same story, mayDiffer those
// that are often what is compared.
var (
	mustAgree = [...]string{"populations", "timeline"}
	mayDiffer = [...]string{"gateway", "network", "app", "addressServer"}
)

const simulate = "simulate"

// sound finds out why runs may not be held against each other.
func (c *Result) sound(base, candidate []*Run, allow []string) {
	if len(base) == 0 || len(candidate) == 0 {
		c.fault("there are no runs on one of the two sides")
		return
	}
	for _, side := range [...]struct {
		name string
		runs []*Run
	}{{"base", base}, {"candidate", candidate}} {
		seeds := map[uint64]string{}
		for _, r := range side.runs {
			c.whole(side.name, r)
			if other, twice := seeds[r.Manifest.Seed]; twice && r.Manifest.Driver == simulate {
				c.fault("%s: %s and %s are simulations of one seed, and so one run: give each a --seed of its own", side.name, other, r.Dir)
			}
			seeds[r.Manifest.Seed] = r.Dir
		}
	}
	all := slices.Concat(base, candidate)
	for i, r := range all {
		if slices.ContainsFunc(all[:i], func(o *Run) bool { return o.Dir == r.Dir && r.Dir != "" }) {
			c.fault("%s is given twice", r.Dir)
		}
	}
	for _, r := range all[1:] {
		c.alike(all[0], r, allow)
	}
}

// whole checks that a run's figures are about the gateway, up to its end.
func (c *Result) whole(side string, r *Run) {
	why := ""
	if len(r.Reasons) > 0 {
		why = ": " + r.Reasons[0]
	}
	if _, is := r.accident(); is {
		return // It is set aside, or a fault already.
	}
	switch v := r.Manifest.Verdict; {
	case v == record.Broken:
		c.fault("%s: %s broke a rule%s", side, r.Dir, why)
	case r.Interrupted != "":
		c.fault("%s: %s ended itself before its time, so its figures are of another stretch: %s", side, r.Dir, r.Interrupted)
	case v == record.Failed:
		c.note("%s: a threshold of %s was crossed%s", side, r.Dir, why)
	}
}

// alike checks that two runs tell one story. The seed is not part of it: other seeds
// are what makes runs independent.
func (c *Result) alike(a, b *Run, allow []string) {
	m, n := &a.Manifest, &b.Manifest
	if m.Driver != n.Driver {
		c.fault("%s is from %s and %s from %s", a.Dir, m.Driver, b.Dir, n.Driver)
	}
	if m.Known.Planned != n.Known.Planned {
		c.fault("the durations differ: %s lasts %s and %s %s", a.Dir, record.FormatSpan(m.Known.Planned.Duration()), b.Dir, record.FormatSpan(n.Known.Planned.Duration()))
	}
	if m.Known.Injected != n.Known.Injected {
		c.fault("latency was injected in some of the runs alone")
	}
	if !slices.Equal(m.Known.Clients, n.Known.Clients) && !slices.Contains(allow, "populations") {
		c.fault("the populations differ in size: %v clients in %s and %v in %s; were they scaled alike?", m.Known.Clients, a.Dir, n.Known.Clients, b.Dir)
	}
	var p, q map[string]json.RawMessage
	if json.Unmarshal(m.Scenario, &p) != nil || json.Unmarshal(n.Scenario, &q) != nil {
		c.fault("the scenario is missing in %s or %s", a.Dir, b.Dir)
		return
	}
	for _, key := range mustAgree {
		if bytes.Equal(compact(p[key]), compact(q[key])) {
			continue
		}
		if slices.Contains(allow, key) {
			c.note("the scenarios differ in %s, as was allowed", key)
		} else {
			c.fault("the scenarios differ in their %s: if that is what is compared, --allow %s", key, key)
		}
	}
	for _, key := range mayDiffer {
		if !bytes.Equal(compact(p[key]), compact(q[key])) {
			c.note("the scenarios differ in %s: that is part of what is compared", key)
		}
	}
	e, f := &m.Environment, &n.Environment
	if m.Driver != simulate && (e.Host != f.Host || e.CPU != f.CPU || e.CPUs != f.CPUs || e.GoProcs != f.GoProcs) {
		c.note("the machines differ: a difference may be theirs; --interleave runs both sides on one")
	}
}

func compact(raw json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

// fault and note add a sentence once.
func (c *Result) fault(format string, args ...any) { addOnce(&c.Faults, format, args) }
func (c *Result) note(format string, args ...any)  { addOnce(&c.Notes, format, args) }

// maxSentences bounds what is said of one kind.
const maxSentences = 20

func addOnce(to *[]string, format string, args []any) {
	if text := fmt.Sprintf(format, args...); len(*to) < maxSentences && !slices.Contains(*to, text) {
		*to = append(*to, text)
	}
}
