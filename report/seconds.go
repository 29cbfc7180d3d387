package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"loginstorm/report/rundir"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// column is one of the CSV table, and what a second says in it.
type column struct {
	name string
	of   func(*record.Row) string
}

// tableColumns are those of the CSV table between the run and what is missing. They are
// always all there, in this order. Counts are of the second alone; what clients_ counts
// is how it stands at the second's end. Spans are seconds.
func tableColumns() []column {
	whole := func(n uint64) string { return strconv.FormatUint(n, 10) }
	span := func(s record.Seconds, count int64) string {
		if count == 0 {
			return "" // No percentile of nothing.
		}
		return strconv.FormatFloat(s.Duration().Seconds(), 'f', -1, 64)
	}
	all := []column{
		{"second", func(r *record.Row) string { return strconv.Itoa(r.Second) }},
		{"to_seconds", func(r *record.Row) string { return strconv.FormatFloat(r.To.Duration().Seconds(), 'f', -1, 64) }},
		{"short", func(r *record.Row) string { return map[bool]string{false: "0", true: "1"}[r.Short] }},
		{"dials", func(r *record.Row) string { return whole(r.Dials) }},
		{"logins", func(r *record.Row) string { return whole(r.LoggedIn) }},
		{"reconnects", func(r *record.Row) string { return whole(r.Reconnects) }},
		{"retries", func(r *record.Row) string { return whole(r.Retries) }},
	}
	for s := login.Unknown; s < login.DataSyncStart; s++ {
		all = append(all, column{"clients_" + s.String(), func(r *record.Row) string { return strconv.FormatInt(r.Statuses[s], 10) }})
	}
	for i := range record.Codes {
		all = append(all, column{"code_" + strings.ReplaceAll(record.CodeName(i), " ", "_"), func(r *record.Row) string { return whole(r.Codes[i]) }})
	}
	for i := range record.Reasons {
		all = append(all, column{"kicks_" + record.ReasonName(i), func(r *record.Row) string { return whole(r.Kicks[i]) }})
	}
	brief := func(name string, of func(*record.Row) record.Brief) {
		all = append(all, column{name + "_count", func(r *record.Row) string { return strconv.FormatInt(of(r).Count, 10) }},
			column{name + "_p50_seconds", func(r *record.Row) string { return span(of(r).P50, of(r).Count) }},
			column{name + "_p99_seconds", func(r *record.Row) string { return span(of(r).P99, of(r).Count) }},
			column{name + "_max_seconds", func(r *record.Row) string { return span(of(r).Max, of(r).Count) }})
	}
	brief(record.ConnectToLoggedIn.String(), func(r *record.Row) record.Brief { return r.Connect })
	brief("lateness", func(r *record.Row) record.Brief { return r.Lateness })
	for c := range record.Counters {
		all = append(all, column{record.Counter(c).String(), func(r *record.Row) string { return whole(r.Counters[c]) }})
	}
	return append(all, column{"cpu_cores", func(r *record.Row) string { return strconv.FormatFloat(r.CPU, 'f', -1, 64) }})
}

// CSV writes one table of all seconds of the runs, one after the other: run (the
// directory), the columns, and missing, which says in a run's first line what of it could
// not be read, and is empty elsewhere. A run without a second has that line alone.
func CSV(w io.Writer, runs ...*rundir.Run) error {
	all, head := tableColumns(), Columns()
	out := csv.NewWriter(w)
	_ = out.Write(head) // Error says what went wrong.
	for _, run := range runs {
		missing := strings.Join(run.Missing, "; ")
		if len(run.Rows) == 0 {
			line := make([]string, len(head))
			line[0], line[len(line)-1] = run.Dir, missing
			_ = out.Write(line)
		}
		line := make([]string, 0, len(head))
		for i := range run.Rows {
			line = append(line[:0], run.Dir)
			for _, c := range all {
				line = append(line, c.of(&run.Rows[i]))
			}
			_ = out.Write(append(line, missing))
			missing = ""
		}
	}
	if out.Flush(); out.Error() != nil {
		return fmt.Errorf("write CSV: %w", out.Error())
	}
	return nil
}

// Columns names the columns of the CSV table, in their order.
func Columns() []string {
	names := []string{"run"}
	for _, c := range tableColumns() {
		names = append(names, c.name)
	}
	return slices.Clip(append(names, "missing"))
}
