package wire_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"loginstorm/sim/wire"
)

// TestProtocolPage holds PROTOCOL.md to what the package does: every frame in it
// decodes, comes back the same as JSON, and every kind, code and constant is named.
func TestProtocolPage(t *testing.T) {
	raw, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	seen := map[wire.Kind]bool{}
	for _, frame := range regexp.MustCompile(`(?m)\{"kind":.*\}`).FindAllString(page, -1) {
		m := decode(t, frame)
		seen[m.Kind] = true
		if again := wire.Append(nil, &m); string(again) != frame {
			t.Errorf("PROTOCOL.md has\n%s\nwhich is written as\n%s", frame, again)
		}
	}
	for k := wire.Login; k <= wire.Drain; k++ {
		if !seen[k] {
			t.Errorf("PROTOCOL.md has no example of %v", k)
		}
	}
	for _, word := range []string{
		wire.Subprotocol, "`" + wire.Path + "`", wire.RunIDHeader,
		fmt.Sprint(wire.MaxFrame), fmt.Sprint(wire.MaxToken), fmt.Sprint(wire.MaxDevice), fmt.Sprint(wire.MaxClients),
		fmt.Sprint(wire.CloseNormal), fmt.Sprint(wire.CloseGoingAway), fmt.Sprint(wire.CloseProtocol), fmt.Sprint(wire.CloseKicked),
	} {
		if !strings.Contains(page, word) {
			t.Errorf("PROTOCOL.md does not mention %s", word)
		}
	}
	for _, c := range wire.ClientTypes() {
		if !strings.Contains(page, fmt.Sprintf("| %d | `%s` |", c, c)) {
			t.Errorf("PROTOCOL.md does not list client type %v", c)
		}
	}
}
