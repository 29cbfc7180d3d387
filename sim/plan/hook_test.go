package plan

import (
	"strings"
	"testing"

	"loginstorm/sim/scenario"
)

// hooked compiles a timeline against a gateway that has hooks.
func hookedPlan(t *testing.T, hooks, timeline string, opts Options) (*Plan, error) {
	t.Helper()
	file, err := scenario.Parse("test.yaml", []byte("duration: 1m\ntarget:\n  url: ws://127.0.0.1:1/im\n  control: {hooks: {"+hooks+"}}\n"+
		"populations: {phones: {accounts: 10, clientType: web}}\ntimeline:\n"+timeline))
	if err != nil {
		t.Fatal(err)
	}
	return Compile(file, opts)
}

func TestHooks(t *testing.T) {
	p, err := hookedPlan(t, `restart: {run: [./gw, stop], then: {run: [./gw, start], timeout: 1m}}, ban: {mark: true}`, `
  - {name: deploy, at: 10s, restart: {downtime: 3s}}
  - {name: out, at: 20s, ban: {count: 2}}
  - {name: slow, at: 30s, control: {webhook: "http://127.0.0.1:2/slow?key=hidden", for: 5s, then: {run: [./gw, heal]}}}
  - {name: quiet, at: 50s, cut: {count: 1}}
`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	deploy, out, slow, quiet := &p.Entries[0], &p.Entries[1], &p.Entries[2], &p.Entries[3]
	if h := deploy.Hook; h == nil || h.Run[1] != "stop" || h.Timeout != HookTimeout || h.Then == nil || h.Then.Timeout != 2*HookTimeout || h.Then.Run[1] != "start" {
		t.Errorf("deploy has %+v", deploy.Hook)
	}
	if !deploy.Drops || !deploy.Recover {
		t.Error("whoever a hook drops is not expected back")
	}
	if out.Hook == nil || !out.Hook.Mark() || quiet.Hook != nil {
		t.Errorf("ban has %+v, cut has %+v", out.Hook, quiet.Hook)
	}
	if slow.Says != "asks 127.0.0.1:2" || slow.Until != slow.At+5e9 {
		t.Errorf("slow says %q until %v", slow.Says, slow.Until)
	}
	var steps []string
	for _, s := range p.Steps {
		if s.Kind == Outside {
			steps = append(steps, p.Entries[s.Entry].Name+" "+s.Lasts.String())
		}
	}
	if got := strings.Join(steps, ", "); got != "slow 5s" {
		t.Errorf("steps outside: %s", got)
	}
}

// In simulate the gateway obeys by itself, and what is done outside is a mark.
func TestHooksInVirtualTime(t *testing.T) {
	p, err := hookedPlan(t, `ban: {mark: true}`, `
  - {name: deploy, at: 10s, restart: {downtime: 3s}}
  - {name: script, at: 20s, control: {run: [./gw]}}
`, Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.Entries[0].Hook != nil || p.Entries[1].Hook != nil || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "script: in simulate nothing is done") {
		t.Errorf("warnings %q, hooks %v, %v", p.Warnings, p.Entries[0].Hook, p.Entries[1].Hook)
	}
}

func TestHookFaults(t *testing.T) {
	for _, c := range []struct{ hooks, timeline, want string }{
		{`ban: {mark: true}`, `  - {name: deploy, at: 10s, restart: {downtime: 3s}}`, "target.control has no hook for restart"},
		{`ban: {mark: true}`, `  - {name: x, at: 10s, control: {run: [./gw], then: {run: [./gw]}}}`, "nothing says when it is to be taken back"},
		{`ban: {mark: true}`, `  - {name: x, at: 10s, control: {run: [""]}}`, "the program has no name"},
		{`ban: {mark: true}`, `  - {name: x, at: 10s, control: {webhook: "ftp://x/"}}`, "that is no address of a webhook"},
		{`ban: {mark: true}`, `  - {name: x, at: 10s, control: {webhook: "http://u:p@x/"}}`, "that is no address of a webhook"},
		{`ban: {mark: true, then: {mark: true, then: {mark: true}}}`, `  - {name: x, at: 10s, ban: {count: 1}}`, "is not taken back itself"},
	} {
		if _, err := hookedPlan(t, c.hooks, c.timeline+"\n", Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: error %v, want %q", c.hooks, c.timeline, err, c.want)
		}
	}
}

// Secrets of a webhook come from outside, and are not part of what the plan is.
func TestHookSecrets(t *testing.T) {
	file, err := scenario.Parse("test.yaml", []byte(`
duration: 1m
populations: {phones: {accounts: 10, clientType: web}}
timeline:
  - {name: x, at: 10s, control: {webhook: {url: "http://127.0.0.1:2/", headers: [{name: Authorization, from: {env: OPS}}, {name: X-Team, value: im}]}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, text := range []string{"one", "two"} {
		p, err := Compile(file, Options{Secrets: map[*scenario.Source]string{file.Timeline[0].Control.Webhook.Headers[0].From: text}})
		if err != nil {
			t.Fatal(err)
		}
		headers := p.Entries[0].Hook.Headers
		if headers[0].Secret.Reveal() != text || headers[1].Value != "im" || !headers[1].Secret.Empty() {
			t.Errorf("headers %+v", headers)
		}
		digests = append(digests, p.Digest())
	}
	if digests[0] != digests[1] {
		t.Error("a secret is part of the plan's digest")
	}
}
