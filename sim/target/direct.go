package target

// direct is one attempt to write without waiting. It is pooled with its
// function value, so that an attempt allocates nothing.
type direct struct {
	p       []byte
	n       int
	err     error
	attempt func(fd uintptr) bool
}

// directs is a pool of attempts.
type directs struct{ pool pool[direct] }

func (p *directs) get() *direct {
	d := p.pool.get()
	if d.attempt == nil {
		d.attempt = d.write
	}
	return d
}

func (p *directs) put(d *direct) {
	d.p = nil
	p.pool.put(d)
}
