package scenario

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
)

// Scale makes every population so many times as large, in thousandths: 4000 is
// four times. Accounts are multiplied, and with them the rates at which they
// arrive, so that the shape in time stays the same, and every number of clients or
// accounts that the timeline names. Wholes are rounded to the nearest, and none is
// less than one. The gateway and the servers beside it stay as they are: the
// question is what more clients do to them.
//
// Notes tell what a factor cannot reach and is left as it is: instants, accounts by
// their numbers, recorded logs, and thresholds that compare numbers of clients. The
// error is Faults when something would become larger than a scenario may say; the
// file is of no use then. Places stay what they were.
func (f *File) Scale(thousandths uint32) (notes []string, err error) {
	if thousandths < 1 || thousandths > uint32(MaxFactor) {
		return nil, fmt.Errorf("scale by %s: a factor is from 0.001 to 1000", Factor(thousandths))
	}
	if thousandths == 1000 {
		return nil, nil
	}
	s := scaler{file: f, factor: Factor(thousandths)}
	for i := range f.Populations {
		s.population(&f.Populations[i])
	}
	for i := range f.Timeline {
		s.entry(&f.Timeline[i], fmt.Sprintf("timeline[%d]", i))
	}
	for _, t := range f.Thresholds {
		if countsClients(t.Text) {
			s.note("the threshold %q compares a number, and is not scaled", t.Text)
		}
	}
	if len(s.faults) > 0 {
		return nil, s.faults.sort()
	}
	return s.notes, nil
}

// scaler multiplies what counts clients.
type scaler struct {
	file   *File
	factor Factor
	notes  []string
	faults Faults
}

func (s *scaler) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// number multiplies a number of clients or accounts.
func (s *scaler) number(n *uint32, most uint32, path string) {
	scaled := scale(*n, uint64(s.factor), 1000)
	if scaled > uint64(most) {
		s.faults = append(s.faults, s.file.Fault(path, fmt.Sprintf("%d x %s is more than %d", *n, s.factor, most), "scale by less"))
		return
	}
	*n = uint32(scaled)
}

// scale returns n x times / of, rounded to the nearest whole, and at least one.
func scale(n uint32, times, of uint64) uint64 {
	product := new(big.Int).Mul(big.NewInt(int64(n)), new(big.Int).SetUint64(2*times))
	product.Add(product, new(big.Int).SetUint64(of))
	return max(1, product.Div(product, new(big.Int).SetUint64(2*of)).Uint64())
}

func (s *scaler) population(p *Population) {
	const mostAccounts = 100_000_000
	path, before := "populations."+p.Name, p.Accounts
	s.number(&p.Accounts, mostAccounts, path+".accounts")
	crowd := crowd{before: before, after: p.Accounts}
	for i := range p.Arrive {
		at := fmt.Sprintf("%s.arrive[%d]", path, i)
		s.stage(&p.Arrive[i], at, &crowd)
		if n := len(p.Arrive[i].Instants); n > 0 {
			s.note("%s: its %d instants bring as many clients as before", at, n)
		}
	}
}

// crowd shares a population's clients out to its stages: what all of them brought
// together before, they bring together afterwards, whatever is rounded.
type crowd struct {
	before, after uint32 // Accounts.
	come, scaled  uint64 // Clients at once so far.
}

func (c *crowd) next(n uint32) uint64 {
	c.come += uint64(n)
	all := new(big.Int).Mul(new(big.Int).SetUint64(2*c.come), big.NewInt(int64(c.after)))
	all.Add(all, big.NewInt(int64(c.before)))
	all.Div(all, big.NewInt(2*int64(c.before)))
	here := max(1, int64(all.Uint64()-c.scaled))
	c.scaled += uint64(here)
	return uint64(here)
}

func (s *scaler) stage(g *Stage, path string, c *crowd) {
	switch {
	case g.AtOnce != nil && g.AtOnce.Count > 0:
		n := c.next(g.AtOnce.Count)
		if n > math.MaxUint32 {
			s.faults = append(s.faults, s.file.Fault(path+".atOnce.count", fmt.Sprintf("%d x %s is more than %d", g.AtOnce.Count, s.factor, uint32(math.MaxUint32)), "scale by less"))
			return
		}
		g.AtOnce.Count = uint32(n)
	case g.Constant != nil:
		s.rate(&g.Constant.Rate, path+".constant.rate")
	case g.Poisson != nil:
		s.rate(&g.Poisson.Rate, path+".poisson.rate")
	case g.Ramp != nil:
		s.rate(&g.Ramp.From, path+".ramp.from")
		s.rate(&g.Ramp.To, path+".ramp.to")
	case g.Steps != nil:
		s.rate(&g.Steps.From, path+".steps.from")
		s.rate(&g.Steps.By, path+".steps.by")
	case g.Spike != nil:
		s.rate(&g.Spike.Base, path+".spike.base")
		s.rate(&g.Spike.Peak, path+".spike.peak")
	}
}

// rate multiplies a rate. What a scenario cannot write any more, it rounds to a
// millionth of an event an hour; a rate above zero stays above zero.
func (s *scaler) rate(r *Rate, path string) {
	if r.Count == 0 {
		return
	}
	exact := big.NewRat(1, 1).SetFrac(new(big.Int).Mul(new(big.Int).SetUint64(r.Count), big.NewInt(int64(s.factor))),
		new(big.Int).Mul(big.NewInt(int64(r.Per)), big.NewInt(1000)))
	if second := new(big.Rat).Mul(exact, new(big.Rat).SetInt64(int64(time.Second))); second.Cmp(new(big.Rat).SetInt64(MaxRate)) > 0 {
		s.faults = append(s.faults, s.file.Fault(path, fmt.Sprintf("%v x %s is more than %d/s", r, s.factor, MaxRate), "scale by less"))
		return
	}
	for _, unit := range []time.Duration{time.Second, time.Minute, time.Hour} {
		micro := new(big.Rat).Mul(exact, new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(int64(unit)), big.NewInt(1_000_000))))
		if micro.IsInt() || unit == time.Hour {
			*r = reduce(nearest(micro), unit)
			return
		}
	}
}

// nearest rounds a positive fraction to a whole, and at least one.
func nearest(r *big.Rat) uint64 {
	twice := new(big.Int).Add(new(big.Int).Mul(r.Num(), big.NewInt(2)), r.Denom())
	return max(1, twice.Div(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Uint64())
}

// entry multiplies what an entry of the timeline counts.
func (s *scaler) entry(e *Entry, path string) {
	const mostRacers = 10_000_000
	path += "." + e.Verb()
	if who := e.Who(); who != nil {
		switch {
		case len(who.Accounts) > 0:
			s.note("%s: it chooses among the same accounts as before, by their numbers", e.Name)
		case who.Count != nil:
			n := *who.Count
			s.number(&n, math.MaxUint32, path+".count")
			who.Count = &n
		}
	}
	if e.KickRace != nil {
		s.number(&e.KickRace.Accounts, mostRacers, path+".accounts")
	}
	if e.Replay != nil {
		s.note("%s: %s breaks as many links as it recorded", e.Name, e.Replay.File)
	}
}

// countsClients reports whether a threshold compares a number that grows with the
// population: not a span of time, a share, or nothing at all.
func countsClients(text string) bool {
	bound := strings.TrimSpace(text[strings.LastIndexAny(text, "<>=")+1:])
	return bound != "" && strings.Trim(bound, "0123456789._") == "" && strings.Trim(bound, "0._") != ""
}
