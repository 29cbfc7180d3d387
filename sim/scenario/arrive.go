package scenario

import "github.com/invopop/jsonschema"

// Stage is one stage of arrival. Exactly one is set. Stages follow each other.
type Stage struct {
	Pause    *Span   `json:"pause,omitempty" jsonschema_description:"Nobody arrives for so long."`
	AtOnce   *AtOnce `json:"atOnce,omitempty" jsonschema_description:"A number of clients in one instant."`
	Constant *Steady `json:"constant,omitempty" jsonschema_description:"A constant rate, evenly spaced."`
	Ramp     *Ramp   `json:"ramp,omitempty" jsonschema_description:"A rate that changes linearly."`
	Steps    *Steps  `json:"steps,omitempty" jsonschema_description:"A rate that climbs a staircase."`
	Spike    *Spike  `json:"spike,omitempty" jsonschema_description:"A peak on top of a constant rate."`
	Poisson  *Steady `json:"poisson,omitempty" jsonschema_description:"Independent arrivals around a constant rate: what crowds really do."`
	Instants []Span  `json:"instants,omitempty" jsonschema:"minItems=1,maxItems=100000" jsonschema_description:"One client at each of these instants, counted from the stage's begin."`
}

// JSONSchemaExtend says that exactly one kind is written.
func (Stage) JSONSchemaExtend(s *jsonschema.Schema) { exactlyOne(s) }

// AtOnce brings clients in one instant.
type AtOnce struct {
	Count uint32 `json:"count,omitempty" jsonschema:"minimum=1" jsonschema_description:"How many. Left out: all that are left."`
}

// Steady is a constant rate.
type Steady struct {
	Rate Rate  `json:"rate" jsonschema:"required"`
	For  *Span `json:"for,omitempty" jsonschema_description:"How long. Left out: until all have arrived."`
}

// Ramp is a rate that changes linearly.
type Ramp struct {
	From Rate `json:"from" jsonschema:"required"`
	To   Rate `json:"to" jsonschema:"required"`
	Over Span `json:"over" jsonschema:"required"`
}

// Steps is a staircase: from, from+by, from+2by, ... for each so long.
type Steps struct {
	From  Rate   `json:"from" jsonschema:"required" jsonschema_description:"The first step's rate."`
	By    Rate   `json:"by" jsonschema:"required" jsonschema_description:"What each step adds."`
	Times uint32 `json:"times" jsonschema:"required,minimum=1,maximum=10000" jsonschema_description:"How many steps."`
	Each  Span   `json:"each" jsonschema:"required" jsonschema_description:"How long a step lasts."`
}

// Spike is a base rate, a peak, and the base rate again.
type Spike struct {
	Base   Rate  `json:"base" jsonschema:"required" jsonschema_description:"Rate before and after."`
	Peak   Rate  `json:"peak" jsonschema:"required" jsonschema_description:"Rate of the peak."`
	Before *Span `json:"before,omitempty" jsonschema_description:"How long the base rate lasts before it (0s)."`
	For    Span  `json:"for" jsonschema:"required" jsonschema_description:"How long the peak lasts."`
	After  *Span `json:"after,omitempty" jsonschema_description:"How long the base rate lasts after it (0s)."`
}

func exactlyOne(s *jsonschema.Schema) {
	one := uint64(1)
	s.MinProperties, s.MaxProperties = &one, &one
}
