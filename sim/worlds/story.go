package worlds

import (
	"fmt"

	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
)

// story tells a history, a choice a line, with what came of it; and if alone, what
// happened when the world was left alone behind it.
func (x *explorer) story(e edge, alone bool) []string {
	w, _ := newWorld(x.cfg, x.sh)
	var lines []string
	add := func(line string) { lines = append(lines, fmt.Sprintf("%3d. %s", len(lines)+1, line)) }
	for _, ch := range append(x.path(e.from), e.choice) {
		says := w.says(ch)
		w.make(ch)
		add(says + x.sh.step.came())
	}
	if alone {
		x.sh.tells = func(line string) { add("left alone: " + line) }
		w.settle(func(*world) bool { return false })
		x.sh.tells = nil
	}
	return lines
}

// came tells what a step brought about.
func (s *step) came() (came string) {
	for n := range s.events {
		if says := s.events[n].String(); says != "" {
			came += "; " + says
		}
	}
	return came
}

// String tells what somebody who looks for a fault wants to know of an event; "" of
// any other.
func (e *event) String() string {
	switch {
	case e.kind == acted && e.action.Kind == login.PublishStatus:
		return fmt.Sprintf("client %d is %v", e.client, e.action.Status)
	case e.kind == acted && e.action.Kind == login.Result:
		return fmt.Sprintf("call %d of client %d ends with %v", e.action.Call, e.client, e.action.Code)
	case e.kind == told && e.output.Kind == gateway.Judged:
		return fmt.Sprintf("the gateway answers the %v login of device %d with %v", e.output.Origin, e.output.Device, e.output.Code)
	case e.kind == told && e.output.Kind == gateway.SessionEnded:
		return fmt.Sprintf("the session of device %d ends (%v)", e.output.Device, e.output.Cause)
	}
	return ""
}
