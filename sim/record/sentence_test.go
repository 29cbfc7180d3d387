package record

import (
	"strings"
	"testing"
	"time"

	"loginstorm/sim/login"
)

func TestWaveText(t *testing.T) {
	at := func(second int, n uint64) Wave { return Wave{At: Seconds(second) * Seconds(time.Second), Attempts: n} }
	even := []Wave{at(1, 9), at(9, 9), at(17, 8), at(25, 7)}
	for want, s := range map[string]Storm{
		"": {WaveCount: 1, Waves: []Wave{at(3, 9)}},
		"a second wave of 1,850 attempts began 8s after the first":         {Entry: "x", WaveCount: 2, Waves: []Wave{at(3, 2000), at(11, 1850)}},
		"4 waves: a second wave of 20 attempts began 1m1s after the first": {Entry: "x", WaveCount: 4, Waves: []Wave{at(3, 20), at(64, 20), at(70, 20)}},
		"2 waves, the second one of 1,850 attempts 8s after the first":     {WaveCount: 2, Waves: []Wave{at(3, 2000), at(11, 1850)}},
		"9 waves, one every 8s":                          {WaveCount: 9, Regular: 9, Period: Seconds(8 * time.Second), Waves: even},
		"9 waves, 7 of them in a row one every 8s":       {Entry: "x", WaveCount: 9, Regular: 7, Hit: 9, Attempts: 9, Period: Seconds(8 * time.Second), Waves: even},
		"3 waves, one every 8s":                          {Entry: "x", Ended: "back", WaveCount: 3, Regular: 3, Period: Seconds(8 * time.Second), Waves: even[:3]},
		"4 waves, one every 8s":                          {Entry: "x", Ended: "back", WaveCount: 4, Regular: 4, Period: Seconds(8 * time.Second), Waves: []Wave{at(1, 90), at(9, 30), at(17, 90), at(25, 30)}},
		"4 waves, one every 8s: the herd stays in phase": {Entry: "x", WaveCount: 4, Regular: 4, Period: Seconds(8 * time.Second), Waves: even},
		"5 waves, one every 8s: the herd stays in phase, as backoff without jitter keeps it": {Entry: "x", Ended: "back", HerdIndex: 9, WaveCount: 5, Regular: 5, Period: Seconds(8 * time.Second),
			Waves: even},
		"4 waves, one every 8s: the herd stays in phase, as backoff without jitter keeps it (wholly in phase its herd index is 8)": {Entry: "x", Ended: "back", HerdIndex: 7, WaveCount: 4, Regular: 4,
			Period: Seconds(8 * time.Second), Waves: even},
	} {
		if got := s.WaveText(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	for want, got := range map[string]string{
		"1,850": Ratio(1850.4), "7.6": Ratio(7.6), "12": Ratio(12.01), "0": perSecond(0), "0.35": perSecond(.354), "48.2": perSecond(48.21), "900": perSecond(899.6),
		"15 %": Percent(.15), "99.9 %": Percent(.999), "< 0.01 %": Percent(.00001), "0 %": Percent(0), "100 %": Percent(1), "> 99.99 %": Percent(.999999), "0.25 %": Percent(.0025),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Every way to be away has words, and a terminal status is one that a rule holds.
func TestEveryFateHasWords(t *testing.T) {
	for status := login.Unknown; int(status) < login.Statuses; status++ {
		for code := range uint8(Codes + 1) {
			for reason := range uint8(Reasons) {
				fate, why := stranded{status: status, code: code, reason: reason}.why()
				if why == "" || status.Terminal() && fate != Locked || !status.Terminal() && strings.Contains(why, byHand) {
					t.Errorf("%v after %s, %s: %v, %q", status, CodeName(int(code)), ReasonName(int(reason)), fate, why)
				}
			}
		}
	}
}
