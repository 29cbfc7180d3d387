package login

// Delays returns how many delays of the present reconnect sequence were begun, the
// one that runs included. Spec section 7.
func (m *Machine) Delays() uint16 { return m.tries }
