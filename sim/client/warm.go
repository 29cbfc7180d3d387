package client

// Warm reads a word of every cache line of the client, and changes nothing. A driver
// that will step many clients reads them all at once first, where their memory is far.
func (v *Virtual) Warm() uint64 {
	return uint64(v.id) + uint64(v.machine.Gen()) + uint64(v.last) + uint64(v.due) + uint64(v.hitAt) + uint64(len(v.online))
}
