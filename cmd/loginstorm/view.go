package main

import (
	"io"
	"os"
)

// The ways to show how a run stands.
const (
	viewAuto  = "auto"
	viewFull  = "full"
	viewLine  = "line"
	viewPlain = "plain"
)

// look decides how a run is shown, and prepares standard error for it.
func (o *stormOptions) look(s *streams) error {
	file, onTerminal := terminal(s.err)
	switch {
	case o.quiet:
		o.view = viewPlain
	case o.view == viewFull:
		if !onTerminal || dumb() {
			return usagef("leave --view out", "--view full: standard error is no terminal that could show it")
		}
		keys, err := openKeyboard()
		if err != nil {
			return usagef("leave --view out", "--view full: %w", err)
		}
		keys.close()
	case o.view == viewLine, o.view == viewPlain:
	case !onTerminal || os.Getenv("CI") != "" || os.Getenv("TERM") == "dumb":
		o.view = viewPlain
	case dumb() || !attended(s) || o.trace.printed():
		o.view = viewLine
	default:
		o.view = viewFull
	}
	if o.view == viewFull {
		s.err = &aside{file: file}
	}
	return nil
}

// dumb reports whether the terminal can do no more than write.
func dumb() bool { return os.Getenv("TERM") == "dumb" || os.Getenv("TERM") == "" }

// attended reports whether somebody sits before a terminal of their own: nothing is
// piped in or out, and this process is in front.
func attended(s *streams) bool {
	in, ok := s.in.(io.Writer)
	if !ok {
		return false
	}
	if _, ok := terminal(in); !ok {
		return false
	}
	if _, ok := terminal(s.out); !ok {
		return false
	}
	keys, err := openKeyboard()
	if err != nil {
		return false
	}
	keys.close()
	return true
}
