package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

func TestNormalFillsDefaultsIn(t *testing.T) {
	got := Config{}.Normal()
	if got.Nodes != 1 || got.SessionTimeout != 90*time.Second {
		t.Errorf("got %+v", got)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	given := Config{Nodes: 3, SessionTimeout: time.Second}
	if diff := cmp.Diff(given, given.Normal()); diff != "" {
		t.Error(diff)
	}
}

// TestValidateReportsEverythingAtOnce names a word of each fault.
func TestValidateReportsEverythingAtOnce(t *testing.T) {
	bad := Config{
		Nodes: AllNodes, Accounts: NoAccount,
		MultiDevice:    MultiDevice{Policy: 9, Custom: [][]wire.ClientType{{wire.REST}}},
		RateLimit:      RateLimit{Scope: 7, Counts: 8, Limit: MaxRateLimit + 1, Penalty: -1},
		Auth:           Auth{ServiceTime: chance.Dist{A: -1}, Hint: -1},
		Sync:           chance.Dist{Shape: 99},
		SessionTimeout: -1, Linger: -1,
	}
	_, err := New(bad)
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, word := range []string{"nodes", "accounts", "policy: unknown", "belong to custom", "client type 32", "scope", "counts", "limit: at most",
		"window", "penalty", "service time", "auth hint", "sync", "session timeout", "linger"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not reported in:\n%v", word, err)
		}
	}
}

func TestCommandsRoundTripThroughJSON(t *testing.T) {
	full := Command{
		Kind: SetMultiDevice, Node: 3, Orderly: true, KeepSessions: true, AllBut: true, Kick: true, Account: 1<<32 - 2,
		Token: 1<<64 - 1, Version: 90500, Workers: 250, ServiceTime: 4000, SyncTime: 3000, Code: wire.Unavailable,
		Downtime: 10 * time.Second, Hint: time.Millisecond, Devices: []uint64{1, 1<<53 - 1},
		MultiDevice: &MultiDevice{Policy: PolicyCustom, Custom: [][]wire.ClientType{{wire.Android, wire.Web}}},
		RateLimit:   &RateLimit{Scope: ByIP, Counts: CountFailed, Limit: 5, Window: time.Minute, Penalty: time.Second, CountRefused: true, Hint: true},
	}
	commands := []Command{full}
	for k := Restart; k <= Undrain; k++ {
		commands = append(commands, Command{Kind: k})
	}
	for _, want := range commands {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Command
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	text, _ := json.Marshal(Command{Kind: SetRateLimit, RateLimit: &RateLimit{Limit: 5, Window: time.Second}})
	want := `{"kind":"setRateLimit","rateLimit":{"scope":"account","counts":"manual","limit":5,"window":1000000000}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	var c Command
	if err := json.Unmarshal([]byte(`{"kind":"reboot"}`), &c); err == nil || !strings.Contains(err.Error(), `command "reboot": not one of none, restart`) {
		t.Errorf("got %v", err)
	}
}

func TestNamesReadBack(t *testing.T) {
	for p := PolicyOne; p <= PolicyCustom; p++ {
		var got Policy
		if err := got.UnmarshalText([]byte(p.String())); err != nil || got != p {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	for s := ByAccount; s <= ByApp; s++ {
		var got Scope
		if err := got.UnmarshalText([]byte(s.String())); err != nil || got != s {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	for c := CountManual; c <= CountFailed; c++ {
		var got Counts
		if err := got.UnmarshalText([]byte(c.String())); err != nil || got != c {
			t.Errorf("%v: %v, %v", c, got, err)
		}
	}
	for what, names := range map[string][2]string{
		"input": {Commanded.String(), "commanded"}, "output": {SessionEnded.String(), "sessionEnded"},
		"cause": {Drained.String(), "drained"}, "command": {Undrain.String(), "undrain"},
		"beyond": {CommandKind(99).String(), "99"},
	} {
		if names[0] != names[1] {
			t.Errorf("%s: got %s, want %s", what, names[0], names[1])
		}
	}
	if _, err := Policy(77).MarshalText(); err == nil {
		t.Error("a policy that is none has a text")
	}
}
