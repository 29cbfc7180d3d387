package plan

import (
	"strings"
	"testing"
)

func TestPortsThatNobodyCanReach(t *testing.T) {
	text := "duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\n"
	for address, want := range map[string]string{
		"ws://127.0.0.1:65535/im": "",
		"ws://example.org/im":     "",
		"ws://127.0.0.1:65536/im": "has the port 65536",
		"ws://127.0.0.1:0/im":     "has the port 0",
	} {
		_, err := Compile(parse(t, text), Options{URLs: []string{address}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}
