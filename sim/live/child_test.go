package live

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"loginstorm/sim/dial"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
	"loginstorm/sim/target"
)

// benchScenario is what benchmarks run: so many clients that do nothing but log
// in, against a gateway that answers at once. Arrivals are the benchmark's.
func benchScenario(clients int) string {
	return fmt.Sprintf(`
name: bench
duration: 10m
gateway: {auth: {workers: 20000, queue: 20000, serviceTime: 0s}}
populations:
  phones: {accounts: %d, clientType: android, profile: nim-android, login: auto, arrive: [{atOnce: {}}]}
`, clients)
}

// child is the process that benchmarks log in to, when this process is it.
func child() bool {
	yaml := os.Getenv("LIVE_TEST_TARGET")
	if yaml == "" {
		return false
	}
	f, err := scenario.Parse("bench.yaml", []byte(yaml))
	if err != nil {
		panic(err)
	}
	p, err := plan.Compile(f, plan.Options{})
	if err != nil {
		panic(err)
	}
	cfg := target.Config{Gateway: p.Gateway, Directory: p.Accounts.Number}
	for i := range 16 {
		cfg.Addrs = append(cfg.Addrs, target.Addr{Listen: fmt.Sprintf("127.0.0.%d:0", i+1)})
	}
	s, err := target.New(cfg)
	if err != nil {
		panic(err)
	}
	if err := s.Listen(); err != nil {
		panic(err)
	}
	fmt.Println(strings.Join(s.URLs(), " "))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		cancel()
	}()
	if err := s.Serve(ctx); err != nil {
		panic(err)
	}
	return true
}

// targetProcess runs the target in a process of its own on one processor, so
// that the generator's cost is measured apart.
func targetProcess(b *testing.B, yaml string) (all []dial.Endpoint) {
	b.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "LIVE_TEST_TARGET="+yaml, "GOMAXPROCS=1")
	c.Stderr = os.Stderr
	stop, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stop.Close(); _ = c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	for _, url := range strings.Fields(line) {
		all = append(all, dial.Endpoint{URL: url})
	}
	return all
}
