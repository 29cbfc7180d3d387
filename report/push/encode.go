package push

import (
	"math"
	"slices"
	"strconv"
	"time"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protowire"
)

// perRequest is how many series one request of remote write holds: receivers bound them.
const perRequest = 2000

// gathered is what a gatherer held at an instant.
type gathered []*dto.MetricFamily

// Gather implements prometheus.Gatherer.
func (g gathered) Gather() ([]*dto.MetricFamily, error) { return g, nil }

// series is how many metrics there are.
func (g gathered) series() (n uint64) {
	for _, f := range g {
		n += uint64(len(f.Metric))
	}
	return n
}

// request is a prometheus.WriteRequest of remote write 1.0, encoded:
//
//	WriteRequest   1 timeseries, 3 metadata
//	TimeSeries     1 labels, 2 samples, 4 histograms
//	Label          1 name, 2 value
//	Sample         1 value, 2 timestamp in ms
//	MetricMetadata 1 type, 2 family, 4 help
type request []byte

// Size is how long it is.
func (r request) Size() int { return len(r) }

// MarshalToSizedBuffer copies it.
func (r request) MarshalToSizedBuffer(to []byte) (int, error) { return copy(to, r), nil }

// encoder puts requests together.
type encoder struct {
	at     int64 // In ms.
	extra  [][2]string
	native bool
	done   []request
	open   request
	held   int // Series of the open request.
	series int
	labels [][2]string // Scratch.
}

// encode writes families as remote write has them, with more labels, and counts their
// series.
func encode(families []*dto.MetricFamily, now time.Time, extra [][2]string, native bool) ([]request, int) {
	e := encoder{at: now.UnixMilli(), extra: extra, native: native}
	for _, f := range families {
		e.metadata(f)
		for _, m := range f.Metric {
			e.metric(f.GetName(), f.GetType(), m)
		}
	}
	e.seal()
	return e.done, e.series
}

func (e *encoder) seal() {
	if len(e.open) > 0 {
		e.done = append(e.done, e.open)
	}
	e.open, e.held = nil, 0
}

// metadata says what a family is. Types: 1 counter, 2 gauge, 3 histogram.
func (e *encoder) metadata(f *dto.MetricFamily) {
	kind := map[dto.MetricType]uint64{dto.MetricType_COUNTER: 1, dto.MetricType_GAUGE: 2, dto.MetricType_HISTOGRAM: 3}[f.GetType()]
	m := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), kind)
	m = protowire.AppendString(protowire.AppendTag(m, 2, protowire.BytesType), f.GetName())
	m = protowire.AppendString(protowire.AppendTag(m, 4, protowire.BytesType), f.GetHelp())
	e.open = protowire.AppendBytes(protowire.AppendTag(e.open, 3, protowire.BytesType), m)
}

// metric writes the series of a metric.
func (e *encoder) metric(name string, kind dto.MetricType, m *dto.Metric) {
	switch kind {
	case dto.MetricType_COUNTER:
		e.sample(name, m, "", "", m.GetCounter().GetValue())
	case dto.MetricType_GAUGE:
		e.sample(name, m, "", "", m.GetGauge().GetValue())
	case dto.MetricType_UNTYPED:
		e.sample(name, m, "", "", m.GetUntyped().GetValue())
	case dto.MetricType_HISTOGRAM:
		h := m.GetHistogram()
		for _, b := range h.Bucket {
			if !math.IsInf(b.GetUpperBound(), 1) {
				e.sample(name+"_bucket", m, "le", strconv.FormatFloat(b.GetUpperBound(), 'g', -1, 64), float64(b.GetCumulativeCount()))
			}
		}
		e.sample(name+"_bucket", m, "le", "+Inf", float64(h.GetSampleCount()))
		e.sample(name+"_sum", m, "", "", h.GetSampleSum())
		e.sample(name+"_count", m, "", "", float64(h.GetSampleCount()))
		if e.native && h.Schema != nil {
			e.timeSeries(name, m, "", "", 4, e.histogram(h))
		}
	}
}

// sample writes a series with one value.
func (e *encoder) sample(name string, m *dto.Metric, label, of string, v float64) {
	s := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(v))
	s = protowire.AppendVarint(protowire.AppendTag(s, 2, protowire.VarintType), uint64(e.at))
	e.timeSeries(name, m, label, of, 2, s)
}

// timeSeries writes a series that holds one thing. Its labels are sorted by name, as
// receivers ask for.
func (e *encoder) timeSeries(name string, m *dto.Metric, label, of string, field protowire.Number, holds []byte) {
	if e.held == perRequest {
		e.seal()
	}
	all := append(append(e.labels[:0], [2]string{"__name__", name}), e.extra...)
	for _, l := range m.Label {
		all = append(all, [2]string{l.GetName(), l.GetValue()})
	}
	if label != "" {
		all = append(all, [2]string{label, of})
	}
	e.labels = all
	slices.SortFunc(all, func(a, b [2]string) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	})
	var series []byte
	for _, l := range all {
		pair := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), l[0])
		pair = protowire.AppendString(protowire.AppendTag(pair, 2, protowire.BytesType), l[1])
		series = protowire.AppendBytes(protowire.AppendTag(series, 1, protowire.BytesType), pair)
	}
	series = protowire.AppendBytes(protowire.AppendTag(series, field, protowire.BytesType), holds)
	e.open = protowire.AppendBytes(protowire.AppendTag(e.open, 1, protowire.BytesType), series)
	e.held++
	e.series++
}

// histogram writes native buckets:
//
//	1 count, 3 sum, 4 schema, 5 zero threshold, 6 zero count,
//	11 positive spans (1 offset, 2 length), 12 positive deltas, 15 timestamp in ms
func (e *encoder) histogram(h *dto.Histogram) []byte {
	number := func(to []byte, field protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(to, field, protowire.VarintType), v)
	}
	float := func(to []byte, field protowire.Number, v float64) []byte {
		return protowire.AppendFixed64(protowire.AppendTag(to, field, protowire.Fixed64Type), math.Float64bits(v))
	}
	out := number(nil, 1, h.GetSampleCount())
	out = float(out, 3, h.GetSampleSum())
	out = number(out, 4, protowire.EncodeZigZag(int64(h.GetSchema())))
	out = float(out, 5, h.GetZeroThreshold())
	out = number(out, 6, h.GetZeroCount())
	for _, s := range h.PositiveSpan {
		span := number(number(nil, 1, protowire.EncodeZigZag(int64(s.GetOffset()))), 2, uint64(s.GetLength()))
		out = protowire.AppendBytes(protowire.AppendTag(out, 11, protowire.BytesType), span)
	}
	var deltas []byte
	for _, d := range h.PositiveDelta {
		deltas = protowire.AppendVarint(deltas, protowire.EncodeZigZag(d))
	}
	out = protowire.AppendBytes(protowire.AppendTag(out, 12, protowire.BytesType), deltas)
	return number(out, 15, uint64(e.at))
}
