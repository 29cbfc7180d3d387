package gateway

import "slices"

// InParts has a restart handed over in parts of about so many outputs, so that a driver
// of a million links needs no room for two million outputs at once. While Unfinished says
// so, More follows at the instant of the Step, before any other input; the parts together
// are what Step would have returned.
func (g *Gateway) InParts(outputs int) { g.part = outputs }

// Unfinished reports whether there is More.
func (g *Gateway) Unfinished() bool { return g.restarting }

// More appends the next part to out.
func (g *Gateway) More(out []Output) []Output {
	if !g.restarting {
		return out
	}
	g.out, g.given = out, len(out)
	g.restart(&g.restarts)
	return g.done()
}

// Expect makes room for links that will be open at a time, and for their sessions, so that
// nothing is copied while they come. More may come.
func (g *Gateway) Expect(links uint32) {
	n := int(links)
	g.links = slices.Grow(g.links, n)
	g.sessions = slices.Grow(g.sessions, n)
	g.lasts = slices.Grow(g.lasts, n)
	g.timers.timeouts = slices.Grow(g.timers.timeouts, n)
	g.timers.row.all = make([]timer, n)
	// Logins wait for a worker, and are with one.
	if queue := uint64(g.cfg.Auth.Queue) + uint64(g.cfg.Auth.Workers); g.cfg.Auth.Workers > 0 && queue < uint64(links) {
		n = int(queue)
	}
	g.jobs = slices.Grow(g.jobs, n+1)
}
