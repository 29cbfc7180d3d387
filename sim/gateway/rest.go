package gateway

// mostPaces bounds how many paces there are: a link names its own with a byte.
const mostPaces = 255

// Pace returns the number by which Rest knows links that are heard so often, from 1 on; 0 =
// there are too many. A driver asks once for each kind of client.
func (g *Gateway) Pace(every Time) uint8 {
	for i, p := range g.paces {
		if p == every {
			return uint8(i + 1)
		}
	}
	if every <= 0 || len(g.paces) == mostPaces {
		return 0
	}
	g.paces = append(g.paces, every)
	return uint8(len(g.paces))
}

// Rest lets a link be heard in a pace from its latest frame on, without Heard for each
// time: Rouse has to follow before anything else is said of the link, be it by an input or
// in answer to an output that names it. A frame of the very instant at which something
// happens to the link comes after that.
func (g *Gateway) Rest(id Link, pace uint8) { g.links[id].pace = pace }

// Rouse ends the rest of a link that was last heard at an instant.
func (g *Gateway) Rouse(id Link, heard Time) {
	if l := &g.links[id]; l.pace != 0 {
		l.heard, l.pace = heard, 0
	}
}

// heardOf returns when a link was heard before now, or at now if it does not rest.
func (g *Gateway) heardOf(l *link, now Time) Time {
	if l.pace == 0 || now <= l.heard {
		return l.heard
	}
	every := g.paces[l.pace-1]
	return l.heard + (now-1-l.heard)/every*every
}
