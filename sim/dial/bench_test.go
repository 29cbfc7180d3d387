//go:build unix

package dial

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// echoProcess starts a child that echoes and returns its ports, the second one with TLS.
func echoProcess(b *testing.B) (port, secure string) {
	b.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "DIAL_TEST_ECHO=1", "GOMAXPROCS=1")
	stop, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stop.Close(); _ = child.Wait() })
	if _, err := fmt.Fscan(out, &port, &secure); err != nil {
		b.Fatal(err)
	}
	return port, secure
}

// pass answers one exchange on each Conn.
type pass struct {
	done chan *Conn
}

func (p *pass) Began(*Conn, Time)                       {}
func (p *pass) Failed(*Conn, Time, error)               {}
func (p *pass) Up(*Conn, Time, Timings)                 {}
func (p *pass) Frame(c *Conn, _ Time, _ []byte, _ bool) { p.done <- c }
func (p *pass) Down(*Conn, Time, uint16, error)         {}

// BenchmarkExchanges opens links, says one message of 200 bytes on each and
// hears it back. They stay open until all are, so that the cost of an idle
// one can be measured.
func BenchmarkExchanges(b *testing.B) {
	const links = 9000
	for _, inFlight := range []int{200, 9000} {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			port, _ := echoProcess(b)
			exchangesWith(b, links, inFlight, 1, "ws", port, Config{})
		})
	}
}

// BenchmarkTLS is BenchmarkExchanges over links that are secured: each with a whole
// handshake, or with a session that it resumes.
func BenchmarkTLS(b *testing.B) {
	const links = 2000
	_, roots := authority(b)
	for _, resume := range []bool{false, true} {
		b.Run(fmt.Sprintf("resume=%t", resume), func(b *testing.B) {
			_, port := echoProcess(b)
			gen := uint32(1)
			if resume {
				gen = 2
			}
			exchangesWith(b, links, 200, gen, "wss", port, Config{TLS: &tls.Config{RootCAs: roots, ServerName: "example.com"}, Resume: resume})
		})
	}
}

func exchangesWith(b *testing.B, links, inFlight int, gen uint32, scheme, port string, conf Config) {
	for i := range 16 {
		conf.Endpoints = append(conf.Endpoints, Endpoint{URL: fmt.Sprintf("%s://127.0.0.%d:%s/", scheme, i+1, port)})
	}
	conf.UserAgent, conf.RunID = "loginstorm/bench", "bench"
	for range b.N {
		exchanges(b, conf, links, inFlight, gen)
	}
}

func exchanges(b *testing.B, conf Config, links, inFlight int, gen uint32) {
	h := &pass{done: make(chan *Conn, links)}
	d, err := New(conf, h)
	if err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 200)
	all := make([]*Conn, links)
	before := heap()
	jobs := make(chan int, links)
	var workers sync.WaitGroup
	begun, cpu := time.Now(), cpuTime()
	for range inFlight {
		workers.Go(func() {
			for i := range jobs {
				all[i] = d.NewConn(uint32(i), gen)
				if err := all[i].Open(i); err != nil {
					b.Error(err)
					h.done <- nil
					continue
				}
				_ = all[i].Say(message, false)
			}
		})
	}
	next := 0
	for ; next < inFlight; next++ {
		jobs <- next
	}
	for range links {
		<-h.done
		if next < links {
			jobs <- next
			next++
		}
	}
	took, used := time.Since(begun), cpuTime()-cpu
	close(jobs)
	workers.Wait()
	b.ReportMetric(float64(links)/took.Seconds(), "exchanges/s")
	b.ReportMetric(used.Seconds()/float64(links)*10_000, "cpu-s/10k")
	b.ReportMetric(float64(heap()-before)/float64(links), "B/idle")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	d.Shutdown(ctx, 1000)
	runtime.KeepAlive(all)
}

// heap returns the bytes in use by heap and stacks.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// cpuTime returns the processor time this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
