package gateway

// Warm and WarmJob read a word of what the gateway holds, and change nothing. A driver
// that will step many links reads them all at once first, where their memory is far.

// Warm reads what belongs to a link.
func (g *Gateway) Warm(id Link) uint64 {
	if int(id) >= len(g.links) {
		return 0
	}
	l := &g.links[id]
	return uint64(l.heard) + uint64(l.session)
}

// WarmJob reads what belongs to a login that a worker has, and returns its link.
func (g *Gateway) WarmJob(id uint32) (link Link, sum uint64) {
	if int(id) >= len(g.jobs) {
		return 0, 0
	}
	j := &g.jobs[id]
	if n := j.ask.Account; int(n) < len(g.accounts) {
		sum = uint64(g.accounts[n].first)
	}
	return j.link, sum + uint64(j.asked) + g.Warm(j.link)
}
