package dial

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// sockets counts the open sockets of this process.
func sockets(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		// One that is gone meanwhile was this directory.
		if to, err := os.Readlink("/proc/self/fd/" + name.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// After a storm on the app server no descriptor waits for a question that never
// comes, neither when the server hangs up first nor when the time is over.
func TestNoSocketIsLeftBehind(t *testing.T) {
	const asked = 2 * maxKept
	for name, end := range map[string]func(k *kept) (left bool){
		"the server hangs up": func(k *kept) bool { return k.look(time.Now()) },
		"the time is over":    func(k *kept) bool { return k.look(time.Now().Add(keptFor)) },
	} {
		t.Run(name, func(t *testing.T) {
			server, full := crowd(t, asked)
			before := sockets(t)
			k := storm(t, server, full, asked)
			if n := sockets(t); n < 2*maxKept {
				t.Errorf("%d sockets for %d connections with both ends here", n, maxKept)
			}
			if name == "the server hangs up" {
				server.CloseClientConnections()
			}
			for end(k) {
				runtime.Gosched() // The ends are on their way.
			}
			for sockets(t) > before {
				runtime.Gosched() // The server's go when it notices.
			}
		})
	}
}
