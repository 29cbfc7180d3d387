// Command loginstorm is a load-testing and login-storm simulator for
// instant-messaging gateways. See the README at the top of the repository.
package main

import (
	"io"
	"os"
)

func main() {
	os.Exit(int(execute(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})))
}

// streams is where a command reads and writes: machine output goes to out,
// words for people to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}
