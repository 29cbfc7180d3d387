package main

import (
	"errors"
	"fmt"

	"loginstorm/sim/scenario"
)

// exitCode is how the process ends.
type exitCode int

const (
	exitPass        exitCode = 0   // The run passed, or the command did what it was asked.
	exitError       exitCode = 1   // The run could not be carried out.
	exitUsage       exitCode = 2   // Bad usage or a bad scenario.
	exitFailed      exitCode = 3   // A threshold was crossed.
	exitBroken      exitCode = 4   // An oracle broke.
	exitInvalid     exitCode = 5   // The generator was the bottleneck.
	exitInterrupted exitCode = 130 // Interrupted; what was measured is kept.
)

// ended is an error that says how the process ends, and how to mend it.
type ended struct {
	code exitCode
	err  error
	hint string
}

func (e *ended) Error() string { return e.err.Error() }
func (e *ended) Unwrap() error { return e.err }

// silently ends the process with a code whose reason was already shown.
func silently(code exitCode) error { return &ended{code: code, err: errShown} }

// errShown stands for what the user has already read.
var errShown = errors.New("already reported")

func usagef(hint, format string, args ...any) error {
	return &ended{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// conclude prints an error with its remedy and returns the code it stands for.
func conclude(err error, s streams) exitCode {
	if err == nil {
		return exitPass
	}
	code, hint := exitError, ""
	var end *ended
	if errors.As(err, &end) {
		code, hint = end.code, end.hint
	}
	var faults scenario.Faults
	switch {
	case errors.Is(err, errShown):
	case errors.As(err, &faults):
		code = exitUsage
		fmt.Fprint(s.err, faults.Format())
		fmt.Fprintf(s.err, "loginstorm: error: %d fault(s) in the scenario\n", len(faults))
	default:
		fmt.Fprintf(s.err, "loginstorm: error: %v\n", err)
	}
	if hint != "" {
		fmt.Fprintf(s.err, "loginstorm: hint: %s\n", hint)
	}
	return code
}
