package target

import "strings"

// Generated is the rule of generated accids: Prefix, then the account's number
// in decimal, padded with zeros to Width digits: {"u", 6, 1000} names
// u000000 to u000999.
type Generated struct {
	Prefix string `json:"prefix"`
	Width  int    `json:"width"`
	Count  uint32 `json:"count"` // 0 = as many as the gateway has.
}

// Number resolves an accid without allocating. A name has one spelling: padded
// to Width, without further zeros.
func (g Generated) Number(name string) (uint32, bool) {
	digits, ok := strings.CutPrefix(name, g.Prefix)
	if !ok || len(digits) < max(g.Width, 1) || len(digits) > max(g.Width, 10) {
		return 0, false
	}
	if len(digits) > max(g.Width, 1) && digits[0] == '0' {
		return 0, false
	}
	var n uint64
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 || n >= uint64(g.Count) {
			return 0, false
		}
		n = n*10 + uint64(d)
	}
	return uint32(n), n < uint64(g.Count)
}
