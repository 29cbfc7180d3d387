package record

import (
	"strings"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
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

// Every way to be away has words. A terminal status is one that a rule holds or that
// another device brought about, unless its owner is about to leave it by hand; and who
// does nothing more after a failure is not said to wait.
func TestEveryFateHasWords(t *testing.T) {
	for status := login.Unknown; int(status) < login.Statuses; status++ {
		for code := range uint8(Codes + 1) {
			for reason := range uint8(Reasons) {
				for next := Untold; next <= Rests; next++ {
					k := stranded{entry: NoEntry, status: status, code: code, reason: reason, next: next}
					fate, why := k.why()
					barred := fate == Locked || fate == Replaced || fate == Trying && next == Tries
					if why == "" || status.Terminal() && !barred || !status.Terminal() && strings.Contains(why, byHand) ||
						fate == GaveUp && next != Spent && next != Quits || fate == Trying && (next == Spent || next == Quits) && status == login.UnLogin {
						t.Errorf("%v after %s, %s, %v: %v, %q", status, CodeName(int(code)), ReasonName(int(reason)), next, fate, why)
					}
				}
			}
		}
	}
}

// What brings somebody back differs by what keeps them out. Spec 1, 5, 6.
func TestWhatBringsThemBack(t *testing.T) {
	for _, c := range []struct {
		status login.Status
		code   wire.Code
		reason wire.Reason
		next   Next
		fate   Fate
		says   string
	}{
		{login.Forbidden, wire.AccountDisabled, 0, Rests, Locked, "has to be unbanned: until then no login helps"},
		{login.Forbidden, wire.AccountDisabled, 0, Tries, Locked, "has to be unbanned: until then no login helps"},
		{login.Forbidden, wire.NotPermitted, 0, Rests, Locked, "not permitted, and has to be enabled"},
		{login.VersionError, wire.VersionTooOld, 0, Rests, Locked, "only an update"},
		{login.PwdError, wire.Mismatch, 0, Rests, Locked, "with a good token"},
		{login.PwdError, wire.NoSuchAccount, 0, Rests, Locked, "has to be registered"},
		{login.PwdError, wire.BadParameter, 0, Rests, Locked, "a parameter or a checksum"},
		{login.KickOut, wire.Success, wire.ByServer, Rests, Locked, "not even that while the account is banned"},
		{login.KickOut, wire.Success, wire.ByServer, Tries, Trying, "about to log in by hand"},
		{login.KickOut, wire.Success, wire.ByLogin, Rests, Replaced, "another device logged in"},
		{login.KickOut, wire.Success, wire.ByLogin, Tries, Replaced, "about to log in by hand"},
		{login.KickOutByOtherClient, wire.Success, wire.ByOtherClient, Rests, Replaced, "asked for it"},
		{login.KickOut, wire.NotLastDevice, 0, Rests, Locked, "another device holds the place"},
		{login.UnLogin, wire.TooOften, 0, Tries, Locked, "wait for the end of the penalty"},
		{login.UnLogin, wire.TooOften, 0, Spent, Locked, "they gave up"},
		{login.UnLogin, wire.ThirdPartyFirst, 0, Spent, Locked, "the app's own check"},
		{login.UnLogin, wire.Unavailable, 0, Tries, Trying, "they wait to try again"},
		{login.UnLogin, wire.Unavailable, 0, Spent, GaveUp, "no attempt is left"},
		{login.UnLogin, wire.TimedOut, 0, Quits, GaveUp, "nobody presses the button again"},
		{login.UnLogin, wire.Disconnected, 0, Rests, Left, "logged out"},
		{login.UnLogin, wire.Success, 0, Rests, Left, "logged out"},
		{login.Unknown, wire.Success, 0, Rests, Left, "the process is dead"},
		{login.Unknown, wire.TimedOut, 0, Tries, Trying, "open the app again"},
		{login.NetBroken, wire.Disconnected, 0, Tries, Trying, "waiting to try again"},
		{login.Connecting, wire.Success, 0, Tries, Coming, "on their way"},
		{login.Connecting, wire.TimedOut, 0, Tries, Trying, "on their way"},
	} {
		k := stranded{entry: NoEntry, status: c.status, code: uint8(codeSlot(c.code)), reason: uint8(c.reason), next: c.next}
		if fate, why := k.why(); fate != c.fate || !strings.Contains(why, c.says) {
			t.Errorf("%v after %d, %v: %v, %q", c.status, c.code, c.next, fate, why)
		}
	}
}
