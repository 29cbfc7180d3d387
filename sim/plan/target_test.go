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

func TestALimitByAddressIsNoted(t *testing.T) {
	text := "duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\ngateway: {rateLimit: {limit: 1, scope: ip}}\n"
	one := compiled(t, text, Options{}).Warnings
	two := compiled(t, text+"target: {sourceAddresses: [127.0.0.1, 127.0.0.2]}\n", Options{}).Warnings
	if len(one) != 1 || len(two) != 1 || !strings.Contains(one[0], "from one source address") || !strings.Contains(two[0], "from 2 source addresses") {
		t.Errorf("got %q and %q", one, two)
	}
}
