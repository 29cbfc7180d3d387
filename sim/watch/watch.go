package watch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"loginstorm/sim/plan"
)

// Sample is what was heard of a series, or that nothing was.
type Sample struct {
	At     time.Duration // When it was asked for, since the run began.
	Series int           // Index into the plan's Metrics.
	Value  float64       // In the series' unit; finite.
	Gap    string        // Why there is no value; "" = there is one.
}

// maxGap bounds the reason of a gap: what a server writes there is its own.
const maxGap = 200

// Run asks for the series of a plan until ctx is done, and returns when the last
// question is over. Instants count from begin. take is called by one goroutine a
// series, several at once.
func Run(ctx context.Context, metrics []plan.Metric, begin time.Time, take func(Sample)) error {
	askers := make([]*asker, len(metrics))
	for i := range metrics {
		a, err := newAsker(&metrics[i])
		if err != nil {
			return fmt.Errorf("watch %s: %w", metrics[i].Name, err)
		}
		askers[i] = a
	}
	var all sync.WaitGroup
	for i, a := range askers {
		all.Go(func() {
			defer a.client.CloseIdleConnections()
			a.run(ctx, begin, func(s Sample) {
				s.Series = i
				take(s)
			})
		})
	}
	all.Wait()
	return nil
}

// asker asks for one series.
type asker struct {
	metric  *plan.Metric
	client  *http.Client
	series  plan.Selector
	of      plan.Selector
	address string
	read    func(*asker, []byte, time.Time) (float64, error)
	last    counters // At the last answer.
}

func newAsker(m *plan.Metric) (*asker, error) {
	a := &asker{metric: m, address: m.Scrape, read: (*asker).page, client: &http.Client{
		Transport: &http.Transport{MaxIdleConns: 1, MaxConnsPerHost: 1, ResponseHeaderTimeout: m.Timeout,
			DialContext: (&net.Dialer{Timeout: m.Timeout}).DialContext},
		// Traffic goes where the scenario says and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if m.Prometheus != "" {
		a.address, a.read = m.Prometheus+"/api/v1/query?"+url.Values{"query": {m.Query}, "timeout": {m.Timeout.String()}}.Encode(), (*asker).answer
		return a, nil
	}
	var err error
	if a.series, err = plan.ParseSelector(m.Series); err == nil && m.Of != "" {
		a.of, err = plan.ParseSelector(m.Of)
	}
	return a, err
}

// run asks again and again.
func (a *asker) run(ctx context.Context, begin time.Time, take func(Sample)) {
	timer := time.NewTimer(time.Until(begin))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		at := time.Since(begin)
		value, err := a.ask(ctx)
		if ctx.Err() != nil && err != nil {
			return // The run is over: this is no gap.
		}
		s := Sample{At: at, Value: value * a.metric.Scale}
		switch {
		case errors.Is(err, errFirst):
		case err != nil:
			s = Sample{At: at, Gap: clip(err.Error())}
			take(s)
		case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
			take(Sample{At: at, Gap: "the value is no number"})
		default:
			take(s)
		}
		next := time.Since(begin)/a.metric.Every + 1
		timer.Reset(time.Until(begin.Add(next * a.metric.Every)))
	}
}

// clip bounds the reason of a gap.
func clip(text string) string {
	if r := []rune(text); len(r) > maxGap {
		return string(r[:maxGap]) + "..."
	}
	return text
}
