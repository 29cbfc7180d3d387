package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"loginstorm/sim/explore"
)

// expedition is one exploration: its flags, and what it has come to.
type expedition struct {
	streams
	seeds   uint64
	lasting time.Duration
	clients int
	first   uint64
	dir     string
	once    bool
	format  string
	quiet   bool
	workers int
	plant   explore.Plant // Faults that a test plants; nil = none.

	explorer *explore.Explorer
	tally    *explore.Tally
	begun    time.Time
	told     time.Time
}

func newExplore(s streams) *cobra.Command { return newExplorePlanted(s, nil) }

// newExplorePlanted is explore with faults that a test plants; nil = none.
func newExplorePlanted(s streams, plant explore.Plant) *cobra.Command {
	x := expedition{streams: s, workers: runtime.GOMAXPROCS(0), plant: plant}
	cmd := &cobra.Command{
		Use:   "explore [SCENARIO ...]",
		Short: "Draw scenarios and faults from seeds, and look for a rule that breaks",
		Long: `Each seed is a scenario: clients, people, a gateway, a network and whatever happens
to them. It is simulated with the oracles at every step; then everything is healed,
and whoever may come back has to. What fails is shrunk to a smaller scenario that
fails alike and written down, with the command that shows it again.

With scenario files nothing is drawn: each is simulated and judged by the same rules.

Exit codes: 0 nothing was found, 4 something was, 130 interrupted.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := x.check(cmd, args); err != nil {
				return err
			}
			if len(args) > 0 {
				return x.judge(cmd.Context(), args)
			}
			return x.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.Uint64Var(&x.seeds, "seeds", 1000, "try so many seeds")
	flags.DurationVar(&x.lasting, "for", 0, "try seeds for so long (30s) instead of a number of them")
	flags.Uint64Var(&x.first, "seed", 1, "the first seed; the others follow it")
	flags.IntVar(&x.clients, "clients", explore.UsualClients, "draw scenarios of at most so many clients, and now and then ten times as many")
	flags.StringVar(&x.dir, "out", "runs", "write scenarios that fail into this directory, as explore-SEED.yaml")
	flags.BoolVar(&x.once, "until-failure", false, "end at the first failure")
	flags.StringVar(&x.format, "format", "text", "summary on standard output: text or json")
	flags.BoolVarP(&x.quiet, "quiet", "q", false, "no progress")
	return cmd
}

// check refuses flags that make no sense together.
func (x *expedition) check(cmd *cobra.Command, args []string) error {
	changed := cmd.Flags().Changed
	switch {
	case x.format != "text" && x.format != "json":
		return usagef("write --format text or --format json", "--format %s: unknown format", x.format)
	case changed("seeds") && changed("for"):
		return usagef("leave one of them out", "--seeds and --for are both given")
	case changed("for") && x.lasting <= 0:
		return usagef("write a span such as 30s", "--for %v: nothing would be tried", x.lasting)
	case x.seeds == 0:
		return usagef("", "--seeds 0: nothing would be tried")
	case x.first+x.seeds < x.first:
		return usagef("begin with a smaller seed", "--seed %d: there are no %d seeds from there on", x.first, x.seeds)
	case x.clients < 1 || x.clients > explore.MaxClients:
		return usagef("", "--clients %d: not between 1 and %d", x.clients, explore.MaxClients)
	case len(args) > 0 && (changed("seeds") || changed("for") || changed("seed") || changed("clients")):
		return usagef("leave the scenarios out to draw some", "scenario files are judged as they are: no seeds are drawn for them")
	}
	if x.lasting > 0 {
		x.seeds = ^uint64(0) - x.first
	}
	var err error
	x.explorer, err = explore.New(x.clients)
	x.tally, x.begun = explore.NewTally(), time.Now()
	x.told = x.begun
	return err
}

// tried is a seed that a worker has tried.
type tried struct {
	seed uint64
	made *explore.Case
	out  *explore.Outcome // nil = what was drawn is refused.
}

// outstanding bounds how many seeds a worker may be ahead of the oldest one that is
// still tried: outcomes are told in the order of their seeds.
const outstanding = 64

// run tries seeds on all processors and tells what came of them, in the order of
// the seeds: how many workers there are makes no difference.
func (x *expedition) run(ctx context.Context) error {
	trying, stop := context.WithCancel(ctx)
	defer stop()
	if x.lasting > 0 {
		timer := time.AfterFunc(x.lasting, stop)
		defer timer.Stop()
	}
	lanes := make([]chan tried, x.workers)
	var all sync.WaitGroup
	for i := range lanes {
		lanes[i] = make(chan tried, outstanding)
		all.Go(func() { x.work(trying, uint64(i), lanes[i]) })
	}
	var err error
	for n := uint64(0); n < x.seeds; n++ {
		t, ok := <-lanes[n%uint64(x.workers)]
		if !ok {
			break
		}
		if err = x.take(ctx, t); err != nil || x.once && len(x.tally.Findings) > 0 {
			break
		}
		x.progress(t.seed)
	}
	stop()
	all.Wait()
	if err != nil {
		return err
	}
	return x.finish(ctx)
}

// work tries every so-manieth seed until it is told to stop. What was stopped in the
// middle is not told.
func (x *expedition) work(ctx context.Context, lane uint64, told chan<- tried) {
	defer close(told)
	for n := lane; n < x.seeds && ctx.Err() == nil; n += uint64(x.workers) {
		t := tried{seed: x.first + n}
		var err error
		if t.made, err = x.explorer.Draw(t.seed); err == nil {
			if t.out = explore.Try(ctx, t.made, x.plant); t.out.Interrupted {
				return
			}
		}
		select {
		case told <- t:
		case <-ctx.Done():
			return
		}
	}
}

// take counts what came of a seed, and follows up a fault that is new.
func (x *expedition) take(ctx context.Context, t tried) error {
	if t.out == nil {
		x.tally.Refuse()
		return nil
	}
	if !x.tally.Add(t.seed, t.out) {
		return nil
	}
	f := &x.tally.Findings[len(x.tally.Findings)-1]
	fmt.Fprintf(x.err, "explore: seed %d: %v\n", t.seed, t.out.Failure)
	confirmed, out, err := explore.Confirm(ctx, t.made, t.out, x.plant)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("explore seed %d: %w", t.seed, err)
	}
	small := explore.Shrink(ctx, confirmed, out, x.plant)
	f.Entries, f.Clients = len(small.Case.File.Timeline), small.Outcome.Clients
	if f.File, err = x.write(t.seed, &small); err != nil {
		return err
	}
	f.Replay = small.Outcome.Failure.Replay(f.File)
	fmt.Fprintf(x.err, "explore: shrunk to %d entries and %d clients (%d tries): %s\n", f.Entries, f.Clients, small.Tried, f.File)
	return nil
}

// write writes a shrunk scenario and the logs it names.
func (x *expedition) write(seed uint64, small *explore.Shrunk) (string, error) {
	if err := os.MkdirAll(x.dir, 0o755); err != nil {
		return "", fmt.Errorf("write a scenario that fails: %w", err)
	}
	fail := small.Outcome.Failure
	found := fmt.Sprintf("loginstorm explore --seed %d --seeds 1", seed)
	if x.clients != explore.UsualClients {
		found += fmt.Sprintf(" --clients %d", x.clients)
	}
	comment := fmt.Sprintf("Does this still fail? Found by `%s` and shrunk.\n%v\n%s", found, fail, strings.Join(fail.Last, "\n"))
	path := filepath.Join(x.dir, fmt.Sprintf("explore-%d.yaml", seed))
	if err := os.WriteFile(path, small.Case.Text(comment), 0o644); err != nil {
		return "", fmt.Errorf("write a scenario that fails: %w", err)
	}
	for _, name := range small.Case.File.Files() {
		if err := os.WriteFile(filepath.Join(x.dir, name), small.Case.Files[name], 0o644); err != nil {
			return "", fmt.Errorf("write a log of a scenario that fails: %w", err)
		}
	}
	return path, nil
}

// exploreEvery is how often a line says how far an exploration is.
const exploreEvery = 2 * time.Second

func (x *expedition) progress(seed uint64) {
	now := time.Now()
	if x.quiet || now.Sub(x.told) < exploreEvery {
		return
	}
	x.told = now
	fmt.Fprintf(x.err, "explore: seed %d, %s seeds, %s events, %d findings, %.0f seeds/s\n", seed, humanize.Comma(int64(x.tally.Seeds)),
		humanize.SIWithDigits(float64(x.tally.Events), 1, ""), len(x.tally.Findings), float64(x.tally.Seeds)/now.Sub(x.begun).Seconds())
}

// finish tells what was done and returns how the process ends.
func (x *expedition) finish(ctx context.Context) error {
	if err := x.print(ctx.Err() != nil); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return silently(exitInterrupted)
	case len(x.tally.Findings) > 0:
		return silently(exitBroken)
	}
	return nil
}

// print writes the summary.
func (x *expedition) print(interrupted bool) error {
	if x.format == "json" {
		out := json.NewEncoder(x.out)
		out.SetIndent("", "  ")
		return out.Encode(struct {
			First       uint64 `json:"first_seed"`
			Interrupted bool   `json:"interrupted"`
			*explore.Tally
		}{x.first, interrupted, x.tally})
	}
	t := x.tally
	var b strings.Builder
	verdict := "nothing found"
	if n := len(t.Findings); n > 0 {
		verdict = fmt.Sprintf("%d %s", n, plural(n, "finding", "findings"))
	}
	if interrupted {
		verdict += ", interrupted"
	}
	fmt.Fprintf(&b, "explored %s seeds from %d: %s\n", humanize.Comma(int64(t.Seeds)), x.first, verdict)
	fmt.Fprintf(&b, "  clients   %s\n  events    %s\n  virtual   %v\n  refused   %d draws\n", humanize.Comma(int64(t.Clients)), humanize.Comma(int64(t.Events)),
		time.Duration(t.Virtual*float64(time.Second)).Round(time.Second), t.Refused)
	fmt.Fprintf(&b, "  healed    %d scenarios, of which %d had no room for all at once and %d were held against what the gateway has\n", t.Demanded, t.Storms, t.Calm)
	b.WriteString("  verbs    ")
	for _, v := range t.Verbs {
		fmt.Fprintf(&b, " %s %d", v.Verb, v.N)
	}
	b.WriteString("\n")
	for i := range t.Findings {
		f := &t.Findings[i]
		fmt.Fprintf(&b, "\nseed %d, and %d more: %s\n", f.Seed, f.Times-1, f.Says)
		for _, line := range f.Last {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		fmt.Fprintf(&b, "  shrunk    %d entries, %d clients: %s\n  replay    %s\n", f.Entries, f.Clients, f.File, f.Replay)
	}
	_, err := fmt.Fprint(x.out, b.String())
	return err
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// judge simulates scenario files and judges them by the rules of what is drawn.
func (x *expedition) judge(ctx context.Context, paths []string) error {
	failed := 0
	for _, path := range paths {
		c, err := readCase(x.streams, path)
		if err != nil {
			return err
		}
		out := explore.Try(ctx, c, x.plant)
		switch {
		case out.Refused != nil:
			return out.Refused
		case out.Interrupted:
			return silently(exitInterrupted)
		case out.Failure == nil && out.Demanded:
			fmt.Fprintf(x.out, "%s: every rule holds, and whoever may come back does\n", path)
		case out.Failure == nil:
			fmt.Fprintf(x.out, "%s: every rule holds; %s last to the end, so nobody has to come back\n", path, strings.Join(explore.Unhealed(c.File), ", "))
		default:
			failed++
			fmt.Fprintf(x.out, "%s: %v\n", path, out.Failure)
			for _, line := range out.Failure.Last {
				fmt.Fprintf(x.out, "    %s\n", line)
			}
		}
	}
	if failed > 0 {
		return silently(exitBroken)
	}
	return nil
}

// readCase reads a scenario with the logs it names.
func readCase(s streams, path string) (*explore.Case, error) {
	text, err := readScenario(s, path)
	if err != nil {
		return nil, usagef("", "%w", err)
	}
	c, err := explore.Read(path, text, nil)
	if err != nil {
		return nil, err
	}
	if c.Files, err = readFiles(path, c.File.Files()); err != nil {
		return nil, usagef("paths are relative to the scenario", "%w", err)
	}
	if target := c.File.Target; target != nil && (target.AppKey != nil || target.Accounts != nil) {
		return nil, usagef("leave target.appKey and target.accounts out", "%w", errSecrets)
	}
	return c, nil
}

// errSecrets says that a scenario reads what an exploration has no use for.
var errSecrets = errors.New("a scenario that is judged reads no secrets")
