package login

import "encoding/binary"

// Delays returns how many delays of the present reconnect sequence were begun, the
// one that runs included. Spec section 7.
func (m *Machine) Delays() uint16 { return m.tries }

// AppendState appends what decides how a machine goes on from an instant: two
// machines of one profile that append the same bytes do the same from there on. The
// timers are named by how far off they are, overdue or due now being one.
//
// Left out are the numbers of links, calls and draws, and how far the reconnect
// sequence has come: the policy must have one delay, whatever came before, and no
// MaxAttempts.
func (m *Machine) AppendState(dst []byte, now Time) []byte {
	dst = append(dst, byte(m.status), byte(m.flags), m.left)
	for _, at := range [...]Time{m.step, m.call} {
		if at == never {
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, 1)
		dst = binary.AppendVarint(dst, int64(max(at-now, 0)))
	}
	return binary.AppendUvarint(dst, uint64(m.account))
}
