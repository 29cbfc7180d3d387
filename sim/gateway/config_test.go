package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/backend"
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
		Admission:      Admission{Bucket: 1},
		Auth:           Auth{ServiceTime: chance.Dist{A: -1}, Hint: -1},
		Sync:           chance.Dist{Shape: 99},
		SessionTimeout: -1, Linger: -1,
	}
	_, err := New(bad)
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, word := range []string{"nodes", "accounts", "policy: unknown", "belong to custom", "client type 32", "scope", "counts", "limit: at most",
		"window", "penalty", "admission every", "service time", "auth hint", "sync", "session timeout", "linger"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not reported in:\n%v", word, err)
		}
	}
}

// TestACommandIsWrongInEveryWayAtOnce names a word of each fault.
func TestACommandIsWrongInEveryWayAtOnce(t *testing.T) {
	bad := Command{
		Downtime: -1, Hint: -1, Accounts: make([]uint32, MaxBatch+1), Devices: make([]uint64, MaxBatch+1),
		Workers: MaxFactor + 1, ServiceTime: MaxFactor + 1, SyncTime: MaxFactor + 1, Fails: 1_000_001, Denies: 1_000_001,
		Token: 1, Rotation: MaxRotation + 1, Code: wire.Success, Backend: 7,
	}
	always := []string{"downtime", "hint", "accounts", "devices", "workers", "service time", "sync time", "fails", "denies:"}
	filled := bad
	filled.MultiDevice, filled.RateLimit, filled.Admission = &MultiDevice{Policy: 9}, &RateLimit{Scope: 9}, &Admission{Every: -1}
	for _, c := range []struct {
		kind  CommandKind
		from  Command
		words []string
	}{
		{NoCommand, bad, []string{"command none: unknown"}}, {99, bad, []string{"command 99: unknown"}},
		{Restart, bad, nil}, {SetBackend, bad, []string{"backend: unknown: 7", "7 denies nobody", "code 200 is no verdict"}},
		{SetMultiDevice, bad, []string{"no policy"}}, {SetMultiDevice, filled, []string{"policy: unknown"}},
		{SetRateLimit, bad, []string{"no rate limit"}}, {SetRateLimit, filled, []string{"rate limit scope"}},
		{SetAdmission, bad, []string{"no admission"}}, {SetAdmission, filled, []string{"admission every"}},
		{Outage, bad, []string{"no refusal"}},
		{RotateToken, bad, []string{"both a token and a rotation", "rotation: at most"}},
	} {
		c.from.Kind = c.kind
		err := c.from.Validate()
		if err == nil {
			t.Errorf("%v: no fault found", c.kind)
			continue
		}
		for _, word := range append(c.words, always...) {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%v: %q is not reported in:\n%v", c.kind, word, err)
			}
		}
		if got, want := strings.Count(err.Error(), "\n")+1, len(c.words)+len(always); got != want {
			t.Errorf("%v: %d faults, want %d:\n%v", c.kind, got, want, err)
		}
	}
}

func TestCommandsRoundTripThroughJSON(t *testing.T) {
	full := Command{
		Kind: SetMultiDevice, Node: 3, Orderly: true, KeepSessions: true, AllBut: true, Kick: true, Account: 1<<32 - 2,
		Token: 1<<64 - 1, Version: 90500, Workers: 250, ServiceTime: 4000, SyncTime: 3000, Code: wire.Unavailable,
		Downtime: 10 * time.Second, Hint: time.Millisecond, Devices: []uint64{1, 1<<53 - 1},
		Accounts: []uint32{0, 1<<32 - 2}, Rotation: MaxRotation, Fails: 1_000_000, Denies: 1_000_000, Backend: backend.Address,
		Admission:   &Admission{Bucket: 512, Every: 2 * time.Second, Hint: true},
		MultiDevice: &MultiDevice{Policy: PolicyCustom, Custom: [][]wire.ClientType{{wire.Android, wire.Web}}},
		RateLimit:   &RateLimit{Scope: ByIP, Counts: CountFailed, Limit: 5, Window: time.Minute, Penalty: time.Second, CountRefused: true, Hint: true},
	}
	commands := []Command{full}
	for k := Restart; k <= SetBackend; k++ {
		commands = append(commands, Command{Kind: k}, Command{Kind: k, Node: AllNodes})
	}
	// What is 0 means the same whether it is written or left out.
	commands = append(commands, Command{Kind: SetBackend, Backend: backend.App, Fails: 1}, Command{Kind: Stall, Node: 0, Downtime: 1},
		Command{Kind: SetAdmission, Admission: &Admission{}}, Command{Kind: RotateToken, Accounts: []uint32{0}})
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
	texts := map[string]Command{
		`{"kind":"setBackend","fails":5}`:                            {Kind: SetBackend, Fails: 5},
		`{"kind":"setBackend","backend":"addressServer"}`:            {Kind: SetBackend, Backend: backend.Address},
		`{"kind":"setAdmission","admission":{"bucket":0,"every":0}}`: {Kind: SetAdmission, Admission: &Admission{}},
		`{"kind":"rotateToken","accounts":[0,7],"rotation":1}`:       {Kind: RotateToken, Accounts: []uint32{0, 7}, Rotation: 1},
		`{"kind":"stall","node":255,"downtime":1000000000}`:          {Kind: Stall, Node: AllNodes, Downtime: time.Second},
	}
	for want, c := range texts {
		if text, err := json.Marshal(c); err != nil || string(text) != want {
			t.Errorf("got  %s, %v\nwant %s", text, err, want)
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
		"cause": {Drained.String(), "drained"}, "command": {SetBackend.String(), "setBackend"},
		"stall": {Unstalled.String(), "unstalled"}, "undrain": {Undrain.String(), "undrain"},
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
