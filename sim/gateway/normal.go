package gateway

import (
	"errors"
	"fmt"
	"time"

	"loginstorm/sim/chance"
)

// DefaultSessionTimeout closes a link on which nothing was heard. Spec section 6.
const DefaultSessionTimeout = 90 * time.Second

// maxSpan bounds every configured span, so that no sum of instants overflows.
const maxSpan = 100 * 365 * 24 * time.Hour

// Normal returns the configuration with its defaults filled in.
func (c Config) Normal() Config {
	if c.Nodes == 0 {
		c.Nodes = 1
	}
	if c.SessionTimeout == 0 {
		c.SessionTimeout = DefaultSessionTimeout
	}
	return c
}

// Validate reports everything that is wrong with a normal configuration.
func (c *Config) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.Nodes == AllNodes {
		fault("gateway nodes: at most %d, got %d", AllNodes-1, c.Nodes)
	}
	if c.Accounts == NoAccount {
		fault("gateway accounts: at most %d, got %d", NoAccount-1, c.Accounts)
	}
	if err := c.MultiDevice.Validate(); err != nil {
		faults = append(faults, err)
	}
	if err := c.RateLimit.Validate(); err != nil {
		faults = append(faults, err)
	}
	if err := c.Admission.Validate(); err != nil {
		faults = append(faults, err)
	}
	for _, d := range []struct {
		name string
		dist chance.Dist
	}{{"service time", c.Auth.ServiceTime}, {"sync", c.Sync}} {
		if d.dist.Shape > chance.Lognormal || d.dist.A < 0 || d.dist.B < 0 {
			fault("gateway %s: no distribution of spans: %+v", d.name, d.dist)
		}
	}
	for _, s := range []struct {
		name string
		span Time
	}{{"auth hint", c.Auth.Hint}, {"session timeout", c.SessionTimeout}, {"linger", c.Linger}} {
		if s.span < 0 || s.span > maxSpan {
			fault("gateway %s: out of range: %v", s.name, s.span)
		}
	}
	return errors.Join(faults...)
}

// Validate reports what is wrong with a policy.
func (m *MultiDevice) Validate() error {
	var faults []error
	if m.Policy > PolicyCustom {
		faults = append(faults, fmt.Errorf("multi-device policy: unknown: %d", m.Policy))
	}
	if m.Policy != PolicyCustom && len(m.Custom) > 0 {
		faults = append(faults, fmt.Errorf("multi-device policy %v: sets of client types belong to custom", m.Policy))
	}
	for _, set := range m.Custom {
		for _, t := range set {
			if _, ok := platform(t); !ok {
				faults = append(faults, fmt.Errorf("multi-device policy: client type %d cannot log in", uint8(t)))
			}
		}
	}
	return errors.Join(faults...)
}

// Validate reports what is wrong with a 416 limiter. Limit 0 is none.
func (r *RateLimit) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("rate limit "+format, args...)) }
	if r.Scope > ByApp {
		fault("scope: unknown: %d", r.Scope)
	}
	if r.Counts > CountFailed {
		fault("counts: unknown: %d", r.Counts)
	}
	if r.Limit > MaxRateLimit {
		fault("limit: at most %d, got %d", MaxRateLimit, r.Limit)
	}
	if r.Limit > 0 && r.Window <= 0 || r.Window > maxSpan {
		fault("window: out of range: %v", r.Window)
	}
	if r.Penalty < 0 || r.Penalty > maxSpan {
		fault("penalty: out of range: %v", r.Penalty)
	}
	return errors.Join(faults...)
}

// Validate reports what is wrong with admission in buckets. Bucket 0 is none.
func (a *Admission) Validate() error {
	if a.Bucket > 0 && a.Every <= 0 || a.Every < 0 || a.Every > maxSpan {
		return fmt.Errorf("admission every: out of range: %v", a.Every)
	}
	return nil
}
