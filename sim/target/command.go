package target

import (
	"context"
	"fmt"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
)

// Do changes the gateway. When it returns, the change holds: listeners of a node
// that goes down are closed, links that end are ended or have their close frame
// queued. It waits for nothing that comes later: a node comes back, a drain goes on
// and an outage ends by itself while other commands are carried out.
func (s *Server) Do(ctx context.Context, cmd gateway.Command) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("command %s: %w", cmd.Kind, err)
	}
	if err := cmd.Validate(); err != nil {
		return fmt.Errorf("command %s: %w", cmd.Kind, err)
	}
	if cmd.Node != gateway.AllNodes && cmd.Node >= s.cfg.Gateway.Nodes {
		return fmt.Errorf("command %s: node %d of %d", cmd.Kind, cmd.Node, s.cfg.Gateway.Nodes)
	}
	accounts := cmd.Accounts
	if len(accounts) == 0 && cmd.Account != 0 {
		accounts = []uint32{cmd.Account}
	}
	for _, a := range accounts {
		if a >= s.cfg.Gateway.Accounts {
			return fmt.Errorf("command %s: account %d of %d", cmd.Kind, a, s.cfg.Gateway.Accounts)
		}
	}
	if cmd.Kind == gateway.SetBackend && s.serviceOf(cmd.Backend) == nil {
		return fmt.Errorf("command %s: there is no %s to change", cmd.Kind, cmd.Backend)
	}
	c := &s.core
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return fmt.Errorf("command %s: %w", cmd.Kind, errStopped)
	}
	var t touched
	s.wg.Add(1) // Serve waits for the writes that follow.
	defer s.wg.Done()
	s.stepLocked(&gateway.Input{Kind: gateway.Commanded, Command: &cmd}, &t)
	s.beside(&cmd)
	c.mu.Unlock()
	s.flushAll(&t)
	return nil
}

// beside carries out what a command changes outside the gateway. It is called
// under the gateway's lock.
func (s *Server) beside(cmd *gateway.Command) {
	switch cmd.Kind {
	case gateway.SetBackend:
		s.serviceOf(cmd.Backend).change(s.now(), cmd)
	case gateway.Drain, gateway.Undrain:
		s.nameNodes()
	case gateway.RotateToken:
		s.book.rotated(cmd)
	}
}

// serviceOf returns the server that a command means; nil = there is none.
func (s *Server) serviceOf(k backend.Kind) *service {
	switch k {
	case backend.App:
		return s.app
	case backend.Address:
		return s.address
	}
	return nil
}
