package virtual

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"loginstorm/sim/oracle"
)

// invent makes a small world of a seed: some clients of few accounts, whatever
// can happen to them within two minutes, then time to heal.
func invent(seed uint64) (settings, lines string) {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	latency := pick("0s", "1ms", "30ms", "400ms", "2s")
	policy, clients := pick("one", "class", "all"), 2+r.IntN(14)
	accounts := 1 + r.IntN(1+clients/3)
	if r.IntN(4) == 0 { // A crowd at the device limit.
		policy, clients, accounts = "all", 11+r.IntN(5), 1
	}
	settings = fmt.Sprintf("seed=%d duration=8m policy=%s latency=%s nodes=%d sync=%s", seed, policy, latency,
		1+r.IntN(3), pick("0s", "50ms"))
	settings += pick("", " limit=2", " limit=1 penalty=20s") + pick("", " workers=1 queue=3 service=200ms") +
		pick("", " linger=10s") + pick("", " evicts=") + pick("", " timeout=40s")
	if r.IntN(2) == 0 && latency != "2s" { // What has to be asked first would outlast every time-out.
		settings += " app=" + pick("0s", "20ms", "2s") + pick("", " ttl=90s", " skew=-10s") + pick("", " address=50ms")
	}
	var b strings.Builder
	for who := range clients {
		profile := pick("nim-android", "nim-ios", "nim-web", "nim-macos", "nim-windows", "nim-flutter-2023")
		way := "manual"
		if profile == "nim-android" || profile == "nim-ios" {
			way = pick("manual", "auto")
		}
		fmt.Fprintf(&b, "client c%d account=%d profile=%s login=%s at=%dms %s %s %s\n", who, r.IntN(accounts), profile, way,
			r.IntN(20)*r.IntN(2)*500, pick("", "reconnect=rongcloud", "reconnect=openim", "reconnect=full-jitter"),
			pick("", "", "relogin=3s"), pick("", "retry=2", "force", "force")+" "+person(pick))
	}
	for range r.IntN(30) {
		at, a, c := r.IntN(120_000), r.IntN(clients), r.IntN(clients)
		switch r.IntN(16) {
		case 0, 1, 2:
			fmt.Fprintf(&b, "%dms cut c%d %s\n", at, a, pick("reset", "close", "halfOpen", "freeze", "heal", "thaw"))
		case 3:
			fmt.Fprintf(&b, "%dms networkLost c%d\n%dms networkBack c%d\n", at, a, at+r.IntN(60_000), a)
		case 4:
			fmt.Fprintf(&b, "%dms kill c%d\n%dms %s c%d\n", at, a, at+r.IntN(20_000), pick("start", "autoLogin"), a)
		case 5, 6:
			fmt.Fprintf(&b, "%dms %s c%d\n", at, pick("login", "login", "logout"), a)
		case 7:
			fmt.Fprintf(&b, "%dms kickOther c%d c%d\n", at, a, c)
		case 8:
			fmt.Fprintf(&b, "%dms restart downtime=%dms %s %s\n", at, r.IntN(20_000), pick("", "orderly"), pick("", "keep", "node=0"))
		case 9:
			fmt.Fprintf(&b, "%dms kickServer account=%d %s\n", at, r.IntN(accounts), pick("", fmt.Sprintf("but=c%d", a)))
		case 10:
			fmt.Fprintf(&b, "%dms ban account=0 %s\n%dms unban account=0\n", at, pick("", "kick="), at+r.IntN(30_000))
		case 11:
			fmt.Fprintf(&b, "%dms %s\n", at, pick("policy one", "policy class", "policy all", "rotate account=0", "outage 503 downtime=5s",
				"refuse downtime=3s", "drain downtime=4s node=0\n125s undrain"))
		case 12, 13:
			fmt.Fprintf(&b, "%dms %s c%d %s\n%dms calm c%d\n", at, pick("slow", "delay", "loss", "unreachable", "nameless"), a,
				pick("bandwidth=100 by=2s rate=1000000", "bandwidth=2000 by=50ms rate=500000"), at+r.IntN(60_000), a)
		case 14:
			fmt.Fprintf(&b, "%dms databaseFails c%d\n%dms databaseWorks c%d\n", at, a, at+r.IntN(60_000), a)
		case 15:
			fmt.Fprintf(&b, "%dms %s\n", at, pick("stall downtime=15s node=0", "stall downtime=1s", "backend app fails=500000 downtime=20s",
				"backend app service=9000 downtime=20s", "backend address fails=1000000 downtime=20s", "admission 1\n125s admission 0",
				"brownOut downtime=10s", "sessionTimeout downtime=20s\n125s sessionTimeout"))
		}
	}
	return settings, b.String()
}

// person is somebody with habits and a way to get a token.
func person(pick func(from ...string) string) string {
	return pick("", "", "outage=15s", "session=20s pause=5s", "session=20s pause=5s switch=2") + " " + pick("", "think=2s") + " " +
		pick("", "", "fetch=first", "fetch=every") + " " + pick("", "", "", "auth=dynamic", "auth=thirdParty")
}

// seeds is how many worlds a test run invents; raise it to hunt.
const seeds = 200

// TestRandomWorlds invents worlds, lets the oracles watch, and demands that once
// nothing happens any more everybody who may come back does.
func TestRandomWorlds(t *testing.T) {
	const parts = 8 // Worlds have nothing in common: a core each.
	for part := range uint64(parts) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := part; seed < seeds; seed += parts {
				tellWorld(t, seed)
			}
		})
	}
}

// tellWorld tells the world of a seed twice. A fault ends the test, with what
// replays it.
func tellWorld(t *testing.T, seed uint64) {
	t.Helper()
	settings, lines := invent(seed)
	w, err := read(settings, lines)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	story, r := tell(t, w)
	if again, b := tell(t, w); again != story || b.Digest != r.Digest {
		t.Errorf("two runs differ")
	}
	for _, why := range []oracle.Why{oracle.Stuck, oracle.StillTrying} {
		if r.Convergence.Count[why] > 0 {
			t.Errorf("%d clients are %v: %+v", r.Convergence.Count[why], why, r.Convergence)
		}
	}
	if t.Failed() {
		t.Fatalf("seed %d, to be put into a story of testdata:\nstory %s\n%s----\n%s", seed, settings, lines, story)
	}
}
