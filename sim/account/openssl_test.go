//go:build openssl

package account

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"loginstorm/sim/gateway"
)

// sha1sum asks openssl.
func sha1sum(t *testing.T, text string) string {
	t.Helper()
	cmd := exec.Command("openssl", "dgst", "-sha1", "-r")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl has to be installed for this test (apt-get install openssl): %v", err)
	}
	sum, _, _ := strings.Cut(string(out), " ")
	return sum
}

// TestAgainstOpenssl compares signatures of many lengths, those around the blocks of
// SHA-1 included, with what the program computes.
func TestAgainstOpenssl(t *testing.T) {
	for n := range 70 {
		secret, nonce, at := strings.Repeat("s", n), fmt.Sprintf("é-%d", n*n), fmt.Sprint(1_600_000_000+n*7_777_777)
		if got, want := CheckSum(secret, nonce, at), sha1sum(t, secret+nonce+at); got != want {
			t.Errorf("CheckSum %d: %s, want %s", n, got, want)
		}
		key, accid, made, ttl := fmt.Sprintf("key%d", n), strings.Repeat("a", 1+n%32), int64(1_700_000_000_000)+int64(n), int64(n*60)
		text, err := base64.StdEncoding.DecodeString(string(gateway.AppendDynamicToken(nil, key, accid, made, ttl, secret)))
		var token struct{ Signature string }
		if err != nil || json.Unmarshal(text, &token) != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if want := sha1sum(t, fmt.Sprintf("%s%s%d%d%s", key, accid, made, ttl, secret)); token.Signature != want {
			t.Errorf("dynamic token %d: %s, want %s", n, token.Signature, want)
		}
	}
}
