package gateway

import (
	"regexp"
	"testing"

	"loginstorm/sim/wire"
)

func TestStaticTokensAreThirtyTwoHexDigits(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{32}$`)
	seen := map[string]bool{}
	for account := range uint32(300) {
		for _, rotation := range []uint32{0, 1, 2, 77, MaxRotation - 1, MaxRotation} {
			token := RotatedToken(7, rotation, account)
			if !shape.MatchString(token) || seen[token] {
				t.Fatalf("account %d, rotation %d: %q", account, rotation, token)
			}
			seen[token] = true
			if TokenDigest(token) != RotatedDigest(7, rotation, account) {
				t.Fatalf("account %d, rotation %d: the digest without the string differs", account, rotation)
			}
		}
		if AccountToken(7, account) != RotatedToken(7, 0, account) || AccountDigest(7, account) != RotatedDigest(7, 0, account) {
			t.Fatalf("account %d: rotation 0 is another token", account)
		}
	}
	if secret := AppSecret(7); !shape.MatchString(secret) || seen[secret] {
		t.Errorf("the app secret %q", secret)
	}
}

// What a seed means must not change: files of accounts hold these tokens.
func TestStaticTokensAreWhatASeedMeans(t *testing.T) {
	for _, c := range [][2]string{
		{AccountToken(1, 0), "44cd9c5560e1a6a87fa62050501aab01"},
		{RotatedToken(1, 1, 0), "840627d4a28801ed01949e89e95455a7"},
		{AppSecret(1), "dd7402ada6103989dbb302ead72f925e"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %s, want %s", c[0], c[1])
		}
	}
}

// TestRotationIsWhatAnAppServerHandsOut: whatever was rotated, the token of the
// account's rotation is the one that gets 200.
func TestRotationIsWhatAnAppServerHandsOut(t *testing.T) {
	g := stand(t, Config{MultiDevice: MultiDevice{Policy: PolicyAll}, TokenSeed: 0})
	do := func(c Command) { g.Step(g.now, Input{Kind: Commanded, Command: &c}, nil) }
	expect := func(account, rotation uint32) {
		t.Helper()
		if got := g.Rotation(account); got != rotation {
			t.Errorf("account %d: rotation %d, want %d", account, got, rotation)
		}
		for n := range uint32(4) {
			want := wire.Mismatch
			if n == rotation {
				want = wire.Success
			}
			r := Request{Account: account, Device: 12, ClientType: wire.Web, Origin: wire.Manual, Token: RotatedDigest(0, n, account)}
			if got := ask(g, 50, r); got != want {
				t.Errorf("account %d at rotation %d: the token of rotation %d gets %v", account, rotation, n, got)
			}
			g.Step(g.now, Input{Kind: LogoutAsked, Link: 50}, nil)
		}
	}
	expect(1, 0)
	do(Command{Kind: RotateToken, Account: 1})
	if expect(1, 0); g.rotations != nil {
		t.Error("rotation 0 costs memory")
	}
	do(Command{Kind: RotateToken, Account: 3, Accounts: []uint32{1, 2, 99}, Rotation: 2})
	expect(1, 2)
	expect(2, 2)
	expect(3, 0)
	// A token by its digest holds until the next rotation, which may be the same.
	do(Command{Kind: RotateToken, Account: 2, Token: RotatedDigest(0, 3, 2)})
	if r := (Request{Account: 2, Device: 12, ClientType: wire.Web, Origin: wire.Manual, Token: RotatedDigest(0, 2, 2)}); ask(g, 50, r) != wire.Mismatch {
		t.Error("the token of before still gets in")
	}
	do(Command{Kind: RotateToken, Account: 2, Rotation: 2})
	if expect(2, 2); len(g.tokens) != 0 {
		t.Error("a token that is not in force is kept")
	}
	do(Command{Kind: RotateToken, Account: 2})
	expect(2, 0)
	if got := g.Rotation(NoAccount); got != 0 {
		t.Errorf("nobody is at rotation %d", got)
	}
}

// BenchmarkRotate is a batch of rotations, and what a million of them cost in
// memory is four bytes each.
func BenchmarkRotate(b *testing.B) {
	const accounts = 1_000_000
	g, err := New(Config{Accounts: accounts})
	if err != nil {
		b.Fatal(err)
	}
	c := Command{Kind: RotateToken, Rotation: 1, Accounts: make([]uint32, MaxBatch)}
	var next uint32
	b.ReportAllocs()
	for b.Loop() {
		for i := range c.Accounts {
			c.Accounts[i] = next % accounts
			next++
		}
		g.Step(0, Input{Kind: Commanded, Command: &c}, nil)
	}
	b.ReportMetric(float64(4*len(g.rotations))/accounts, "B/account")
}
