package client

import "loginstorm/sim/wire"

// table finds accounts by number: open addressing, linear probing, and deletion
// that closes the gap.
type table struct {
	cells []cell
	used  int
	shift uint8 // 32 - log2(len(cells)).
}

// cell is one account: quiet (a client that is loggedIn) or busy.
type cell struct {
	account uint32
	ref     uint32 // 0 = empty; client + 1; busyBit + number of the busy account.
	since   Time   // Quiet: when its client heard its 200, and below it the client's type.
}

// busyBit tells busy accounts from quiet ones; clients are numbered below it.
const busyBit uint32 = 1 << 31

// smallest is the length of the first table, as a power of two.
const smallest = 6

// quiet returns the cell of an account of which one client is loggedIn. 55 bits hold
// an instant of more than a year.
func quiet(number, client uint32, since Time, kind wire.ClientType) cell {
	return cell{account: number, ref: client + 1, since: since<<8 | Time(kind)}
}

// client returns who is loggedIn, of a quiet account.
func (c *cell) client() (client uint32, since Time, kind wire.ClientType) {
	return c.ref - 1, c.since >> 8, wire.ClientType(c.since & 0xff)
}

// home is where the search for an account begins: the high bits of a product with
// an odd number, so that neighbours lie apart.
func (t *table) home(number uint32) int { return int(number * 0x9e3779b1 >> t.shift) }

// find returns the account's cell, nil when it is not there. It is valid until the
// next put or drop.
func (t *table) find(number uint32) *cell {
	if t.used == 0 {
		return nil
	}
	for i := t.home(number); t.cells[i].ref != 0; i = (i + 1) & (len(t.cells) - 1) {
		if t.cells[i].account == number {
			return &t.cells[i]
		}
	}
	return nil
}

// put adds an account that is not there.
func (t *table) put(c cell) {
	if t.used >= len(t.cells)/8*7 {
		t.grow()
	}
	t.place(c)
	t.used++
}

func (t *table) place(c cell) {
	i := t.home(c.account)
	for t.cells[i].ref != 0 {
		i = (i + 1) & (len(t.cells) - 1)
	}
	t.cells[i] = c
}

// grow doubles the table.
func (t *table) grow() {
	old := t.cells
	if len(old) == 0 {
		t.cells, t.shift = make([]cell, 1<<smallest), 32-smallest
		return
	}
	t.cells, t.shift = make([]cell, 2*len(old)), t.shift-1
	for i := range old {
		if old[i].ref != 0 {
			t.place(old[i])
		}
	}
}

// drop removes an account that is there, and moves those behind it that would not
// be found over the gap.
func (t *table) drop(c *cell) {
	mask := len(t.cells) - 1
	gap := t.home(c.account)
	for t.cells[gap].account != c.account || t.cells[gap].ref == 0 {
		gap = (gap + 1) & mask
	}
	for i := (gap + 1) & mask; t.cells[i].ref != 0; i = (i + 1) & mask {
		if home := t.home(t.cells[i].account); (i-home)&mask >= (i-gap)&mask {
			t.cells[gap], gap = t.cells[i], i
		}
	}
	t.cells[gap] = cell{}
	t.used--
}
