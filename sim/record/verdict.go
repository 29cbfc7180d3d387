package record

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verdict is how a run ended.
type Verdict uint8

const (
	// Running is the verdict of a run that has not ended, or was killed.
	Running Verdict = iota
	// Pass: nothing below holds.
	Pass
	// Failed: a threshold was crossed.
	Failed
	// Invalid: the generator was the bottleneck, so the figures are about it.
	Invalid
	// Broken: an oracle found a rule broken.
	Broken
)

// String is the verdict as files and people have it.
func (v Verdict) String() string {
	switch v {
	case Pass:
		return "pass"
	case Failed:
		return "failed"
	case Invalid:
		return "invalid"
	case Broken:
		return "broken"
	}
	return "running"
}

// MarshalText writes the verdict's word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the verdict's word.
func (v *Verdict) UnmarshalText(b []byte) error {
	for *v = Running; *v <= Broken; *v++ {
		if v.String() == string(b) {
			return nil
		}
	}
	return fmt.Errorf("read verdict: unknown word %q", b)
}

// Shortage is something that ran out on the generator's side.
type Shortage struct {
	What   string `json:"what"`   // "file descriptors: 1,024 of the 5,200 needed"
	Remedy string `json:"remedy"` // "raise the limit: ulimit -n 8192"
}

// Judgement is a verdict with its reasons.
type Judgement struct {
	Verdict Verdict `json:"verdict"`
	// Reasons says why, one sentence each; empty for Pass.
	Reasons []string `json:"reasons,omitempty"`
	// Remedies says what to change; for Invalid alone.
	Remedies []string `json:"remedies,omitempty"`
	// Lateness is the worst of the generator's, also when it was fine.
	Lateness []Lateness `json:"lateness,omitempty"`
}

// Judge gives the verdict, the first that holds: broken (findings of an oracle,
// one sentence each), invalid (shortages, or the generator's own lateness),
// failed (a threshold that is not met, or that has nothing to be judged by), pass.
func (a *Aggregate) Judge(broken []string, shortages []Shortage, outcomes []Outcome) Judgement {
	j := Judgement{Verdict: Pass, Lateness: a.Lateness()}
	if len(broken) > 0 {
		j.Verdict, j.Reasons = Broken, broken
		return j
	}
	for _, s := range shortages {
		j.Verdict = Invalid
		j.Reasons = append(j.Reasons, "the generator ran short of "+s.What)
		if s.Remedy != "" {
			j.Remedies = append(j.Remedies, s.Remedy)
		}
	}
	for i, l := range j.Lateness {
		if l.Invalid {
			j.Verdict = Invalid
			j.Reasons = append(j.Reasons, l.reason())
			cause, remedy := a.cause(&l)
			again := slices.ContainsFunc(j.Lateness[:i], func(o Lateness) bool { return o.Invalid && o.Cause == cause && cause != ByUnknown })
			if !again && !slices.Contains(j.Remedies, remedy) { // One for what has one cause.
				j.Remedies = append(j.Remedies, remedy)
			}
			j.Lateness[i].Cause = cause
		}
	}
	if j.Verdict == Invalid {
		return j
	}
	for _, o := range outcomes {
		if !o.Pass {
			j.Verdict = Failed
			j.Reasons = append(j.Reasons, o.Explain())
		}
	}
	return j
}

const (
	// lateFloor and lateShare are the rule for an invalid run: the p99 of the
	// generator's lateness is above 5 ms and above a tenth of the corrected p99.
	lateFloor = 5 * time.Millisecond
	lateShare = 10
)

// Lateness is the interval in which a kind of lateness was worst.
type Lateness struct {
	Kind    string `json:"kind"`
	From    int    `json:"from_second"`  // First second.
	Until   int    `json:"until_second"` // The second behind the last one.
	Late    Brief  `json:"late"`         // The generator's lateness then.
	Connect Brief  `json:"connect_to_logged_in"`
	Invalid bool   `json:"invalid"` // The rule holds.
	// Cause is why, as far as the generator's health tells: ByQuota and so on; of an
	// invalid interval alone.
	Cause  string  `json:"cause,omitempty"`
	excess float64 // How far above what is allowed; 1 = at the limit.
	few    bool    // Too few values for a p99: the medians are compared.
}

// reason says what was late.
func (l Lateness) reason() string {
	what := map[string]string{"start_lateness": "attempts began", "timer_lateness": "deadlines were carried out",
		"record_lateness": "arrived frames were handled"}[l.Kind]
	rank := "p99"
	if l.few {
		rank = "p50"
	}
	late, connect := l.figures()
	return fmt.Sprintf("the generator was the bottleneck in seconds %d to %d: %s up to %s late at %s (%d samples), beside a %s of %s (%d samples) for connect_to_logged_in",
		l.From, l.Until, what, FormatSpan(late.Duration()), rank, l.Late.Count, rank, FormatSpan(connect.Duration()), l.Connect.Count)
}

// figures are the two that the rule compares.
func (l Lateness) figures() (late, connect Seconds) {
	if l.few {
		return l.Late.P50, l.Connect.P50
	}
	return l.Late.P99, l.Connect.P99
}

// remedy says what to change.
func (l Lateness) remedy() string {
	if strings.HasPrefix(l.Kind, "start") {
		return "give the generator more cores, lower the arrival rate, or spread the cut over more time"
	}
	return "give the generator more cores or fewer clients, and keep the target on other cores"
}
