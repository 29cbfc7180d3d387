package live

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// A recorded night is played again: every link breaks at the instant its row says,
// to the nanosecond by the clock of the bubble, and as many as it says.
func TestAnIncidentIsReplayedAtItsInstants(t *testing.T) {
	text := `
name: test
duration: 60s
gateway: {nodes: 3}
populations:
  phones: {accounts: 60, clientType: android, profile: nim-android, login: auto, arrive: [{constant: {rate: 20/s}}]}
timeline:
  - {name: night, at: 10s, replay: {file: night.csv}}
`
	var log strings.Builder
	log.WriteString("time,size,node\n")
	want := map[Time]int{}
	began := time.Date(2024, 3, 10, 2, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		after time.Duration
		size  int
		node  string // "" = any.
	}{{0, 3, ""}, {1 * time.Millisecond, 1, "1"}, {137 * time.Millisecond, 12, "2"}, {137*time.Millisecond + 1500*time.Nanosecond, 2, "3"},
		{4 * time.Second, 30, ""}, {4*time.Second + time.Millisecond, 7, ""}} {
		fmt.Fprintf(&log, "%s,%d,%s\n", began.Add(row.after).Format(time.RFC3339Nano), row.size, row.node)
		want[10*time.Second+row.after] += row.size
	}
	f, err := scenario.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compile(f, plan.Options{Files: map[string][]byte{"night.csv": []byte(log.String())}})
	if err != nil {
		t.Fatal(err)
	}
	st := planInMemory(t, p, nil, nil)
	got := map[Time]int{}
	for who, list := range st.statuses {
		for i, status := range list {
			if status == login.NetBroken && i > 0 && list[i-1] == login.LoggedIn {
				got[st.at[who][i]]++
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("links broke at %v, want %v", got, want)
	}
}
