package record

const (
	// tenths is how many parts of a second attempts are counted by.
	tenths    = 10
	tenthSpan = secondSpan / tenths
)

// slide is how many attempts began in the busiest stretch of a second that ends in this
// second. A herd is a fraction of a second wide, and where the seconds are cut is
// nobody's doing: one that comes on both sides of a cut is no smaller for that.
func (l *line) slide(second int, t *Totals) uint64 {
	if second > l.seconds() { // Seconds between them were never delivered.
		l.tenths = [tenths]uint64{}
	}
	var sum uint64
	for _, n := range l.tenths {
		sum += n
	}
	most := t.Dials(Filter{})
	for i, n := range t.tenths {
		sum = sum - l.tenths[i] + n
		most = max(most, sum)
	}
	l.tenths = t.tenths
	return most
}
