package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"loginstorm/report/push"
)

// The tokens that receivers are shown come from the environment: flags are seen by
// everybody on the machine.
const (
	remoteTokenEnv = "LOGINSTORM_REMOTE_WRITE_TOKEN"
	pushTokenEnv   = "LOGINSTORM_PUSHGATEWAY_TOKEN"
)

const (
	// leastPush and mostPush bound how often figures are sent: a batch is some hundred
	// kilobytes, and what is older than Prometheus' five minutes is no figure any more.
	leastPush = time.Second
	mostPush  = 2 * time.Minute
	// mostLinger bounds how long a run that is over waits for a last scrape.
	mostLinger = 5 * time.Minute
)

// pushOptions are the flags of figures that are sent, or wait to be fetched.
type pushOptions struct {
	remoteWrite string
	native      bool
	pushgateway string
	every       time.Duration
	linger      time.Duration
}

func (o *pushOptions) register(flags *pflag.FlagSet) {
	flags.StringVar(&o.remoteWrite, "remote-write", "", "send the figures to this remote-write receiver while the run goes on, and the last ones at its end (http://host:9090/api/v1/write)")
	flags.BoolVar(&o.native, "remote-write-native", false, "send native histograms, too, to a receiver that takes them")
	flags.StringVar(&o.pushgateway, "pushgateway", "", "push the figures to this Pushgateway while the run goes on, and the last ones at its end (http://host:9091)")
	flags.DurationVar(&o.every, "push-every", 5*time.Second, "how often figures are sent")
	flags.DurationVar(&o.linger, "metrics-linger", 0, "serve /metrics until it was scraped once more after the end, at most this long")
}

// check refuses what makes no sense.
func (o *pushOptions) check() error {
	if o.every != 0 && (o.every < leastPush || o.every > mostPush) {
		return usagef("write a span from 1s to 2m", "--push-every %v: out of range", o.every)
	}
	for _, f := range [...]struct{ flag, address, token string }{{"--remote-write", o.remoteWrite, os.Getenv(remoteTokenEnv)}, {"--pushgateway", o.pushgateway, os.Getenv(pushTokenEnv)}} {
		if err := push.Check(f.address, f.token); f.address != "" && err != nil {
			return usagef("write http://host:port/path", "%s: %w", f.flag, err)
		}
	}
	if o.linger < 0 || o.linger > mostLinger {
		return usagef("write a span up to 5m", "--metrics-linger %v: out of range", o.linger)
	}
	return nil
}

// start begins to send what a gatherer holds; nil = nowhere.
func (o *pushOptions) start(g prometheus.Gatherer, instance string) (*push.Sender, error) {
	if o.remoteWrite == "" && o.pushgateway == "" {
		return nil, nil
	}
	sender, err := push.Start(push.Config{Gatherer: g, Instance: instance, Every: max(o.every, leastPush), Native: o.native,
		RemoteWrite: o.remoteWrite, RemoteToken: os.Getenv(remoteTokenEnv), Pushgateway: o.pushgateway, PushToken: os.Getenv(pushTokenEnv)})
	if err != nil {
		return nil, usagef("write http://host:port/path", "%w", err)
	}
	return sender, nil
}

// sent sends the last values of a run that is over, and returns notes about what did not
// arrive. It never changes the verdict.
func (st *storm) sent(sender *push.Sender) (notes []string) {
	if sender == nil {
		return nil
	}
	st.mu.Lock()
	st.agg.Flush()
	st.drain()
	st.mu.Unlock()
	for _, r := range sender.Close() {
		if r.Whole() {
			st.tell("sent      " + r.String())
		} else {
			notes = append(notes, r.String())
		}
	}
	return notes
}

// tell writes a line for people, unless they want none.
func (st *storm) tell(line string) {
	if !st.opts.quiet {
		st.mu.Lock()
		st.show.end()
		st.mu.Unlock()
		fmt.Fprintln(st.err, line)
	}
}

// linger serves until somebody scraped once more, at most so long: a short run would
// otherwise be over between two scrapes, and its last figures never seen.
func (m *metricsServer) linger(ctx context.Context, most time.Duration, tell func(string)) {
	if m.server == nil || most <= 0 || ctx.Err() != nil {
		return
	}
	seen := m.scrapes.after()
	tell(fmt.Sprintf("metrics   %s is served until it was scraped once more, %v at most", m.url, most))
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-seen:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// withoutSecrets returns a command line in which addresses hold no password.
func withoutSecrets(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		flag, address, ok := strings.Cut(w, "=")
		if !ok || !strings.HasPrefix(flag, "--") {
			flag, address = "", w
		}
		if u, err := url.Parse(address); err == nil && u.User != nil && u.Host != "" {
			u.User = url.UserPassword("xxxxx", "xxxxx")
			address = u.String()
		} else if strings.Contains(address, "://") && strings.Contains(address, "@") {
			_, host, _ := strings.Cut(address, "@")
			address = "xxxxx@" + host
		}
		if out[i] = address; flag != "" {
			out[i] = flag + "=" + address
		}
	}
	return out
}
