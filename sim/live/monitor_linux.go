package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// tick is the unit of processor times under /proc: the kernel shows them in
// hundredths of a second, whatever it counts in.
const tick = 10 * time.Millisecond

// openDescriptors counts what this process holds; 0 = not known.
func openDescriptors() uint64 {
	const own = "/proc/self/fd"
	if info, err := os.Stat(own); err == nil && info.Size() > 0 {
		return uint64(info.Size()) // Newer kernels count there.
	}
	names, err := os.ReadDir(own)
	if err != nil {
		return 0
	}
	return uint64(len(names))
}

// systemProbe reads /proc and the control groups.
type systemProbe struct {
	member string // Which control groups this process was in when groups were found.
	groups []group
	pid    int // Whose times target is of.
	target time.Duration
	cpu    cpuTimes
	tcp    tcpCounts
	ports  uint64
}

// sample fills in what the system tells.
func (p *systemProbe) sample(h *record.Health, span time.Duration, pid int) {
	if p.ports == 0 {
		p.ports = portRange(read("/proc/sys/net/ipv4/ip_local_port_range"))
	}
	if member := read("/proc/self/cgroup"); member != p.member { // Somebody may move it while it runs.
		p.member, p.groups = member, groupsOf(member)
	}
	h.Quota = p.quota()
	h.Machine = p.machine(span)
	if pid <= 0 {
		return
	}
	used, ok := timesOf(read(fmt.Sprintf("/proc/%d/stat", pid)))
	if !ok {
		return
	}
	if pid == p.pid { // Of a new process the first second is not whole.
		h.Target = &record.TargetHealth{CPU: max(0, float64(used-p.target)/float64(max(span, 1)))}
	}
	p.pid, p.target = pid, used
}

// read is a file's text, "" when it cannot be read.
func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// timesOf reads the user and system time of /proc/PID/stat. The name of the command,
// in brackets, may hold anything.
func timesOf(stat string) (time.Duration, bool) {
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, false
	}
	fields := strings.Fields(stat[end+1:])
	const user, system = 11, 12 // Counted from the state, which comes first.
	if len(fields) <= system {
		return 0, false
	}
	u, err1 := strconv.ParseInt(fields[user], 10, 64)
	s, err2 := strconv.ParseInt(fields[system], 10, 64)
	return time.Duration(u+s) * tick, err1 == nil && err2 == nil
}

// cpuTimes are the first line of /proc/stat, and how many lines of cores follow.
type cpuTimes struct {
	idle, stolen time.Duration
	cores        int
}

func cpuTimesOf(stat string) (t cpuTimes, ok bool) {
	for line := range strings.Lines(stat) {
		fields := strings.Fields(line)
		if len(fields) == 0 || !strings.HasPrefix(fields[0], "cpu") {
			break
		}
		if fields[0] != "cpu" {
			t.cores++
			continue
		}
		const idle, waiting, stolen = 4, 5, 8
		if len(fields) <= stolen {
			return t, false
		}
		n := func(i int) time.Duration {
			v, err := strconv.ParseInt(fields[i], 10, 64)
			ok = ok && err == nil
			return time.Duration(v) * tick
		}
		ok = true
		t.idle, t.stolen = n(idle)+n(waiting), n(stolen)
	}
	return t, ok && t.cores > 0
}

// tcpCounts are of the network namespace.
type tcpCounts struct{ sent, again uint64 }

// tcpOf reads the two lines "Tcp:" of /proc/net/snmp, names and values.
func tcpOf(snmp string) (t tcpCounts, ok bool) {
	var names []string
	for line := range strings.Lines(snmp) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			if i >= len(fields) {
				break
			}
			v, err := strconv.ParseUint(fields[i], 10, 64)
			switch {
			case err != nil:
			case name == "OutSegs":
				t.sent, ok = v, true
			case name == "RetransSegs":
				t.again, ok = v, true
			}
		}
		break
	}
	return t, ok
}

// socketsOf reads the line "TCP: inuse 5 orphan 0 tw 2 ..." of /proc/net/sockstat.
func socketsOf(sockstat string) (inUse, waiting uint64) {
	for line := range strings.Lines(sockstat) {
		rest, ok := strings.CutPrefix(line, "TCP:")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		for i := 0; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseUint(fields[i+1], 10, 64)
			switch {
			case err != nil:
			case fields[i] == "inuse":
				inUse = v
			case fields[i] == "tw":
				waiting = v
			}
		}
	}
	return inUse, waiting
}

// machine reads what is of all processes together.
func (p *systemProbe) machine(span time.Duration) *record.MachineHealth {
	now, ok := cpuTimesOf(read("/proc/stat"))
	if !ok {
		return nil
	}
	h := &record.MachineHealth{Cores: float64(now.cores), Ports: p.ports}
	h.Idle = min(h.Cores, max(0, float64(now.idle-p.cpu.idle)/float64(max(span, 1))))
	h.Stolen = max(0, float64(now.stolen-p.cpu.stolen)/float64(max(span, 1)))
	p.cpu = now
	if tcp, ok := tcpOf(read("/proc/self/net/snmp")); ok {
		h.Sent, h.Retransmits = tcp.sent-min(tcp.sent, p.tcp.sent), tcp.again-min(tcp.again, p.tcp.again)
		p.tcp = tcp
	}
	h.Sockets, h.TimeWait = socketsOf(read("/proc/self/net/sockstat"))
	return h
}

// group is a control group that may limit this process.
type group struct {
	dir       string
	first     bool // Version 1.
	times     uint64
	throttled time.Duration
}

// groupsOf finds the groups that a process is in, from /proc/self/cgroup, and those
// above them: a limit of any of them holds it back.
func groupsOf(text string) (all []group) {
	add := func(root, path string, first bool) {
		for path = filepath.Clean("/" + path); ; path = filepath.Dir(path) {
			dir := filepath.Join(root, path)
			if g := (group{dir: dir, first: first}); g.read() {
				all = append(all, g)
			}
			if path == "/" {
				return
			}
		}
	}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case parts[1] == "": // Version 2.
			add("/sys/fs/cgroup", parts[2], false)
		case strings.Contains(","+parts[1]+",", ",cpu,"):
			add("/sys/fs/cgroup/"+parts[1], parts[2], true)
		}
	}
	return all
}

// read takes the group's counts; false where it has none.
func (g *group) read() bool {
	found := false
	for line := range strings.Lines(read(filepath.Join(g.dir, "cpu.stat"))) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		v, err := strconv.ParseUint(value, 10, 63)
		switch {
		case err != nil:
		case name == "nr_throttled":
			g.times, found = v, true
		case name == "throttled_usec":
			g.throttled = time.Duration(v) * time.Microsecond
		case name == "throttled_time":
			g.throttled = time.Duration(v)
		}
	}
	return found
}

// cores is the group's quota; 0 = it has none.
func (g *group) cores() float64 {
	quota, period := "", ""
	if g.first {
		quota, period = read(filepath.Join(g.dir, "cpu.cfs_quota_us")), read(filepath.Join(g.dir, "cpu.cfs_period_us"))
	} else if fields := strings.Fields(read(filepath.Join(g.dir, "cpu.max"))); len(fields) == 2 {
		quota, period = fields[0], fields[1]
	}
	q, err1 := strconv.ParseFloat(strings.TrimSpace(quota), 64)
	p, err2 := strconv.ParseFloat(strings.TrimSpace(period), 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return 0
	}
	return q / p
}

// quota looks at all groups: the smallest quota, and the most that one of them held
// the process back.
func (p *systemProbe) quota() *record.QuotaHealth {
	if len(p.groups) == 0 {
		return nil
	}
	h := &record.QuotaHealth{}
	for i := range p.groups {
		g := &p.groups[i]
		before := *g
		if !g.read() {
			continue
		}
		h.Throttled = max(h.Throttled, record.Seconds(g.throttled-before.throttled))
		h.Times = max(h.Times, g.times-min(g.times, before.times))
		if c := g.cores(); c > 0 && (h.Cores == 0 || c < h.Cores) {
			h.Cores = c
		}
	}
	return h
}
