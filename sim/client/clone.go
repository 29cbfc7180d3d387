package client

import "slices"

// Clone returns a client that is equal and shares nothing that either changes, so
// that one history can go on in several ways.
func (v *Virtual) Clone() Virtual {
	c := *v
	c.online = slices.Clone(v.online)
	if v.person != nil {
		p := *v.person
		c.person = &p
	}
	return c
}

// AppendState appends what decides how a client goes on from the last instant it was
// stepped at, apart from what its dialogue waits for, which whoever carries its
// messages knows. See login.Machine.AppendState for what is left out.
//
// Left out as well are the instants of figures and the list of other devices, which
// only a kickOutOtherOnlineClient without a device reads. The client must have no
// person who acts, no address server and its tokens given.
func (v *Virtual) AppendState(dst []byte) []byte {
	return append(v.machine.AppendState(dst, v.last), byte(v.account), flag(v.broken)|flag(v.force)<<1|flag(v.began)<<2)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
