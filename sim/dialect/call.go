package dialect

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"

	"github.com/golang-jwt/jwt/v5"
	"github.com/xdg-go/scram"
)

// call appends what a function makes of its arguments.
func (x *expr) call(dst []byte, sp *speech) []byte {
	if sp.shown && x.secret() {
		return append(dst, hidden...)
	}
	switch x.op {
	case opConcat, opRaw:
		return x.all(dst, sp)
	case opDefault:
		mark := len(dst)
		if dst = x.args[0].append(dst, sp); len(dst) == mark {
			dst = x.args[1].append(dst, sp)
		}
		return dst
	case opUUID:
		return sp.uuid(dst)
	case opNonce:
		return hex.AppendEncode(dst, sp.random(16))
	case opJWT:
		return x.token(dst, sp)
	case opSASLFirst:
		return x.saslFirst(dst, sp)
	}
	in := x.all(nil, sp)
	switch x.op {
	case opBase64:
		return base64.StdEncoding.AppendEncode(dst, in)
	case opBase64URL:
		return base64.RawURLEncoding.AppendEncode(dst, in)
	case opHex:
		return hex.AppendEncode(dst, in)
	case opSHA1:
		sum := sha1.Sum(in)
		return append(dst, sum[:]...)
	case opSHA256:
		sum := sha256.Sum256(in)
		return append(dst, sum[:]...)
	case opHMACSHA1:
		return x.mac(dst, sha1.New, sp)
	case opHMACSHA256:
		return x.mac(dst, sha256.New, sp)
	case opJSON:
		return append(appendEscaped(append(dst, '"'), in, asJSON), '"')
	case opXML:
		return appendEscaped(dst, in, asXML)
	case opURL:
		return appendEscaped(dst, in, asURL)
	case opLower:
		return append(dst, bytes.ToLower(in)...)
	case opUpper:
		return append(dst, bytes.ToUpper(in)...)
	case opSASLNext:
		return sp.saslNext(dst, in)
	}
	return dst
}

// secret reports whether a function makes something of a secret that may not be shown.
func (x *expr) secret() bool {
	switch x.op {
	case opJWT, opSASLFirst, opSASLNext, opHMACSHA1, opHMACSHA256:
		return true
	case opBase64, opBase64URL, opHex, opSHA1, opSHA256:
		for i := range x.args {
			if x.args[i].op == opToken || x.args[i].op == opAppKey || x.args[i].secret() {
				return true
			}
		}
	}
	return false
}

// all appends all arguments.
func (x *expr) all(dst []byte, sp *speech) []byte {
	for i := range x.args {
		dst = x.args[i].append(dst, sp)
	}
	return dst
}

// mac appends an HMAC, as bytes.
func (x *expr) mac(dst []byte, sum func() hash.Hash, sp *speech) []byte {
	m := hmac.New(sum, x.args[0].append(nil, sp))
	for i := range x.args[1:] {
		m.Write(x.args[1+i].append(nil, sp))
	}
	return m.Sum(dst)
}

// token appends a JWT signed by HS256.
func (x *expr) token(dst []byte, sp *speech) []byte {
	claims := jwt.MapClaims{}
	for i := 1; i+1 < len(x.args); i += 2 {
		name, text := string(x.args[i].append(nil, sp)), string(x.args[i+1].append(nil, sp))
		claims[name] = text
		if x.args[i+1].number() {
			n, _ := strconv.ParseInt(text, 10, 64) // A number by number.
			claims[name] = n
		}
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(x.args[0].append(nil, sp))
	if err != nil {
		sp.spoil = true
	}
	return append(dst, signed...)
}

// random returns bytes of the speaker's chance: fit for identifiers, not for secrets.
func (sp *speech) random(n int) []byte {
	e := sp.s.room()
	out := make([]byte, 0, n+8)
	for len(out) < n {
		e.draws++
		d := sp.who.draw(e.draws)
		for range 8 {
			out = append(out, byte(d))
			d >>= 8
		}
	}
	return out[:n]
}

// uuid appends a random UUID. RFC 9562, section 5.4.
func (sp *speech) uuid(dst []byte) []byte {
	u := sp.random(16)
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	for i, from := range [...]int{0, 4, 6, 8, 10} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, u[from:[...]int{4, 6, 8, 10, 16}[i]])
	}
	return dst
}

// plain is the mechanism that sends the password as it is. RFC 4616.
const plain = "PLAIN"

// hashOf returns the hash of a SCRAM mechanism, nil = it is unknown.
func hashOf(mechanism string) scram.HashGeneratorFcn {
	switch mechanism {
	case "SCRAM-SHA-1":
		return scram.SHA1
	case "SCRAM-SHA-256":
		return scram.SHA256
	}
	return nil
}

// saslFirst begins a conversation. RFC 4616, section 2; RFC 5802, section 7.
func (x *expr) saslFirst(dst []byte, sp *speech) []byte {
	c := sp.credentials()
	if x.args[0].text == plain {
		return append(append(append(append(dst, 0), c.Account...), 0), c.Token...)
	}
	client, err := hashOf(x.args[0].text).NewClient(c.Account, c.Token, "")
	if err != nil {
		sp.spoil = true // An account or a password that SASLprep forbids.
		return dst
	}
	nonce := hex.EncodeToString(sp.random(18))
	e := sp.s.room()
	e.scram = client.WithNonceGenerator(func() string { return nonce }).NewConversation()
	first, err := e.scram.Step("")
	sp.spoil = sp.spoil || err != nil
	return append(dst, first...)
}

// maxRounds bounds the work that a server may ask for: a million rounds are a second.
const maxRounds = 1_000_000

// saslNext answers a challenge.
func (sp *speech) saslNext(dst, challenge []byte) []byte {
	e := sp.s.room()
	if e.scram == nil || rounds(challenge) > maxRounds {
		sp.spoil = true
		return dst
	}
	final, err := e.scram.Step(string(challenge))
	sp.spoil = sp.spoil || err != nil
	return append(dst, final...)
}

// proven holds a server to its own proof that it knows the password: the last message of
// a conversation, which some send as a challenge, and then nothing with the success. PLAIN
// proves nothing. RFC 5802, section 5, "the server's signature".
func (e *extra) proven(final []byte) bool {
	c := e.scram
	if c == nil {
		return true
	}
	e.scram = nil // It holds the keys, and has nothing more to say.
	if !c.Done() {
		if _, err := c.Step(string(final)); err != nil {
			return false
		}
	}
	return c.Valid()
}

// rounds returns how often a challenge wants its hash taken.
func rounds(challenge []byte) int {
	for part := range bytes.SplitSeq(challenge, []byte(",")) {
		if digits, ok := bytes.CutPrefix(part, []byte("i=")); ok {
			n, err := strconv.Atoi(string(digits))
			if err != nil {
				return maxRounds + 1
			}
			return n
		}
	}
	return 0
}
