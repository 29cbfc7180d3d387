package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"loginstorm/sim/record"
)

func TestTimesOfAProcess(t *testing.T) {
	got, ok := timesOf("7 (a) b (c) S 1 7 7 0 -1 4194304 10 0 0 0 123 45 6 7 20 0 1 0 99 0 0\n")
	if !ok || got != 1680*time.Millisecond {
		t.Errorf("%v, %v", got, ok)
	}
	for _, broken := range []string{"", "7 (a", "7 (a) S 1 2", "7 (a) S 1 7 7 0 -1 4194304 10 0 0 0 x 45 6"} {
		if _, ok := timesOf(broken); ok {
			t.Errorf("%q is taken", broken)
		}
	}
}

func TestTimesOfTheMachine(t *testing.T) {
	got, ok := cpuTimesOf("cpu  100 2 30 4000 50 0 6 70 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\nintr 5\ncpu2\n")
	if want := (cpuTimes{idle: 40500 * time.Millisecond, stolen: 700 * time.Millisecond, cores: 2}); !ok || got != want {
		t.Errorf("%+v, %v, want %+v", got, ok, want)
	}
	for _, broken := range []string{"", "intr 5\n", "cpu 1 2 3\ncpu0 1\n", "cpu  1 2 3 x 5 6 7 8\ncpu0 1\n"} {
		if _, ok := cpuTimesOf(broken); ok {
			t.Errorf("%q is taken", broken)
		}
	}
}

func TestSegmentsAndSockets(t *testing.T) {
	const snmp = "Ip: a b\nIp: 1 2\nTcp: RtoMin OutSegs RetransSegs InErrs\nTcp: 200 178 28 0\nUdp: OutSegs\nUdp: 9\n"
	if got, ok := tcpOf(snmp); !ok || got != (tcpCounts{178, 28}) {
		t.Errorf("%+v, %v", got, ok)
	}
	if _, ok := tcpOf("Tcp: RetransSegs\n"); ok {
		t.Error("names without values are taken")
	}
	if used, waiting := socketsOf("sockets: used 17\nTCP: inuse 5 orphan 0 tw 412 alloc 9 mem 1\nUDP: inuse 3 mem 0\n"); used != 5 || waiting != 412 {
		t.Errorf("%d in use, %d waiting", used, waiting)
	}
}

// A limit of any group above the process holds it back; both versions of control
// groups tell.
func TestControlGroups(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a/cpu.stat", "usage_usec 5\nnr_periods 9\nnr_throttled 2\nthrottled_usec 1000\n")
	write("a/cpu.max", "150000 100000\n")
	write("a/b/cpu.stat", "nr_throttled 0\nthrottled_usec 0\n")
	write("a/b/cpu.max", "max 100000\n")
	write("one/cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n")
	write("one/cpu.cfs_quota_us", "50000\n")
	write("one/cpu.cfs_period_us", "100000\n")
	p := systemProbe{}
	for _, g := range []group{{dir: filepath.Join(root, "a/b")}, {dir: filepath.Join(root, "a")}, {dir: filepath.Join(root, "one"), first: true}} {
		if !g.read() {
			t.Fatalf("%s is not read", g.dir)
		}
		p.groups = append(p.groups, g)
	}
	if h := p.quota(); *h != (record.QuotaHealth{Cores: 0.5}) {
		t.Errorf("before anything was held back: %+v", *h)
	}
	write("a/cpu.stat", "nr_throttled 6\nthrottled_usec 301000\n")
	write("one/cpu.stat", "nr_throttled 3\nthrottled_time 200000000\n")
	if h := p.quota(); *h != (record.QuotaHealth{Cores: 0.5, Throttled: record.Seconds(300 * time.Millisecond), Times: 4}) {
		t.Errorf("of the group that held back most: %+v", *h)
	}
	if g := (group{dir: filepath.Join(root, "none")}); g.read() {
		t.Error("a group that is not there is read")
	}
	if (&systemProbe{}).quota() != nil {
		t.Error("without groups there is a quota")
	}
}

// What this machine tells is there and within bounds, and so is another process.
func TestThisMachineTells(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Skip(err)
	}
	defer func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	}()
	p := probes{target: func() int { return sleeper.Process.Pid }}
	p.begin()
	h := p.sample(time.Second)
	if h.Process == nil || h.Process.Files < 3 || h.Process.FilesLimit < h.Process.Files || h.Process.Cores < 0.01 {
		t.Errorf("process: %+v", h.Process)
	}
	if h.Target == nil || h.Target.CPU > 0.5 {
		t.Errorf("another process that sleeps: %+v", h.Target)
	}
	if m := h.Machine; m == nil || m.Cores < 1 || m.Idle > m.Cores || m.Ports == 0 {
		t.Errorf("machine: %+v", m)
	}
	p.target = func() int { return -1 }
	if h := p.sample(time.Second); h.Target != nil {
		t.Error("no process has a processor time")
	}
}
