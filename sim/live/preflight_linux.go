package live

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// inspect looks at this machine, after raising the soft limit of descriptors
// to what is needed, or as far as it goes.
func inspect(files uint64) machine {
	var m machine
	open := uint64(0)
	if names, err := os.ReadDir("/proc/self/fd"); err == nil {
		open = uint64(len(names))
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		if limit.Cur < files+open && limit.Cur < limit.Max {
			raised := unix.Rlimit{Cur: min(files+open, limit.Max), Max: limit.Max}
			if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
				limit = raised
			}
		}
		m.files = max(1, limit.Cur-min(open, limit.Cur))
	}
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		m.ports = portRange(string(text))
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		m.memory = available(string(text))
	}
	return m
}

// portRange reads "32768	60999".
func portRange(text string) uint64 {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return 0
	}
	low, err1 := strconv.ParseUint(fields[0], 10, 16)
	high, err2 := strconv.ParseUint(fields[1], 10, 16)
	if err1 != nil || err2 != nil || high < low {
		return 0
	}
	return high - low + 1
}

// available reads the line "MemAvailable:   24000 kB".
func available(text string) uint64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kb, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err == nil {
				return kb << 10
			}
		}
	}
	return 0
}
