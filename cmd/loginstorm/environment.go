package main

import (
	"bufio"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"loginstorm/report/rundir"
)

// environment says what machine and build a run is from: all that differs
// between two equal runs.
func environment(runID string, began time.Time, opts stormOptions) rundir.Environment {
	host, _ := os.Hostname() // A machine without a name is no reason not to run.
	return rundir.Environment{
		RunID: runID, Version: buildVersion(), Started: began, Host: host, System: runtime.GOOS + "/" + runtime.GOARCH,
		Kernel: firstLine("/proc/sys/kernel/osrelease"), CPU: cpuModel(), CPUs: runtime.NumCPU(), Memory: memoryTotal(),
		GoVersion: runtime.Version(), GoProcs: runtime.GOMAXPROCS(0), GoGC: percentGC(), GoLimit: os.Getenv("GOMEMLIMIT"),
		Files: openFiles(), Command: opts.command,
	}
}

// percentGC is the collector's setting in force, in per cent; "off" = it does not
// collect.
func percentGC() string {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return ""
	}
	if percent := sample[0].Value.Uint64(); percent < 1<<31 {
		return strconv.FormatUint(percent, 10)
	}
	return "off"
}

func firstLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// field returns the value of a "key : value" line of a file of /proc.
func field(path, key string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func cpuModel() string { return field("/proc/cpuinfo", "model name") }

// memoryTotal is the machine's memory in bytes; 0 where it is not known.
func memoryTotal() uint64 {
	kib, err := strconv.ParseUint(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// cpuMeter tells what share of one core this process used since it was last
// asked. 1 = one core.
type cpuMeter struct {
	at   time.Time
	used time.Duration
}

func (m *cpuMeter) share() float64 {
	now, used := time.Now(), cpuTime()
	share := 0.0
	if span := now.Sub(m.at); !m.at.IsZero() && span > 0 {
		share = float64(used-m.used) / float64(span)
	}
	m.at, m.used = now, used
	return share
}
