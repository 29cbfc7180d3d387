package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loginstorm/sim/account"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// loaded is a scenario with all it refers to, compiled.
type loaded struct {
	path          string
	text          []byte // As given.
	file          *scenario.File
	plan          *plan.Plan
	runID         string
	controlSecret string
}

// load reads and compiles a scenario. "-" is standard input.
func load(s streams, path string, changes stormOptions, opts plan.Options) (*loaded, error) {
	text, err := readScenario(s, path)
	if err != nil {
		return nil, usagef("", "%w", err)
	}
	patches, err := changes.patches()
	if err != nil {
		return nil, err
	}
	file, err := scenario.Parse(path, text, patches...)
	if err != nil {
		return nil, withMeaning(err, path, text, patches, opts)
	}
	notes, err := changes.scaled(file)
	if err != nil {
		return nil, err
	}
	if opts.Files, err = readFiles(path, file.Files()); err != nil {
		return nil, usagef("paths are relative to the scenario", "%w", err)
	}
	opts.Dialects = shippedDialects()
	control, err := resolveSecrets(s, file, path, &opts)
	if err != nil {
		return nil, usagef("", "%w", err)
	}
	if path != "-" {
		opts.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	p, err := plan.Compile(file, opts)
	if err != nil {
		return nil, err
	}
	p.Warnings = append(notes, p.Warnings...)
	return &loaded{path: path, text: text, file: file, plan: p, runID: rand.Text()[:runIDLength], controlSecret: control}, nil
}

// withMeaning adds to faults of form what is wrong with the rest of the file, so
// that nobody mends one fault to be told the next.
func withMeaning(err error, path string, text []byte, patches []scenario.Patch, opts plan.Options) error {
	var faults scenario.Faults
	if !errors.As(err, &faults) {
		return err
	}
	rest := scenario.Salvage(path, text, patches...)
	if rest == nil {
		return err
	}
	return append(slices.Clone(faults), plan.Faults(rest, opts)...).Sort()
}

// runIDLength is long enough that two runs against one gateway never share an
// id: 60 bits.
const runIDLength = 12

// readScenario reads no more than a scenario may have, and one byte by which it
// is seen to be too large.
func readScenario(s streams, path string) ([]byte, error) {
	in := s.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read scenario: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, scenario.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read scenario %s: %w", path, err)
	}
	return text, nil
}

// resolveSecrets reads what the scenario names and does not contain: the app key
// and the accounts into opts, and the control port's secret. Paths are relative
// to the scenario.
func resolveSecrets(s streams, f *scenario.File, path string, opts *plan.Options) (control string, err error) {
	base := filepath.Dir(path)
	if err := sourceSecrets(s, base, f, opts); err != nil {
		return "", err
	}
	if f.Target == nil {
		return "", nil
	}
	if opts.MetricTokens, err = metricTokens(s, path, f, opts.Virtual); err != nil {
		return "", err
	}
	if src := f.Target.AppKey; src != nil {
		if opts.AppKey, err = secret(s, base, src); err != nil {
			return "", fmt.Errorf("target.appKey: %w", err)
		}
	}
	if src := f.Target.Accounts; src != nil && src.File != "" {
		if opts.Accounts, err = account.Read(relative(base, src.File)); err != nil {
			return "", fmt.Errorf("target.accounts: %w", err)
		}
	}
	if port := f.Target.Control; port != nil && port.Secret != nil {
		if control, err = secret(s, base, port.Secret); err != nil {
			return "", fmt.Errorf("target.control.secret: %w", err)
		}
	}
	return control, nil
}

// maxFile bounds a file that a scenario names: a night of disconnects.
const maxFile = 64 << 20

// readFiles reads what a scenario names beside itself.
func readFiles(scenario string, names []string) (map[string][]byte, error) {
	files := make(map[string][]byte, len(names))
	for _, name := range names {
		f, err := os.Open(relative(filepath.Dir(scenario), name))
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if len(text) > maxFile {
			return nil, fmt.Errorf("read %s: it has more than %d MiB", name, maxFile>>20)
		}
		files[name] = text
	}
	return files, nil
}

func relative(base, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

// maxSecret bounds a secret; none is longer.
const maxSecret = 64 << 10

// secret reads a secret from where the scenario says. Errors name the place,
// never the content.
func secret(s streams, base string, src *scenario.Source) (string, error) {
	switch {
	case src.Env != "":
		value, ok := os.LookupEnv(src.Env)
		if !ok || value == "" {
			return "", fmt.Errorf("the environment variable %s is not set", src.Env)
		}
		return value, nil
	case src.File != "":
		f, err := os.Open(relative(base, src.File))
		if err != nil {
			return "", err
		}
		defer f.Close()
		return firstLineOf(f, src.File)
	}
	return firstLineOf(s.in, "standard input")
}

func firstLineOf(r io.Reader, name string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", fmt.Errorf("%s is empty", name)
	}
	return line, nil
}
