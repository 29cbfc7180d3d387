package gateway

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// MaxDynamicToken is the longest dynamic token in bytes, as its base64. Its three
// members need 148 at most; the rest is room for white space.
const MaxDynamicToken = 512

// maxWhole bounds the numbers of a dynamic token: beyond it JSON readers disagree.
const maxWhole = 1<<53 - 1

// ClockTolerance is how far the clock of whoever made a dynamic token may be ahead
// of the gateway's. Section 8 grants a CheckSum the same five minutes; of tokens
// it does not say [ours].
const ClockTolerance = 5 * time.Minute

// AppSecret is the app secret of a generated world: 32 lowercase hex digits that
// follow from Config.TokenSeed.
func AppSecret(seed uint64) string { return RotatedToken(seed, 0, NoAccount) }

// DynamicToken is a dynamic token as it was read. It may be forged until Genuine
// says otherwise. Spec section 8.
type DynamicToken struct {
	CurTime   int64 // When it was made, Unix milliseconds, by its maker's clock.
	TTL       int64 // How long it is good for, seconds.
	signature [2 * sha1.Size]byte
}

// String leaves the signature out: whoever reads it could log in with it.
func (t DynamicToken) String() string {
	return fmt.Sprintf("dynamic token of %d ms for %d s", t.CurTime, t.TTL)
}

// GoString is String.
func (t DynamicToken) GoString() string { return t.String() }

// AppendDynamicToken appends the token with which accid may log in from curTime,
// Unix milliseconds, for ttl seconds: base64 of the JSON {signature, curTime, ttl}.
// Both numbers are 0 to 2^53-1. Spec section 8.
func AppendDynamicToken(dst []byte, appKey, accid string, curTime, ttl int64, secret string) []byte {
	var room [MaxDynamicToken]byte
	signature := sign(appKey, accid, curTime, ttl, secret)
	text := append(room[:0], `{"signature":"`...)
	text = append(text, signature[:]...)
	text = append(text, `","curTime":`...)
	text = strconv.AppendInt(text, curTime, 10)
	text = append(text, `,"ttl":`...)
	text = strconv.AppendInt(text, ttl, 10)
	text = append(text, '}')
	return base64.StdEncoding.AppendEncode(dst, text)
}

// sign is lowercase hex of SHA1(appKey + accid + curTime + ttl + appSecret). Spec
// section 8.
func sign(appKey, accid string, curTime, ttl int64, secret string) (signature [2 * sha1.Size]byte) {
	var room [256]byte
	text := append(room[:0], appKey...)
	text = append(text, accid...)
	text = strconv.AppendInt(text, curTime, 10)
	text = strconv.AppendInt(text, ttl, 10)
	text = append(text, secret...)
	sum := sha1.Sum(text)
	hex.Encode(signature[:], sum[:])
	return signature
}

// Genuine reports whether the token was signed for this app and account with this
// secret; without a secret nothing is. It takes the same time wherever two
// signatures differ.
func (t *DynamicToken) Genuine(appKey, accid, secret string) bool {
	want := sign(appKey, accid, t.CurTime, t.TTL, secret)
	return secret != "" && subtle.ConstantTimeCompare(t.signature[:], want[:]) == 1
}

// VerifyDynamicToken reads a token and reports whether it is genuine. Whether it
// is still good is for the gateway to judge.
func VerifyDynamicToken(token, appKey, accid, secret string) (t DynamicToken, genuine bool) {
	t, err := ParseDynamicToken(token)
	return t, err == nil && t.Genuine(appKey, accid, secret)
}

// ReadDynamic fills in what the gateway judges of a login with a dynamic token:
// Genuine, Issued and TTL. Epoch is Config.Epoch, Unix milliseconds at Time 0.
func (r *Request) ReadDynamic(token, appKey, accid, secret string, epoch int64) {
	t, genuine := VerifyDynamicToken(token, appKey, accid, secret)
	r.Genuine = genuine
	r.Issued = span(t.CurTime-min(max(epoch, -maxWhole), maxWhole), time.Millisecond)
	r.TTL = span(t.TTL, time.Second)
}

// span is n units, but no more than maxSpan either way.
func span(n int64, unit time.Duration) Time {
	most := int64(maxSpan / unit)
	return Time(min(max(n, -most), most)) * unit
}

// good judges a dynamic token: signed, not from the future, not expired. Spec
// section 8. It is looked at with each login and never again: its expiry ends no
// live session.
func (r *Request) good(now Time) bool {
	return r.Genuine && r.Issued <= now+ClockTolerance && r.TTL > 0 && r.Issued > now-r.TTL
}
