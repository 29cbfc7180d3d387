package record

import (
	"slices"

	"loginstorm/sim/login"
)

// PopulationRow is what happened to the clients of a population in a second.
type PopulationRow struct {
	Population string       `json:"population"`
	Statuses   StatusCounts `json:"statuses"` // At its end.
	Kicks      KickCounts   `json:"kicks,omitzero"`
	Origins    []OriginRow  `json:"origins,omitempty"`
}

// OriginRow counts a population's attempts of one origin.
type OriginRow struct {
	Origin string     `json:"origin"`
	Dials  uint64     `json:"dials"`
	Codes  CodeCounts `json:"codes"`
}

// FaultRow is what a timeline entry did in a second.
type FaultRow struct {
	Entry    string `json:"entry"`
	Began    bool   `json:"began,omitempty"`
	Asked    uint64 `json:"asked,omitempty"`
	Online   uint64 `json:"online,omitempty"`
	Hit      uint64 `json:"hit,omitempty"`
	Back     uint64 `json:"back,omitempty"` // Times that one of those hit was loggedIn again.
	Attempts uint64 `json:"attempts,omitempty"`
	Drops    uint64 `json:"drops,omitempty"` // Times that a client dropped; at least Hit.
}

// StrandedRow counts clients that are not loggedIn when the run ends. The code is 0
// when no attempt of theirs ended.
type StrandedRow struct {
	Population string `json:"population"`
	Entry      string `json:"entry,omitempty"` // "" = none made them drop.
	Status     string `json:"status"`
	Code       string `json:"code,omitempty"`
	Reason     string `json:"reason"`
	Next       Next   `json:"next,omitzero"` // What it does now; "" = not told.
	Count      uint64 `json:"count"`
}

// apart fills in the second taken apart.
func (r *Row) apart(t *Totals) {
	for row := range t.space.rows {
		p := PopulationRow{Population: t.space.population(row)}
		copy(p.Statuses[:], t.status[row*login.Statuses:])
		copy(p.Kicks[:], t.kicks[row*Reasons:])
		for o := range origins {
			at := row*origins + o
			one := OriginRow{Origin: login.Origin(o).String(), Dials: t.dialled[at]}
			copy(one.Codes[:], t.attempts[at*Codes:])
			if one.Dials > 0 || one.Codes != (CodeCounts{}) {
				p.Origins = append(p.Origins, one)
			}
		}
		if p.Statuses != (StatusCounts{}) || p.Kicks != (KickCounts{}) || len(p.Origins) > 0 {
			r.Populations = append(r.Populations, p)
		}
	}
	for i, f := range t.faults {
		if r.Retries += f.attempts; f != (fault{}) {
			r.Faults = append(r.Faults, FaultRow{t.space.entryName(i), f.began, f.asked, f.online, f.hit, f.back, f.attempts, f.dropped})
		}
	}
	for _, k := range sortedStranded(t.stranded) {
		one := StrandedRow{Population: t.space.population(int(k.row)), Entry: t.space.strandedBy(k.entry),
			Status: k.status.String(), Reason: ReasonName(int(k.reason)), Next: k.next, Count: t.stranded[k]}
		if k.code != noCode {
			one.Code = CodeName(int(k.code))
		}
		r.Stranded = append(r.Stranded, one)
	}
}

// place finds the number of a name among n; 0, false when there is none.
func place(n int, name func(int) string, want string) (int, bool) {
	for i := range n {
		if name(i) == want {
			return i, true
		}
	}
	return 0, false
}

// tally puts a row together again. A row of an older version is not taken apart: then
// everything counts for Other and for no origin.
func (r *Row) tally(s *space) (tally, []int64) {
	t, status := newTally(s), make([]int64, s.rows*login.Statuses)
	t.counters = r.Counters
	copy(t.tenths[:], r.Tenths)
	for _, p := range r.Populations {
		row, ok := place(s.rows, s.population, p.Population)
		if !ok {
			row = s.rows - 1
		}
		addAll(t.kicks[row*Reasons:(row+1)*Reasons], p.Kicks[:])
		for i, n := range p.Statuses {
			status[row*login.Statuses+i] += n
		}
		for _, one := range p.Origins {
			o, _ := place(origins, func(i int) string { return login.Origin(i).String() }, one.Origin)
			at := row*origins + o
			t.dialled[at] += one.Dials
			addAll(t.attempts[at*Codes:(at+1)*Codes], one.Codes[:])
		}
	}
	if len(r.Populations) == 0 {
		row := s.rows - 1
		addAll(t.kicks[row*Reasons:], r.Kicks[:])
		t.dialled[row*origins] += r.Dials
		addAll(t.attempts[row*origins*Codes:][:Codes], r.Codes[:])
		copy(status[row*login.Statuses:], r.Statuses[:])
	}
	for _, f := range r.Faults {
		i, ok := place(s.entries, s.entryName, f.Entry)
		if !ok {
			i = s.entries - 1
		}
		// A row of an older version has no drops: nobody was counted twice.
		t.faults[i].add(fault{f.Began, sane(f.Asked), sane(f.Online), sane(f.Hit), sane(f.Back), sane(f.Attempts), sane(max(f.Drops, f.Hit))})
	}
	for _, one := range r.Stranded {
		k := one.key(s)
		if t.stranded == nil {
			t.stranded = map[stranded]uint64{}
		}
		t.stranded[k] += sane(one.Count)
	}
	return t, status
}

// sane bounds a count that was read: rows of a million seconds add up without an
// overflow, and no run has as many clients.
func sane(n uint64) uint64 { return min(n, 1<<40) }

// key is what a StrandedRow counts.
func (r *StrandedRow) key(s *space) stranded {
	k := stranded{entry: NoEntry, code: noCode, reason: uint8(Reasons - 1), row: uint16(s.rows - 1), next: r.Next}
	if row, ok := place(s.rows, s.population, r.Population); ok {
		k.row = uint16(row)
	}
	if entry, ok := place(s.entries, s.entryName, r.Entry); ok && r.Entry != "" {
		k.entry = uint16(entry)
	}
	if status, ok := place(login.Statuses, func(i int) string { return login.Status(i).String() }, r.Status); ok {
		k.status = login.Status(status)
	}
	if code, ok := place(Codes, CodeName, r.Code); ok {
		k.code = uint8(code)
	}
	if reason, ok := place(Reasons, ReasonName, r.Reason); ok {
		k.reason = uint8(reason)
	}
	return k
}

// sortedStranded lists the keys in their order.
func sortedStranded(m map[stranded]uint64) []stranded {
	keys := make([]stranded, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, stranded.compare)
	return keys
}
