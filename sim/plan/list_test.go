package plan

// listOf is a list of names and tokens in turn.
func listOf(texts ...string) *AccountList {
	l := NewAccountList(nil)
	for i := 0; i < len(texts); i += 2 {
		l.Add(texts[i], texts[i+1], 0, nil)
	}
	return l
}
