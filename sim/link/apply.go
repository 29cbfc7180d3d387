package link

// Sees is what one end notices of a fault.
type Sees struct {
	Lost    bool   // Its link ended; otherwise it notices nothing.
	Orderly bool   // With a close frame.
	Code    uint16 // The close code; 1006 = no close frame.
	At      Time   // When.
}

// sees returns the end of a link as one end meets it.
func sees(at Time, code uint16) Sees {
	return Sees{Lost: true, Orderly: code != noCloseFrame, Code: code, At: at}
}

// Apply lets a fault happen to the link and returns what each end notices of it,
// and when. Spec section 10.
//
// A fault changes what is sent later; what is on its way arrives, except that a
// driver asks Holds once more when it hands something over. A broken link takes
// no faults.
func (l *Link) Apply(now Time, f Fault) (client, gateway Sees) {
	if l.condition == doomed {
		return l.applyDoomed(now, f), Sees{}
	}
	if l.condition == broken {
		return Sees{}, Sees{}
	}
	switch f.Kind {
	case Reset: // Spec 10, "cut by reset" and "process killed".
		return sees(now, noCloseFrame), l.End(now, Up, noCloseFrame)
	case Closed: // Spec 10, "cut by close".
		return sees(now, f.Code), l.End(now, Up, f.Code)
	case HalfOpen: // Spec 10, "half-open".
		l.condition, l.touched = halfOpen, true
	case Frozen: // Spec 10, "freeze". A half-open link carries less than that.
		if l.condition == whole {
			l.condition, l.touched = frozen, true
		}
	case RadioLost: // Spec 10, "physical network lost", and section 4.
		l.condition = broken
		return sees(now, noCloseFrame), Sees{}
	case Healed:
		l.condition, l.delay, l.bandwidth, l.loss = whole, 0, 0, l.cfg.Loss
	case Thawed:
		if l.condition == halfOpen || l.condition == frozen {
			l.condition = whole
		}
	case Slowed: // Spec 10, "delay, loss, slow".
		l.bandwidth, l.touched = f.Bandwidth, true
	case Delayed:
		l.delay, l.touched = min(max(0, f.Delay), farthest/4), true
	case Lossy:
		l.loss, l.touched = f.Loss, true
		if f.Loss == 0 {
			l.loss = l.cfg.Loss
		}
	}
	return Sees{}, Sees{}
}

// applyDoomed is Apply for a link that the gateway ended while it was frozen:
// only the client can still notice something.
func (l *Link) applyDoomed(now Time, f Fault) (client Sees) {
	switch f.Kind {
	case Healed, Thawed:
		client = sees(now, l.code)
	case Closed:
		client = sees(now, f.Code)
	case Reset, RadioLost:
		client = sees(now, noCloseFrame)
	case HalfOpen:
	default:
		return Sees{}
	}
	l.condition = broken
	return client
}
