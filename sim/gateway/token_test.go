package gateway

import (
	"regexp"
	"testing"
)

func TestAccountTokenIsThirtyTwoHexDigits(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{32}$`)
	seen := map[string]bool{}
	for account := range uint32(1000) {
		token := AccountToken(7, account)
		if !shape.MatchString(token) || seen[token] {
			t.Fatalf("account %d: %q", account, token)
		}
		seen[token] = true
		if TokenDigest(token) != AccountDigest(7, account) {
			t.Fatalf("account %d: the digest without the string differs", account)
		}
	}
}

// What a seed means must not change: files of accounts hold these tokens.
func TestAccountTokenIsWhatASeedMeans(t *testing.T) {
	if got, want := AccountToken(1, 0), "44cd9c5560e1a6a87fa62050501aab01"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
