package gateway

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

const (
	someKey    = "45c6af3c98409b18a84451215d0bdd6e"
	someAccid  = "u0001"
	someSecret = "b3f1c6a4e6d1"
	someTime   = 1_700_000_000_000
)

// TestADynamicTokenIsWhatTheFormulaSays works one out apart from the code: the
// formula by fmt, the JSON by a JSON writer.
func TestADynamicTokenIsWhatTheFormulaSays(t *testing.T) {
	token := string(AppendDynamicToken([]byte("x"), someKey, someAccid, someTime, 3600, someSecret))[1:]
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Signature string
		CurTime   int64
		TTL       int64
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x", sha1.Sum([]byte(someKey+someAccid+"1700000000000"+"3600"+someSecret)))
	if got.Signature != want || got.CurTime != someTime || got.TTL != 3600 {
		t.Errorf("got %s, want the signature %s", text, want)
	}
	read, err := ParseDynamicToken(token)
	if err != nil || read.CurTime != someTime || read.TTL != 3600 {
		t.Errorf("read back as %v, %v", read, err)
	}
	for what, genuine := range map[string]bool{
		"itself":          read.Genuine(someKey, someAccid, someSecret),
		"another app":     !read.Genuine("x", someAccid, someSecret),
		"another account": !read.Genuine(someKey, "u0002", someSecret),
		"another secret":  !read.Genuine(someKey, someAccid, "x"),
		"no secret":       !read.Genuine(someKey, someAccid, ""),
	} {
		if !genuine {
			t.Errorf("%s: judged wrongly", what)
		}
	}
	// Without a secret, a token that was signed without one is not genuine either.
	unsigned := string(AppendDynamicToken(nil, someKey, someAccid, someTime, 3600, ""))
	if _, genuine := VerifyDynamicToken(unsigned, someKey, someAccid, ""); genuine {
		t.Error("a token without a secret is genuine")
	}
	if text := fmt.Sprintf("%v %+v %#v %s", read, read, read, &read); strings.Contains(text, want[:8]) {
		t.Errorf("it shows its signature: %s", text)
	}
	long := strings.Repeat("k", 10_000)
	if _, genuine := VerifyDynamicToken(string(AppendDynamicToken(nil, long, long, maxWhole, maxWhole, long)), long, long, long); !genuine {
		t.Error("long names spoil it")
	}
}

// TestDynamicTokensAreReadStrictly takes the forms that a JSON writer may give and
// refuses the rest.
func TestDynamicTokensAreReadStrictly(t *testing.T) {
	signature := strings.Repeat("0a", 20)
	ok := `{"signature":"` + signature + `","curTime":5,"ttl":6}`
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	padded := encode(ok)
	for blanks := " "; !strings.HasSuffix(padded, "="); blanks += " " {
		padded = encode(ok + blanks)
	}
	for _, good := range []string{ok,
		`{"ttl":6,"curTime":5,"signature":"` + signature + `"}`,
		"\t{ \"signature\" : \"" + signature + "\" ,\r\n\"curTime\": 5, \"ttl\":6 } \n",
	} {
		got, err := ParseDynamicToken(encode(good))
		if err != nil || got.CurTime != 5 || got.TTL != 6 || string(got.signature[:]) != signature {
			t.Errorf("%s: %v, %v", good, got, err)
		}
	}
	for what, bad := range map[string]string{
		"nothing":               "",
		"no base64":             "{",
		"without its padding":   strings.TrimRight(padded, "="),
		"with line ends":        encode(ok)[:20] + "\n" + encode(ok)[20:],
		"with bits left over":   "eyIx",
		"url alphabet":          strings.ReplaceAll(encode(ok+" ~?~?~?"), "/", "_"),
		"too long":              encode(ok + strings.Repeat(" ", MaxDynamicToken)),
		"no object":             encode(`[1,2,3]`),
		"empty":                 encode(`{}`),
		"two members":           encode(`{"curTime":5,"ttl":6}`),
		"a fourth":              encode(strings.Replace(ok, "}", `,"x":1}`, 1)),
		"an unknown one":        encode(strings.Replace(ok, "ttl", "TTL", 1)),
		"one twice":             encode(strings.Replace(ok, "ttl", "curTime", 1)),
		"something behind":      encode(ok + "{}"),
		"cut short":             encode(ok[:len(ok)-1]),
		"capital digits":        encode(strings.ReplaceAll(ok, "0a", "0A")),
		"a short signature":     encode(strings.Replace(ok, "0a", "", 1)),
		"a long signature":      encode(strings.Replace(ok, "0a", "0a0a", 1)),
		"an escape":             encode(strings.Replace(ok, "0a", `\u0030a`, 1)),
		"a number as a string":  encode(strings.Replace(ok, "5", `"5"`, 1)),
		"a fraction":            encode(strings.Replace(ok, "5", "5.0", 1)),
		"an exponent":           encode(strings.Replace(ok, "5", "5e3", 1)),
		"a sign":                encode(strings.Replace(ok, "5", "-5", 1)),
		"a leading zero":        encode(strings.Replace(ok, "5", "05", 1)),
		"too large":             encode(strings.Replace(ok, "5", "9007199254740992", 1)),
		"larger than a number":  encode(strings.Replace(ok, "5", strings.Repeat("9", 60), 1)),
		"a string without end":  encode(`{"signature":"00`),
		"a signature by number": encode(strings.Replace(ok, `"`+signature+`"`, "7", 1)),
	} {
		got, err := ParseDynamicToken(bad)
		if err == nil || got != (DynamicToken{}) || !strings.HasPrefix(err.Error(), "dynamic token: ") {
			t.Errorf("%s: read as %v, %v", what, got, err)
		} else if strings.Contains(err.Error(), "0a0a") {
			t.Errorf("%s: the error quotes it: %v", what, err)
		}
	}
}

func TestReadDynamicShowsInstantsOfTheRun(t *testing.T) {
	token := string(AppendDynamicToken(nil, someKey, someAccid, someTime, 60, someSecret))
	var r Request
	r.ReadDynamic(token, someKey, someAccid, someSecret, someTime-2500)
	if !r.Genuine || r.Issued != 2500*time.Millisecond || r.TTL != time.Minute {
		t.Errorf("got %+v", r)
	}
	if r.ReadDynamic("rubbish", someKey, someAccid, someSecret, 0); r.Genuine {
		t.Errorf("got %+v", r)
	}
	for _, epoch := range []int64{math.MinInt64, 0, math.MaxInt64} {
		r.ReadDynamic(string(AppendDynamicToken(nil, someKey, someAccid, maxWhole, maxWhole, someSecret)), someKey, someAccid, someSecret, epoch)
		if !r.Genuine || r.Issued < -maxSpan || r.Issued > maxSpan || r.TTL <= 0 || r.TTL > maxSpan {
			t.Errorf("epoch %d: got %+v", epoch, r)
		}
	}
}

// TestADynamicTokenIsGoodForASpan tries the edges: the tolerance of clocks is
// inside, the end of the token is outside.
func TestADynamicTokenIsGoodForASpan(t *testing.T) {
	const now = 10 * time.Minute
	for _, c := range []struct {
		issued, ttl Time
		forged      bool
		want        wire.Code
	}{
		{now, 1, false, wire.Success},
		{now, time.Hour, true, wire.Mismatch},
		{now, 0, false, wire.Mismatch},
		{now, -1, false, wire.Mismatch},
		{now - time.Minute, time.Minute, false, wire.Mismatch},
		{now - time.Minute, time.Minute + 1, false, wire.Success},
		{now + ClockTolerance, time.Second, false, wire.Success},
		{now + ClockTolerance + 1, time.Hour, false, wire.Mismatch},
		{-time.Hour, 2 * time.Hour, false, wire.Success},
		{math.MinInt64, math.MaxInt64, false, wire.Mismatch},
		{math.MaxInt64, math.MaxInt64, false, wire.Mismatch},
		{math.MinInt64, math.MinInt64, false, wire.Mismatch},
	} {
		g := stand(t, Config{MultiDevice: MultiDevice{Policy: PolicyAll}, Dynamic: true})
		g.Step(now, Input{Kind: Opened, Link: 50}, nil)
		r := Request{Device: 12, ClientType: wire.Web, Origin: wire.Manual, AuthType: wire.AuthDynamic,
			Genuine: !c.forged, Issued: c.issued, TTL: c.ttl}
		if got := ask(g, 50, r); got != c.want {
			t.Errorf("issued %v for %v, forged %v: got %v, want %v", c.issued, c.ttl, c.forged, got, c.want)
		}
	}
}

func TestDynamicTokensAllocateNothing(t *testing.T) {
	dst := make([]byte, 0, MaxDynamicToken)
	token := string(AppendDynamicToken(dst, someKey, someAccid, someTime, 3600, someSecret))
	if n := testing.AllocsPerRun(100, func() {
		dst = AppendDynamicToken(dst[:0], someKey, someAccid, someTime, 3600, someSecret)
		if _, genuine := VerifyDynamicToken(token, someKey, someAccid, someSecret); !genuine {
			t.Fatal("not genuine")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParseDynamicToken: what is taken, a JSON reader takes too, and means the
// same; what is taken and genuine is what was signed.
func FuzzParseDynamicToken(f *testing.F) {
	f.Add(string(AppendDynamicToken(nil, someKey, someAccid, someTime, 3600, someSecret)))
	f.Add("eyJ0dGwiOjEsImN1clRpbWUiOjAsInNpZ25hdHVyZSI6IjAwIn0=")
	f.Add("e30=")
	f.Fuzz(func(t *testing.T, token string) {
		check(t, token)
		check(t, base64.StdEncoding.EncodeToString([]byte(token)))
	})
}

func check(t *testing.T, token string) {
	got, err := ParseDynamicToken(token)
	if err != nil {
		return
	}
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		t.Fatalf("taken, though no base64: %v", err)
	}
	var want map[string]any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&want); err != nil || len(want) != 3 {
		t.Fatalf("taken, though JSON says %v of %s", err, text)
	}
	if want["signature"] != string(got.signature[:]) || want["curTime"] != json.Number(fmt.Sprint(got.CurTime)) ||
		want["ttl"] != json.Number(fmt.Sprint(got.TTL)) {
		t.Fatalf("%s is read as %v", text, got)
	}
}

func BenchmarkVerifyDynamicToken(b *testing.B) {
	token := string(AppendDynamicToken(nil, someKey, someAccid, someTime, 3600, someSecret))
	b.ReportAllocs()
	for b.Loop() {
		VerifyDynamicToken(token, someKey, someAccid, someSecret)
	}
}
