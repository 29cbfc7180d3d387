package compare

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"loginstorm/sim/record"
)

// exported reads what OpenMetrics wrote with the parser that a Pushgateway has: the
// value of each series, by its name and labels.
func exported(t *testing.T, c *Result) map[string]float64 {
	t.Helper()
	var b bytes.Buffer
	if err := OpenMetrics(&b, c, time.UnixMilli(1_770_000_000_500)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(b.String(), "\n# EOF\n") {
		t.Errorf("no end:\n%s", b.String())
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(&b)
	if err != nil {
		t.Fatal(err)
	}
	known := record.GateSide()
	all := map[string]float64{}
	for name, family := range families {
		i := slices.IndexFunc(known, func(info record.Info) bool { return info.Prometheus == name })
		if i < 0 || family.GetType() != dto.MetricType_GAUGE || family.GetHelp() != known[i].Help {
			t.Errorf("%s is not as the catalogue has it: %v, %q", name, family.GetType(), family.GetHelp())
		}
		for _, m := range family.Metric {
			var labels []string
			for _, pair := range m.Label {
				labels = append(labels, fmt.Sprintf("%s=%s", pair.GetName(), pair.GetValue()))
			}
			slices.Sort(labels)
			all[strings.TrimPrefix(name, "loginstorm_gate_")+" "+strings.Join(labels, " ")] = m.Gauge.GetValue()
		}
	}
	return all
}

func TestOpenMetrics(t *testing.T) {
	const ms = time.Millisecond
	c := compared(t, several(1, 5, 20*ms, 1, 0), several(11, 5, 24*ms, 0.5, 0),
		gateFor(t, "p99(connect_to_logged_in)", "time_to_recover(99%, after: cut)", "max(lockout)"))
	c.Name = "a \"b\" \\c\nd"
	got := exported(t, c)
	const p99 = "figure=p99(connect_to_logged_in)"
	scenario := "scenario=" + c.Name
	for series, want := range map[string]float64{
		"verdict " + p99 + " " + scenario + " verdict=worse":                            1,
		"verdict " + p99 + " " + scenario + " verdict=same":                             0,
		"verdict figure=(gate) " + scenario + " verdict=worse":                          1,
		"verdict figure=(gate) " + scenario + " verdict=cannot tell":                    0,
		"verdict figure=max(lockout) " + scenario + " verdict=invalid":                  1,
		"change_ratio " + p99 + " of=median " + scenario:                                float64(c.Figures[0].Ratio),
		"change_ratio " + p99 + " of=high " + scenario:                                  float64(c.Figures[0].High),
		"floor_ratio " + p99 + " " + scenario:                                           0.05,
		"value " + p99 + " " + scenario + " side=base":                                  float64(c.Figures[0].Base),
		"value figure=time_to_recover(99%, after: cut) " + scenario + " side=candidate": math.Inf(1),
		"runs " + scenario + " side=candidate":                                          5,
		"judged_timestamp_seconds " + scenario:                                          1_770_000_000.5,
	} {
		if v, ok := got[series]; !ok || v != want {
			t.Errorf("%s: %v, %v; want %v", series, v, ok, want)
		}
	}
	if _, ok := got["value figure=max(lockout) "+scenario+" side=base"]; ok {
		t.Error("a figure that nobody has got a value")
	}
}

// What cannot be compared has no verdict but that.
func TestOpenMetricsOfWhatCannotBeCompared(t *testing.T) {
	runs := several(1, 5, 20*time.Millisecond, 1, 0)
	c := compared(t, runs, nil, gateFor(t, "p99(connect_to_logged_in)"))
	for series, v := range exported(t, c) {
		if strings.HasPrefix(series, "verdict ") && (v == 1) != strings.HasSuffix(series, "=invalid") {
			t.Errorf("%s is %v", series, v)
		}
	}
}
