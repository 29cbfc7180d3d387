package gateway

import "loginstorm/sim/wire"

// platforms is how many client types can log in.
const platforms = 7

// platform numbers the client types that can log in. REST cannot [ours].
func platform(t wire.ClientType) (index uint8, ok bool) {
	switch t {
	case wire.Android:
		return 0, true
	case wire.IOS:
		return 1, true
	case wire.HarmonyOS:
		return 2, true
	case wire.WindowsPhone:
		return 3, true
	case wire.Windows:
		return 4, true
	case wire.MacOS:
		return 5, true
	case wire.Web:
		return 6, true
	}
	return 0, false
}

const (
	mobileClass  = 0b0001111
	desktopClass = 0b1110000
	everyType    = mobileClass | desktopClass
)

// exclusion says for each platform which platforms exclude it, as a set of bits,
// and whether the device limit applies.
type exclusion struct {
	by      [platforms]uint8
	limited bool
}

// exclusionOf works out a policy. Spec section 6, multi-device policies. The
// device limit belongs to all; custom has nothing but its sets [ours].
func exclusionOf(m *MultiDevice) exclusion {
	x := exclusion{limited: m.Policy == PolicyAll}
	for i := range x.by {
		bit := uint8(1) << i
		switch m.Policy {
		case PolicyOne:
			x.by[i] = everyType
		case PolicyClass:
			x.by[i] = desktopClass
			if bit&mobileClass != 0 {
				x.by[i] = mobileClass
			}
		case PolicyCustom:
			for _, set := range m.Custom {
				if bits := typeSet(set); bits&bit != 0 {
					x.by[i] |= bits
				}
			}
		}
	}
	return x
}

func typeSet(types []wire.ClientType) uint8 {
	var bits uint8
	for _, t := range types {
		if i, ok := platform(t); ok {
			bits |= 1 << i
		}
	}
	return bits
}

// Excludes reports whether the policy forbids two devices of these client types
// to be online together on one account, leaving the device limit aside.
func (m *MultiDevice) Excludes(a, b wire.ClientType) bool {
	i, known := platform(a)
	j, both := platform(b)
	return known && both && exclusionOf(m).by[i]>>j&1 != 0
}
