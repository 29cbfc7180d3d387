package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"loginstorm/sim/record"
	"loginstorm/sim/target"
)

// gatewayWithin bounds what a scrape waits for the gateway's counts: one that hangs
// must not cost the scrape the figures of the run.
const gatewayWithin = 300 * time.Millisecond

// gatewaySide exports what a gateway counts itself. It asks when it is scraped.
type gatewaySide struct {
	stats func(context.Context) (target.Stats, error)
	descs map[string]*prometheus.Desc // By catalogue name; never ranged over.
	all   []*prometheus.Desc
}

// side returns the gateway's own counts; nil = nobody can be asked for them.
func (g *goal) side() *gatewaySide {
	switch {
	case g.child != nil:
		return newGatewaySide(g.child.stats)
	case g.port != nil:
		return newGatewaySide(g.port.Stats)
	}
	return nil
}

func newGatewaySide(stats func(context.Context) (target.Stats, error)) *gatewaySide {
	s := &gatewaySide{stats: stats, descs: map[string]*prometheus.Desc{}}
	for _, info := range record.GatewaySide() {
		desc := prometheus.NewDesc(info.Prometheus, info.Help, info.Labels, nil)
		s.descs[info.Name] = desc
		s.all = append(s.all, desc)
	}
	return s
}

// Describe implements prometheus.Collector.
func (s *gatewaySide) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range s.all {
		out <- desc
	}
}

// Collect implements prometheus.Collector. A gateway that is down is a fact to show,
// and no error.
func (s *gatewaySide) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gatewayWithin)
	defer cancel()
	put := func(name string, kind prometheus.ValueType, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(s.descs[name], kind, v, labels...)
	}
	st, err := s.stats(ctx)
	if err != nil {
		put(record.GatewayUp, prometheus.GaugeValue, 0)
		return
	}
	put(record.GatewayUp, prometheus.GaugeValue, 1)
	put(record.GatewayConnections, prometheus.GaugeValue, float64(st.Connections))
	put(record.GatewayLinks, prometheus.GaugeValue, float64(st.Gateway.Links))
	put(record.GatewaySessions, prometheus.GaugeValue, float64(st.Gateway.Sessions))
	put(record.GatewayQueue, prometheus.GaugeValue, float64(st.Gateway.Queue))
	put(record.GatewayBusy, prometheus.GaugeValue, float64(st.Gateway.Busy))
	for _, one := range st.Gateway.Logins {
		put(record.GatewayLogins, prometheus.CounterValue, float64(one.Count), strconv.Itoa(int(one.Code)))
	}
	put(record.GatewayLogins, prometheus.CounterValue, float64(st.Gateway.Other), record.Other)
	for reason, n := range st.Gateway.Kicks {
		put(record.GatewayKicks, prometheus.CounterValue, float64(n), record.ReasonName(reason))
	}
	put(record.GatewayRefused, prometheus.CounterValue, float64(st.Gateway.Refused))
	put(record.GatewayWasted, prometheus.CounterValue, float64(st.Gateway.Wasted))
	put(record.GatewayWorked, prometheus.CounterValue, st.Gateway.WorkedTime.Seconds())
	put(record.GatewayStalls, prometheus.CounterValue, float64(st.Gateway.Stalls))
	put(record.GatewayCPU, prometheus.CounterValue, st.Process.CPUSeconds)
	put(record.GatewayMemory, prometheus.GaugeValue, float64(st.Process.TotalBytes))
}

// errBetween says that there is no process to ask.
var errBetween = errors.New("the embedded gateway is between two lives")

// stats asks the embedded gateway for its counts. It does not wait for a process that
// is being killed or that has not begun.
func (c *child) stats(ctx context.Context) (target.Stats, error) {
	if !c.mu.TryLock() {
		return target.Stats{}, errBetween
	}
	port, alive := c.port, c.back == nil && c.gone == nil
	c.mu.Unlock()
	if !alive {
		return target.Stats{}, errBetween
	}
	return port.Stats(ctx)
}
