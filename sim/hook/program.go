package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"loginstorm/sim/plan"
)

// mostSaid bounds what is kept of a program's last words, in bytes.
const mostSaid = 512

// run runs a program and waits for its end. What it leaves behind, such as a server that
// it started, lives on; when ctx is done first, it and all that it started are killed.
// Its output goes to a file, because a pipe would be held open by what it left behind.
func (r *Runner) run(ctx context.Context, h *plan.Hook, c *Call) error {
	said, err := os.CreateTemp("", "loginstorm-hook-")
	if err != nil {
		return err
	}
	defer func() { said.Close(); os.Remove(said.Name()) }()
	program := exec.CommandContext(ctx, h.Run[0], h.Run[1:]...)
	program.Dir = r.conf.Directory
	program.Env = append(os.Environ(), c.environment()...)
	program.Stdin = bytes.NewReader(c.body())
	program.Stdout, program.Stderr = said, said
	apart(program)
	program.WaitDelay = time.Second // For what it left behind and what reads nothing.
	if err = program.Run(); errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if words := lastWords(said); words != "" {
		return fmt.Errorf("%w: %s", err, words)
	}
	return err
}

// lastWords is the end of what a program said, in one line.
func lastWords(f *os.File) string {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return ""
	}
	text := make([]byte, min(size, mostSaid))
	if _, err := f.ReadAt(text, size-int64(len(text))); err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(bytes.ToValidUTF8(text, nil))), " ")
}
