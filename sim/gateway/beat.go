package gateway

// Heard is Step with Pinged on a link, without the pong, if Step would bring forth nothing
// else: no deadline is due. Otherwise it changes nothing and says so.
func (g *Gateway) Heard(now Time, id Link) bool {
	if at, ok := g.Deadline(); ok && at <= now || now < g.now {
		return false
	}
	if int(id) >= len(g.links) || !g.links[id].open {
		return false
	}
	g.now = now
	g.links[id].heard = now
	return true
}
