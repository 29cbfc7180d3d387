package dialect

import (
	"strconv"
	"time"

	"loginstorm/sim/wire"
)

// expr is a value that a template is filled in with: a name, a literal, or a
// function of others.
type expr struct {
	op    op
	index int    // Of a capture or a column.
	text  string // Of a literal.
	args  []expr
	mode  escape // How its value is written into a template.
}

// op is what an expression does.
type op uint8

const (
	opText op = iota // A literal.
	opCapture
	opColumn
	opAccount
	opToken
	opAppKey
	opDevice
	opClientType
	opClientTypeName
	opCustomType
	opVersion
	opVersionName
	opAuthType
	opOrigin
	opForce
	opTag
	opSerial
	opTarget // The device that is to be pushed out.
	opLink
	opConcat
	opBase64
	opBase64URL
	opHex
	opSHA1
	opSHA256
	opHMACSHA1
	opHMACSHA256
	opJSON
	opXML
	opURL
	opRaw
	opLower
	opUpper
	opDefault
	opUnix
	opUnixMs
	opUUID
	opNonce
	opCounter
	opJWT
	opSASLFirst
	opSASLNext
)

// names are what a template can name, and functions what it can call.
func nameOf(word string) (op, bool) {
	o, ok := map[string]op{
		"account": opAccount, "token": opToken, "password": opToken, "appKey": opAppKey, "device": opDevice,
		"clientType": opClientType, "clientTypeName": opClientTypeName, "customClientType": opCustomType,
		"version": opVersion, "versionName": opVersionName, "authType": opAuthType, "origin": opOrigin, "force": opForce,
		"tag": opTag, "serial": opSerial, "target": opTarget, "link": opLink,
	}[word]
	return o, ok
}

// signature is how many arguments a function takes; most -1 = any number.
type signature struct {
	op          op
	least, most int
}

func functionOf(word string) (signature, bool) {
	f, ok := map[string]signature{
		"concat": {opConcat, 1, -1}, "base64": {opBase64, 1, -1}, "base64url": {opBase64URL, 1, -1}, "hex": {opHex, 1, -1},
		"sha1": {opSHA1, 1, -1}, "sha256": {opSHA256, 1, -1}, "hmacSha1": {opHMACSHA1, 2, -1}, "hmacSha256": {opHMACSHA256, 2, -1},
		"json": {opJSON, 1, 1}, "xml": {opXML, 1, 1}, "url": {opURL, 1, 1}, "raw": {opRaw, 1, 1},
		"lower": {opLower, 1, 1}, "upper": {opUpper, 1, 1}, "default": {opDefault, 2, 2},
		"unix": {opUnix, 0, 1}, "unixMs": {opUnixMs, 0, 1}, "uuid": {opUUID, 0, 0}, "nonce": {opNonce, 0, 0},
		"counter": {opCounter, 0, 0}, "jwt": {opJWT, 1, 33}, "saslFirst": {opSASLFirst, 1, 1}, "saslNext": {opSASLNext, 1, 1},
	}[word]
	return f, ok
}

// words lists what can be named or called, for remedies.
func (c *compiler) words() []string {
	all := []string{"account", "token", "password", "appKey", "device", "clientType", "clientTypeName", "customClientType", "version",
		"versionName", "authType", "origin", "force", "tag", "serial", "target", "link",
		"concat", "base64", "base64url", "hex", "sha1", "sha256", "hmacSha1", "hmacSha256", "json", "xml", "url", "raw", "lower",
		"upper", "default", "unix", "unixMs", "uuid", "nonce", "counter", "jwt", "saslFirst", "saslNext"}
	for _, cap := range c.captures {
		all = append(all, cap.name)
	}
	all = append(all, c.columns...)
	return append(all, c.settings...)
}

// number reports whether an expression is written without quotes in a claim.
func (x *expr) number() bool {
	switch x.op {
	case opUnix, opUnixMs, opCounter, opSerial, opVersion, opClientType, opCustomType, opLink:
		return true
	case opText:
		_, err := strconv.ParseInt(x.text, 10, 64)
		return err == nil
	}
	return false
}

// escaped reports whether an expression has seen to its characters itself.
func (x *expr) escaped() bool {
	switch x.op {
	case opJSON, opXML, opURL, opRaw, opBase64URL, opHex, opUnix, opUnixMs, opUUID, opNonce, opCounter,
		opSerial, opDevice, opClientType, opCustomType, opVersion, opLink, opTarget, opForce, opJWT:
		return true
	}
	return false
}

// personal reports whether an expression needs the account.
func (x *expr) personal() bool {
	for i := range x.args {
		if x.args[i].personal() {
			return true
		}
	}
	switch x.op {
	case opText, opCapture, opSerial, opTarget, opLink:
		return false
	}
	return x.op < opConcat || x.op == opSASLFirst
}

// bytes reports whether an expression is no text.
func (x *expr) bytes() bool { return x.op >= opSHA1 && x.op <= opHMACSHA256 }

// speech is one thing that is being said.
type speech struct {
	s     *Session
	m     *wire.Message
	who   *Speaker
	shown bool // It is written for people: nothing is made of secrets.
	spoil bool // It cannot be said: a SCRAM challenge that is none.
}

// credentials returns who speaks, never nil.
func (sp *speech) credentials() *wire.Credentials {
	if sp.m != nil && sp.m.Login != nil {
		return sp.m.Login
	}
	if sp.who.Credentials != nil {
		return sp.who.Credentials
	}
	return &wire.Credentials{}
}

// append appends the value as it is, without escapes. What is absent is empty.
func (x *expr) append(dst []byte, sp *speech) []byte {
	switch x.op {
	case opText:
		return append(dst, x.text...)
	case opCapture:
		return append(dst, sp.s.captured(x.index)...)
	case opColumn:
		if x.index < len(sp.who.Columns) {
			dst = append(dst, sp.who.Columns[x.index]...)
		}
		return dst
	case opSerial:
		if sp.m != nil {
			dst = strconv.AppendUint(dst, uint64(sp.m.Serial), 10)
		}
		return dst
	case opTarget:
		if sp.m != nil {
			dst = strconv.AppendUint(dst, sp.m.Device, 10)
		}
		return dst
	case opLink:
		return strconv.AppendUint(dst, uint64(sp.who.Link), 10)
	case opUnix:
		return strconv.AppendInt(dst, int64(sp.who.unix()/time.Second)+x.offset(), 10)
	case opUnixMs:
		return strconv.AppendInt(dst, sp.who.unix().Milliseconds()+x.offset(), 10)
	case opCounter:
		e := sp.s.room()
		e.counter++
		return strconv.AppendUint(dst, uint64(e.counter), 10)
	}
	if x.op < opConcat {
		return x.credential(dst, sp.credentials())
	}
	return x.call(dst, sp)
}

// offset is the one argument of unix and unixMs, a number.
func (x *expr) offset() int64 {
	if len(x.args) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(x.args[0].text, 10, 64) // Checked when it was compiled.
	return n
}

// credential appends what belongs to the login. What is 0 is absent.
func (x *expr) credential(dst []byte, c *wire.Credentials) []byte {
	number := func(n int64) []byte {
		if n == 0 {
			return dst
		}
		return strconv.AppendInt(dst, n, 10)
	}
	switch x.op {
	case opAccount:
		return append(dst, c.Account...)
	case opToken:
		return append(dst, c.Token...)
	case opAppKey:
		return append(dst, c.AppKey...)
	case opDevice:
		return number(int64(c.Device))
	case opClientType:
		return number(int64(c.ClientType))
	case opClientTypeName:
		return append(dst, c.ClientType.String()...)
	case opCustomType:
		return number(int64(c.CustomType))
	case opVersion:
		return number(int64(c.Version))
	case opVersionName:
		dst = append(strconv.AppendUint(dst, uint64(c.Version/10000), 10), '.')
		dst = append(strconv.AppendUint(dst, uint64(c.Version/100%100), 10), '.')
		return strconv.AppendUint(dst, uint64(c.Version%100), 10)
	case opAuthType:
		if c.AuthType != wire.AuthDefault {
			dst = append(dst, c.AuthType.String()...)
		}
	case opOrigin:
		return append(dst, c.Origin.String()...)
	case opForce:
		if c.Force {
			dst = append(dst, "true"...)
		}
	case opTag:
		return append(dst, c.Tag...)
	}
	return dst
}
