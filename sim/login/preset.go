package login

import "time"

// PolicyNames lists the presets of PolicyNamed, in the order of spec section 7.
func PolicyNames() []string {
	return []string{
		"nim-web", "nim-ios", "nim-android", "rongcloud", "openim", "xmpp", "smack",
		"discord-py", "slack-socket", "phoenix", "grpc", "full-jitter", "equal-jitter",
		"decorrelated", "immediate", "fixed",
	}
}

// PolicyNamed returns a preset of spec section 7. All go back to the first delay
// on loggedIn, try without limit and honour the server's hint.
func PolicyNamed(name string) (Policy, bool) {
	p := Policy{HonourHint: true}
	switch name {
	case "nim-web":
		p.Shape, p.Base, p.Factor, p.Cap = Exponential, 1600*time.Millisecond, 2000, 8*time.Second
		p.Jitter, p.Proportion, p.JitterBefore = Proportional, 10_000, true
	case "nim-ios", "nim-android":
		p.Delays = each(time.Second, 2, 4, 6, 8, 16, 32, 64)
	case "rongcloud":
		p.Delays = each(time.Millisecond, 50, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000)
		p.ResetOnNetwork, p.DelayOnNetwork = true, true
	case "openim":
		p.Delays, p.Wrap = each(time.Second, 0, 1, 2, 4, 8, 16), 1
	case "xmpp":
		p.First = 60 * time.Second
		p.Shape, p.Base, p.Factor, p.Cap = Exponential, 2*time.Second, 2000, 120*time.Second
	case "smack":
		p.Shape, p.Base, p.Spread = Multiples, 2*time.Second, 12*time.Second
		p.Times = []uint32{1, 1, 1, 1, 1, 1, 1, 6, 6, 6, 6, 6, 6, 30}
	case "discord-py":
		p.Shape, p.Base, p.Factor, p.Cap = Exponential, 2*time.Second, 2000, 1024*time.Second
		p.Jitter = FullJitter
	case "slack-socket":
		p.Shape, p.Base = Linear, 5*time.Second
	case "phoenix":
		p.Delays = each(time.Millisecond, 10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000)
	case "grpc":
		p.Shape, p.Base, p.Factor, p.Cap = Exponential, time.Second, 1600, 120*time.Second
		p.Jitter, p.Proportion = Proportional, 200_000
	case "full-jitter", "equal-jitter", "decorrelated":
		p.Shape, p.Base, p.Factor, p.Cap = Exponential, time.Second, 2000, 60*time.Second
		p.Jitter = map[string]Jitter{"full-jitter": FullJitter, "equal-jitter": EqualJitter, "decorrelated": Decorrelated}[name]
	case "immediate":
		p.Delays = each(time.Second, 0)
	case "fixed":
		p.Delays = each(time.Second, 5)
	default:
		return Policy{}, false
	}
	p.Name = name
	return p, true
}

// each returns a list of delays given in units.
func each(unit Time, counts ...int) []Time {
	delays := make([]Time, len(counts))
	for i, n := range counts {
		delays[i] = Time(n) * unit
	}
	return delays
}
