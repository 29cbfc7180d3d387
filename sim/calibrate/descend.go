package calibrate

import "math"

// point is a pair of parameters and what is to be least there.
type point struct{ x, y, cost float64 }

// descend looks for the least cost from a start, by a simplex of three points
// (Nelder and Mead) with steps of the given size at first.
func descend(x, y, step float64, cost func(x, y float64) float64) (float64, float64, float64) {
	at := func(x, y float64) point {
		c := cost(x, y)
		if math.IsNaN(c) {
			c = math.Inf(1)
		}
		return point{x, y, c}
	}
	s := [3]point{at(x, y), at(x+step, y), at(x, y+step)}
	const rounds, close = 120, 1e-7
	for range rounds {
		sort(&s)
		if s[2].cost-s[0].cost <= close*(math.Abs(s[0].cost)+close) {
			break
		}
		mx, my := (s[0].x+s[1].x)/2, (s[0].y+s[1].y)/2
		along := func(k float64) point { return at(mx+k*(s[2].x-mx), my+k*(s[2].y-my)) }
		r := along(-1)
		switch {
		case r.cost < s[0].cost:
			if far := along(-2); far.cost < r.cost {
				r = far
			}
			s[2] = r
		case r.cost < s[1].cost:
			s[2] = r
		default:
			if near := along(0.5); near.cost < s[2].cost {
				s[2] = near
				continue
			}
			for i := 1; i < 3; i++ {
				s[i] = at((s[i].x+s[0].x)/2, (s[i].y+s[0].y)/2)
			}
		}
	}
	sort(&s)
	return s[0].x, s[0].y, s[0].cost
}

// sort puts the least cost first.
func sort(s *[3]point) {
	for _, p := range [...][2]int{{0, 1}, {1, 2}, {0, 1}} {
		if i, j := p[0], p[1]; s[j].cost < s[i].cost {
			s[i], s[j] = s[j], s[i]
		}
	}
}
