package virtual

import (
	"context"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// TestReplay plays a recorded log of disconnects again: links break at its instants, to
// the nanosecond, counted from the first; a row that names a node hits nobody else.
func TestReplay(t *testing.T) {
	file, err := scenario.Parse("test.yaml", []byte(`
duration: 1m
gateway: {nodes: 2}
network: {latency: 10ms}
populations:
  web: {accounts: 40, clientType: web}
timeline:
  - {name: night, at: 10s, replay: {file: night.csv}}
`))
	if err != nil {
		t.Fatal(err)
	}
	const log = "at,count,node\n2024-03-01T22:15:00.000000001Z,3,\n2024-03-01T22:15:01.5Z,2,2\n2024-03-01T22:15:02.123456789Z,1,\n"
	p, err := plan.Compile(file, plan.Options{Virtual: true, Files: map[string][]byte{"night.csv": []byte(log)}})
	if err != nil {
		t.Fatal(err)
	}
	var broke []time.Duration
	s, err := New(Config{Plan: p, Watch: func(heard []client.Published) {
		for i := range heard {
			if a := &heard[i].Action; a.Kind == login.PublishStatus && a.From == login.LoggedIn {
				broke = append(broke, heard[i].At)
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	first, second, third := 10*time.Second, 11_499_999_999*time.Nanosecond, 12_123_456_788*time.Nanosecond
	on2 := 0
	for _, at := range broke {
		if at == second {
			on2++
		}
	}
	// Of those who are named with a node, those whose link goes elsewhere are spared.
	want := append([]time.Duration{first, first, first}, slices.Repeat([]time.Duration{second}, on2)...)
	if want = append(want, third); !slices.Equal(broke, want) || on2 > 2 {
		t.Errorf("links broke at %v", broke)
	}
}
