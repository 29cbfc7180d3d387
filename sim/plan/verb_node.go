package plan

import (
	"fmt"

	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
)

// nodeVerb makes the steps of what happens to nodes of the gateway.
func (t *turn) nodeVerb(e *scenario.Entry, path string) bool {
	switch {
	case e.Restart != nil:
		t.restart(e.Restart, path)
	case e.Stop != nil:
		t.stop(e.Stop, path)
	case e.NodeDown != nil:
		t.nodeDown(e.NodeDown, path)
	case e.Drain != nil:
		t.drain(e.Drain, path)
	case e.Refuse != nil:
		v := e.Refuse
		t.entry.Says = fmt.Sprintf("%s refuses new links for %v", nth(v.Node), v.For)
		t.control(path, gateway.Command{Kind: gateway.RefuseLinks, Node: t.node(v.Node, path), Downtime: Time(v.For)})
		t.entry.Until += Time(v.For)
	case e.AcceptQueueFull != nil:
		v := e.AcceptQueueFull
		t.entry.Says = fmt.Sprintf("the accept queue of %s is full for %v: new links are neither accepted nor refused", nth(v.Node), v.For)
		t.control(path, gateway.Command{Kind: gateway.Stall, Node: t.node(v.Node, path), Downtime: Time(v.For)})
		t.entry.Until += Time(v.For)
	case e.Control != nil:
		t.outside(e.Control, path)
	default:
		return false
	}
	return true
}

// control adds a command to the gateway at the entry's instant.
func (t *turn) control(path string, command gateway.Command) { t.controlAt(t.entry.At, path, command) }

// controlAt adds a command to the gateway, which needs somebody to obey it.
func (t *turn) controlAt(at Time, path string, command gateway.Command) {
	t.obeyed(path)
	if err := command.Validate(); err != nil {
		t.fault(path, err.Error(), "")
	}
	t.add(Step{At: at, Kind: Control, Command: &command})
}

// obeyed refuses commands when there is nobody to carry them out.
func (t *turn) obeyed(path string) {
	if t.plan.Target.Control == "" && !t.options.Virtual && !t.file.Lost("target.control") {
		t.fault(path, fmt.Sprintf("the target has no control port, so nothing can carry out %s", t.entry.Verb),
			"set target.control to its control port or to hooks, or leave the target out for the embedded gateway")
	}
	if t.plan.Target.Control == Hooked && t.entry.Hook == nil && !t.options.Virtual {
		t.fault(path, fmt.Sprintf("target.control has no hook for %s, so nothing can carry it out", t.entry.Verb),
			fmt.Sprintf("write target.control.hooks.%s", t.entry.Verb))
	}
}

// ours reports whether the gateway is the one that the scenario describes.
func (c *compiler) ours() bool { return c.plan.Target.Control == "embedded" || c.options.Virtual }

// node turns a scenario's node (from 1, 0 = all) into a gateway's.
func (t *turn) node(n uint8, path string) uint8 {
	if n > t.plan.Gateway.Nodes && !t.file.Lost("gateway.nodes") && !t.file.Lost("gateway") && t.ours() {
		t.fault(path+".node", fmt.Sprintf("there is no node %d: the gateway has %d", n, t.plan.Gateway.Nodes), "raise gateway.nodes, or name another node")
	}
	if n == 0 {
		return gateway.AllNodes
	}
	return n - 1
}

// atNode checks a node (from 1) that clients are chosen by: there are as many as there
// are addresses.
func (t *turn) atNode(n uint8, path string) {
	urls := len(t.plan.Target.URLs)
	if t.foreign() && int(n) > urls {
		t.fault(path+".node", fmt.Sprintf("there is no node %d: the target has %d %s", n, urls, which(urls == 1, "address", "addresses")), "name all nodes in target.urls")
		return
	}
	t.node(n, path)
}

// shared reports whether others go on when this node (from 1, 0 = all) does not.
func (t *turn) shared(node uint8) bool { return node > 0 && t.plan.Gateway.Nodes > 1 }

// loses marks an entry whose victims are those who are online at a node; back says that
// they are expected back.
func (t *turn) loses(node uint8, back bool) {
	t.drops(back)
	t.entry.Wide, t.entry.Node = true, node
}

// drops marks an entry that makes clients drop; back says that they are expected back.
// It comes before the entry's steps.
func (t *turn) drops(back bool) { t.entry.Drops, t.entry.Recover = true, back }

func (t *turn) restart(v *scenario.Restart, path string) {
	how, sessions := "killed", "lost"
	if v.By == "orderly" {
		how = "stopped"
	}
	if v.Sessions == "kept" {
		sessions = "kept"
	}
	t.entry.Says = fmt.Sprintf("%s is %s, back after %v, sessions %s", nth(v.Node), how, v.Downtime, sessions)
	t.loses(t.node(v.Node, path), true)
	t.control(path, gateway.Command{Kind: gateway.Restart, Node: t.entry.Node, Downtime: Time(v.Downtime), Orderly: v.By == "orderly", KeepSessions: v.Sessions == "kept"})
	t.entry.Until += Time(v.Downtime)
}

// stop takes the gateway down, to the end unless the scenario says for how long.
func (t *turn) stop(v *scenario.Stop, path string) {
	how := "stops in order (close 1001)"
	if v.By == "kill" {
		how = "is killed"
	}
	t.entry.Says = fmt.Sprintf("%s %s%s", nth(v.Node), how, which(v.For == nil, " for good", lasting(v.For)))
	t.loses(t.node(v.Node, path), v.For != nil || t.shared(v.Node))
	t.entry.Stays = !t.entry.Recover
	t.control(path, gateway.Command{Kind: gateway.Restart, Node: t.entry.Node, Downtime: span(v.For, whole), Orderly: v.By != "kill"})
	t.entry.Until += span(v.For, 0)
}

func (t *turn) nodeDown(v *scenario.NodeDown, path string) {
	t.entry.Says = fmt.Sprintf("%s dies%s", nth(v.Node), lasting(v.For))
	gone := t.plan.Gateway.Nodes == 1 && v.For == nil && t.ours()
	t.loses(t.node(v.Node, path), !gone)
	if gone {
		t.entry.Stays = true
		t.warn("%s: the only node dies for good, so nobody comes back", t.entry.Name)
	}
	t.control(path, gateway.Command{Kind: gateway.Restart, Node: t.entry.Node, Downtime: span(v.For, whole)})
	t.entry.Until += span(v.For, 0)
}

// drain empties one node, or each in turn: its links are closed over a span, then it
// may be restarted, then it takes links again, and after a pause the next one follows.
func (t *turn) drain(v *scenario.Drain, path string) {
	first, last := v.Node, v.Node
	t.entry.Says = fmt.Sprintf("%s drains over %v", nth(v.Node), v.Over)
	if v.Node == 0 {
		first, last = 1, t.plan.Gateway.Nodes
		t.entry.Says = fmt.Sprintf("%d nodes, one after another, drain over %v", last, v.Over)
	}
	downtime, pause := span(v.Downtime, 0), span(v.Pause, 0)
	if downtime > 0 {
		t.entry.Says += fmt.Sprintf(" and %s, back after %v", which(v.Node == 0, "restart", "restarts"), downtime)
	}
	if pause > 0 && v.Node == 0 {
		t.entry.Says += fmt.Sprintf("; %v between them", pause)
	}
	t.loses(t.node(v.Node, path), true)
	t.entry.Gradual = true
	at := t.entry.At
	for n := first; n <= last; n++ {
		node := t.node(n, path)
		t.controlAt(at, path, gateway.Command{Kind: gateway.Drain, Node: node, Downtime: Time(v.Over)})
		at += Time(v.Over)
		if n > first {
			t.entry.Again = at + downtime // Who moved on from an earlier node is moved again.
		}
		if downtime > 0 {
			t.controlAt(at, path, gateway.Command{Kind: gateway.Restart, Node: node, Orderly: true, Downtime: downtime})
			at += downtime
		}
		t.controlAt(at, path, gateway.Command{Kind: gateway.Undrain, Node: node})
		at += pause
	}
}
