package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// narrow is the width assumed where there is no terminal.
const narrow = 100

// terminal returns the file behind w when it is a terminal.
func terminal(w io.Writer) (*os.File, bool) {
	if a, held := w.(*aside); held {
		w = a.file
	}
	f, ok := w.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// colored reports whether w may be written to in colours: a terminal, and
// nobody said NO_COLOR.
func colored(w io.Writer) bool {
	_, ok := terminal(w)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func width(w io.Writer) int {
	if f, ok := terminal(w); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return narrow
}
