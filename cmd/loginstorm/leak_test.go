package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"loginstorm/sim/scenario"
)

// faults is every verb of the timeline, once. What each of them takes back is back
// before the run ends, or is not: both have to leave nothing.
var faults = map[string]string{
	"cut":             `cut: {share: 70%, by: halfOpen, spread: 100ms}`,
	"slow":            `slow: {share: 70%, bandwidth: 4000, for: 400ms}`,
	"delay":           `delay: {share: 70%, by: 100ms, for: 400ms}`,
	"loss":            `loss: {share: 70%, rate: 50%, for: 400ms}`,
	"connectFail":     `connectFail: {for: 400ms}`,
	"dnsFail":         `dnsFail: {for: 400ms}`,
	"networkLoss":     `networkLoss: {share: 70%, for: 300ms}`,
	"replay":          `replay: {file: night.csv, by: close}`,
	"restart":         `restart: {downtime: 200ms}`,
	"stop":            `stop: {for: 200ms}`,
	"refuse":          `refuse: {for: 300ms}`,
	"nodeDown":        `nodeDown: {node: 2, for: 300ms}`,
	"drain":           `drain: {over: 100ms, downtime: 100ms, pause: 50ms}`,
	"brownOut":        `brownOut: {service: 300, workers: 50%}`,
	"acceptQueueFull": `acceptQueueFull: {for: 400ms}`,
	"coldCache":       `coldCache: {sync: 1000}`,
	"authOutage":      `authOutage: {code: 399, hint: 100ms}`,
	"appServer":       `appServer: {service: 1000, fail: 50%}`,
	"addressServer":   `addressServer: {service: 1000, fail: 50%}`,
	"sessionTimeout":  `sessionTimeout: {to: 100ms}`,
	"admission":       `admission: {bucket: 2, every: 300ms, hint: true}`,
	"rateLimit":       `rateLimit: {limit: 1, window: 1h}`,
	"ban":             `ban: {share: 50%, kick: true}`,
	"unban":           `unban: {entry: first}`,
	"kickServer":      `kickServer: {share: 50%}`,
	"rotateTokens":    `rotateTokens: {share: 50%}`,
	"minVersion":      `minVersion: {to: 99.0.0}`,
	"multiDevice":     `multiDevice: one`,
	"control":         `control: {run: ["true"], for: 200ms, then: {run: ["true"]}}`,
	"kickRace":        `kickRace: {accounts: 20, devices: [android, ios, web], spread: 100ms}`,
	"kickOther":       `kickOther: {mutual: true}`,
	"kill":            `kill: {share: 50%, for: 200ms}`,
	"databaseFail":    `databaseFail: {share: 50%}`,
	"logout":          `logout: {share: 50%}`,
	"login":           `login: {share: 50%}`,
}

// faulty is a run of one verb among everything else that a run can have: a link that
// breaks before and after it, servers beside the gateway, and people.
func faulty(verb string) *story {
	first := "cut: {share: 30%, by: reset}"
	if verb == "unban" {
		first = "ban: {share: 30%, kick: true}"
	}
	return &story{at: verb, brisk: true, files: map[string][]byte{"night.csv": []byte("at,count\n0s,20\n100ms,15\n")},
		text: fmt.Sprintf(`
seed: 4
duration: 1400ms
gateway: {nodes: 2, multiDevice: all, auth: {workers: 8, serviceTime: 1ms}, sync: 10ms}
app: {serviceTime: 1ms}
addressServer: {serviceTime: 1ms}
populations:
  pairs:
    accounts: 15
    clientType: [android, web]
    login: manual
    reconnect: {delays: [150ms]}
    connectTimeout: 300ms
    loginTimeout: 300ms
    token: {fetch: everyLogin}
    behavior: {onKick: {relogin: 50%%, after: 50ms}, onFailure: {retry: 2, after: 50ms}, onOutage: {after: 300ms, reopen: 50ms}}
timeline:
  - {name: first, at: 350ms, %s}
  - {name: fault, at: 450ms, %s}
  - {name: last, at: 800ms, cut: {share: 50%%, by: reset}}
`, first, faults[verb])}
}

// holding is what the process holds when nothing runs.
type holding struct {
	files []string // What its descriptors are.
	bytes int
}

func holds(t *testing.T) (h holding) {
	t.Helper()
	const dir = "/proc/self/fd"
	files, _ := os.ReadDir(dir) // Elsewhere than on Linux there are none.
	for _, f := range files {
		if what, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil { // Not that of dir itself.
			h.files = append(h.files, what)
		}
	}
	runtime.GC()
	runtime.GC() // What pools had kept went to the first one.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.bytes = int(m.HeapAlloc)
	return h
}

// mostGrown is what the heap may grow by over four rounds of all verbs, each with
// 30 clients and a server. Rounds that were kept would hold 27 MB.
const mostGrown = 1 << 20

// TestNoFaultLeavesAnythingBehind runs all verbs over sockets, in six rounds: after
// each one there are no more goroutines than before, and no more descriptors for good, and from the
// second to the sixth the heap does not grow. With -short there are three.
func TestNoFaultLeavesAnythingBehind(t *testing.T) {
	verbs := reflect.TypeFor[scenario.Verbs]()
	var stories []*story
	for i := range verbs.NumField() {
		verb, _, _ := strings.Cut(verbs.Field(i).Tag.Get("json"), ",")
		if faults[verb] == "" {
			t.Errorf("nobody looks at what %s leaves", verb)
			continue
		}
		stories = append(stories, faulty(verb))
	}
	count := 6
	if testing.Short() {
		count = 3
	}
	var rounds []holding
	for range count {
		texts, _ := tellRound(t, stories)
		for i, text := range texts {
			if strings.Contains(text, "error: ") || strings.Contains(text, "broken: ") {
				t.Errorf("%s: %s", stories[i].at, text)
			}
		}
		rounds = append(rounds, holds(t))
	}
	// What is left behind is there after every later round; a socket that the kernel
	// was still closing when one round was looked at is not.
	least := slices.MinFunc(rounds[1:], func(a, b holding) int { return cmp.Compare(len(a.files), len(b.files)) })
	if len(least.files) > len(rounds[0].files) {
		t.Errorf("descriptors grow from %q to %q", rounds[0].files, least.files)
	}
	if grown := rounds[count-1].bytes - rounds[1].bytes; grown > mostGrown {
		t.Errorf("the heap grew by %d bytes in %d rounds", grown, count-2)
	}
}
