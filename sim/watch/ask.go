package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"loginstorm/sim/plan"
)

const (
	// maxPage bounds an answer: a gateway with ten thousand series shows 2 MB.
	maxPage = 16 << 20
	// maxSeries bounds the series that are added up to one value.
	maxSeries = 100_000
)

// errFirst: a rate needs two answers, and this is the first.
var errFirst = errors.New("the first answer")

// ask asks once. Errors name neither token nor query of an address.
func (a *asker) ask(ctx context.Context) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, a.metric.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.address, nil)
	if err != nil {
		return 0, errors.New("the address cannot be asked")
	}
	if token := a.metric.Token.Reveal(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("User-Agent", "loginstorm")
	if a.metric.Prometheus == "" {
		request.Header.Set("Accept", "text/plain;version=0.0.4")
	}
	response, err := a.client.Do(request)
	if err != nil {
		return 0, a.plain(ctx, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxPage+1))
	switch {
	case err != nil:
		return 0, a.plain(ctx, err)
	case len(body) > maxPage:
		return 0, fmt.Errorf("the answer has more than %d MiB", maxPage>>20)
	case response.StatusCode/100 == 3:
		return 0, fmt.Errorf("HTTP %d: redirects are not followed", response.StatusCode)
	case response.StatusCode != http.StatusOK && a.metric.Prometheus == "":
		return 0, fmt.Errorf("HTTP %d", response.StatusCode)
	}
	v, err := a.read(a, body, time.Now())
	if err != nil && !errors.Is(err, errFirst) && response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("HTTP %d: %w", response.StatusCode, err)
	}
	return v, err
}

// plain takes the address off an error of a question.
func (a *asker) plain(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", a.metric.Timeout)
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// answer reads what a Prometheus says to an expression: a scalar, or a vector whose
// values are added up.
func (a *asker) answer(body []byte, _ time.Time) (float64, error) {
	var reply struct {
		Status, Error string
		Data          struct {
			ResultType string          `json:"resultType"`
			Result     json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return 0, errors.New("that is no answer of a Prometheus")
	}
	if reply.Status != "success" {
		return 0, fmt.Errorf("the query was refused: %s", reply.Error)
	}
	type point [2]any
	switch reply.Data.ResultType {
	case "scalar":
		var one point
		if json.Unmarshal(reply.Data.Result, &one) != nil {
			return 0, errors.New("the scalar cannot be read")
		}
		return number(one)
	case "vector":
		var all []struct {
			Value *point `json:"value"`
		}
		if json.Unmarshal(reply.Data.Result, &all) != nil || len(all) > maxSeries {
			return 0, errors.New("the vector cannot be read")
		}
		if len(all) == 0 {
			return 0, errors.New("the query gave nothing")
		}
		sum := 0.0
		for _, one := range all {
			if one.Value == nil {
				return 0, errors.New("the query gave a histogram, and not a number")
			}
			v, err := number(*one.Value)
			if err != nil {
				return 0, err
			}
			sum += v
		}
		return sum, nil
	}
	return 0, fmt.Errorf("the query gave a %.20s: write one that gives a scalar or a vector", reply.Data.ResultType)
}

func number(p [2]any) (float64, error) {
	text, _ := p[1].(string)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, errors.New("the value cannot be read")
	}
	return v, nil
}

// page reads a page in Prometheus' text format.
func (a *asker) page(body []byte, now time.Time) (float64, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the page is not in Prometheus' text format")
	}
	next, first := counters{at: now, values: map[string]float64{}}, a.metric.Rate && a.last.values == nil
	v, err := a.sum(families, &a.series, &next)
	whole := 1.0
	if err == nil && a.metric.Of != "" {
		whole, err = a.sum(families, &a.of, &next)
	}
	a.last = next
	switch {
	case err != nil:
		return 0, err
	case first:
		return 0, errFirst
	case whole == 0:
		return 0, fmt.Errorf("%s is 0: nothing happened", a.metric.Of)
	}
	return v / whole, nil
}

// sum adds up the series that a selector picks; how fast they grow, when they are
// counters. A name without such labels is 0: a counter of errors often appears with the
// first one. A name that is not there at all is none.
func (a *asker) sum(families map[string]*dto.MetricFamily, s *plan.Selector, next *counters) (sum float64, err error) {
	found, there := 0, false
	for _, suffix := range []string{"", "_sum", "_count", "_bucket"} {
		name, ok := strings.CutSuffix(s.Name(), suffix)
		family := families[name]
		if !ok || family == nil {
			continue
		}
		for _, m := range family.Metric {
			for _, one := range values(name, family.GetType(), m) {
				there = there || one.name == s.Name()
				if !s.Picks(one.name, one.label) {
					continue
				}
				if found++; found > maxSeries {
					return 0, fmt.Errorf("%s picks more than %d series", s.Name(), maxSeries)
				}
				if a.metric.Rate {
					sum += a.last.grown(one.key(), one.value, next)
				} else {
					sum += one.value
				}
			}
		}
	}
	if !there {
		return 0, fmt.Errorf("the page has no series %s", s.Name())
	}
	return sum, nil
}

// counters is what a page's counters stood at.
type counters struct {
	at     time.Time
	values map[string]float64 // nil = there was no page yet.
}

// grown returns how fast a counter grew since, a second, and notes it. One that is new
// began at 0, and so did one that is lower than it was: its process is another one.
func (c *counters) grown(key string, v float64, next *counters) float64 {
	next.values[key] = v
	passed := next.at.Sub(c.at).Seconds()
	if c.values == nil || passed <= 0 {
		return 0
	}
	if was := c.values[key]; v >= was {
		v -= was
	}
	return v / passed
}

// value is one number of a page.
type value struct {
	name  string
	value float64
	extra [2]string // le or quantile, and its value.
	of    *dto.Metric
}

func (v *value) label(name string) string {
	if v.extra[0] != "" && v.extra[0] == name {
		return v.extra[1]
	}
	for _, pair := range v.of.Label {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

// key tells the series of a page apart.
func (v *value) key() string {
	text := v.name
	for _, pair := range v.of.Label { // In the order of the page, which stays.
		text += "\x00" + pair.GetName() + "\x00" + pair.GetValue()
	}
	return text + "\x00" + v.extra[0] + "\x00" + v.extra[1]
}

// values lists the numbers of a metric, by the names that they have on the page.
func values(name string, kind dto.MetricType, m *dto.Metric) []value {
	one := func(v float64) []value { return []value{{name: name, value: v, of: m}} }
	switch kind {
	case dto.MetricType_COUNTER:
		return one(m.GetCounter().GetValue())
	case dto.MetricType_GAUGE:
		return one(m.GetGauge().GetValue())
	case dto.MetricType_UNTYPED:
		return one(m.GetUntyped().GetValue())
	case dto.MetricType_SUMMARY:
		s := m.GetSummary()
		all := []value{{name: name + "_sum", value: s.GetSampleSum(), of: m}, {name: name + "_count", value: float64(s.GetSampleCount()), of: m}}
		for _, q := range s.Quantile {
			all = append(all, value{name: name, value: q.GetValue(), extra: [2]string{"quantile", format(q.GetQuantile())}, of: m})
		}
		return all
	case dto.MetricType_HISTOGRAM:
		h := m.GetHistogram()
		all := []value{{name: name + "_sum", value: h.GetSampleSum(), of: m}, {name: name + "_count", value: float64(h.GetSampleCount()), of: m}}
		for _, b := range h.Bucket {
			all = append(all, value{name: name + "_bucket", value: float64(b.GetCumulativeCount()), extra: [2]string{"le", format(b.GetUpperBound())}, of: m})
		}
		return all
	}
	return nil
}

// format writes a bound as pages have it.
func format(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
