package record

// Called adds results of calls of the app, which rows do not tell: n of them ended with
// a code. Names that are not known are left out.
func (r *Restored) Called(call, code string, n uint64) {
	op, ok := place(Ops, func(i int) string { return Op(i).String() }, call)
	slot, known := place(Codes, CodeName, code)
	if ok && known {
		r.a.total.results[op*Codes+slot] += sane(n)
	}
}
