package wire

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Append appends m as one JSON frame to dst. It writes the fields that count at
// m.Kind and leaves optional ones out when they are absent. It allocates nothing
// but what dst needs to grow.
//
// m keeps the bounds of its type: Append checks none of them, except that it
// writes no more than MaxClients clients. A RetryAfter is rounded by RoundHint,
// so that a hint is never shorter than it was meant.
func Append(dst []byte, m *Message) []byte {
	dst = append(dst, `{"kind":"`...)
	dst = append(dst, m.Kind.String()...)
	dst = append(dst, '"')
	switch m.Kind {
	case Login:
		dst = appendUint(dst, `,"serial":`, uint64(m.Serial))
		if m.Login != nil {
			dst = appendCredentials(dst, m.Login)
		}
	case Ping, Pong:
		dst = appendUint(dst, `,"serial":`, uint64(m.Serial))
	case KickOther:
		dst = appendUint(dst, `,"serial":`, uint64(m.Serial))
		dst = appendUint(dst, `,"device":`, m.Device)
	case LoginReply:
		dst = appendUint(dst, `,"serial":`, uint64(m.Serial))
		dst = appendUint(dst, `,"code":`, uint64(m.Code))
		if hint := RoundHint(m.RetryAfter); hint != 0 {
			dst = appendUint(dst, `,"retryAfter":`, uint64(hint/time.Millisecond))
		}
	case KickReply:
		dst = appendUint(dst, `,"serial":`, uint64(m.Serial))
		dst = appendUint(dst, `,"code":`, uint64(m.Code))
	case Kick:
		dst = appendUint(dst, `,"reason":`, uint64(m.Reason))
		if m.ClientType != NoClientType {
			dst = appendUint(dst, `,"clientType":`, uint64(m.ClientType))
		}
		dst = appendInt(dst, `,"customClientType":`, m.CustomType)
	case Online:
		dst = appendClients(dst, m.Clients)
	}
	return append(dst, '}')
}

func appendCredentials(dst []byte, c *Credentials) []byte {
	dst = appendText(dst, `,"account":`, c.Account)
	dst = appendText(dst, `,"token":`, c.Token)
	if c.AppKey != "" {
		dst = appendText(dst, `,"appKey":`, c.AppKey)
	}
	if c.AuthType != AuthDefault {
		dst = appendText(dst, `,"authType":`, c.AuthType.String())
	}
	dst = appendUint(dst, `,"clientType":`, uint64(c.ClientType))
	dst = appendInt(dst, `,"customClientType":`, c.CustomType)
	dst = appendUint(dst, `,"device":`, c.Device)
	if c.Version != 0 {
		dst = appendUint(dst, `,"version":`, uint64(c.Version))
	}
	dst = appendText(dst, `,"origin":`, c.Origin.String())
	if c.Force {
		dst = append(dst, `,"force":true`...)
	}
	if c.Tag != "" {
		dst = appendText(dst, `,"customTag":`, c.Tag)
	}
	return dst
}

func appendClients(dst []byte, clients []OnlineClient) []byte {
	if len(clients) > MaxClients {
		clients = clients[:MaxClients]
	}
	dst = append(dst, `,"clients":[`...)
	for i := range clients {
		c := &clients[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUint(dst, `{"device":`, c.Device)
		dst = appendUint(dst, `,"clientType":`, uint64(c.ClientType))
		dst = appendInt(dst, `,"customClientType":`, c.CustomType)
		if c.OS != "" {
			dst = appendText(dst, `,"os":`, c.OS)
		}
		dst = append(dst, `,"loginTime":`...)
		dst = strconv.AppendInt(dst, c.LoginTime, 10)
		if c.Tag != "" {
			dst = appendText(dst, `,"customTag":`, c.Tag)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendUint appends a name and a number. name carries its comma, quotes and colon.
func appendUint(dst []byte, name string, n uint64) []byte {
	return strconv.AppendUint(append(dst, name...), n, 10)
}

// appendInt appends a name and a number, or nothing when the number is 0.
func appendInt(dst []byte, name string, n int32) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, name...), int64(n), 10)
}

// appendText appends a name and a JSON string. Bytes that are no UTF-8 become
// the replacement character, so that every frame is valid text.
func appendText(dst []byte, name, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, name...)
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, text[from:i]...)
				dst = utf8.AppendRune(dst, utf8.RuneError)
				from = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			dst = append(dst, text[from:i]...)
			if c < ' ' {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				dst = append(dst, '\\', c)
			}
			from = i + 1
		}
		i++
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

// RoundHint returns what the protocol carries of a RetryAfter: whole
// milliseconds, rounded up, from 0 to MaxRetryAfter.
func RoundHint(d time.Duration) time.Duration {
	d = min(max(0, d), MaxRetryAfter)
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}
