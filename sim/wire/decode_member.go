package wire

import (
	"time"
	"unicode/utf8"
)

// member reads the value of a field of the message.
func (d *decoder) member(f fields) {
	if d.m.Kind == Login && f&(fieldKind|fieldSerial) == 0 {
		d.credential(f)
		return
	}
	m := d.m
	switch f {
	case fieldKind:
		d.text() // Known since the look ahead.
	case fieldSerial:
		m.Serial = d.uint32()
	case fieldDevice:
		m.Device = uint64(d.whole(1, MaxDevice))
	case fieldCode:
		m.Code = Code(d.uint32())
	case fieldRetryAfter:
		m.RetryAfter = time.Duration(d.uint32()) * time.Millisecond
	case fieldReason:
		m.Reason = Reason(d.whole(int64(ByLogin), int64(BySameDevice)))
	case fieldClientType:
		m.ClientType = ClientType(d.whole(0, 1<<8-1))
	case fieldCustomType:
		m.CustomType = d.int32()
	case fieldClients:
		d.clients()
	}
}

// credential reads the value of a field of a login.
func (d *decoder) credential(f fields) {
	c := d.m.Login
	switch f {
	case fieldAccount:
		c.Account = d.characters(1, MaxAccount, "")
	case fieldToken:
		token := d.text()
		if len(token) > MaxToken {
			d.fail("is too long")
			return
		}
		c.Token = string(token)
	case fieldAppKey:
		c.AppKey = d.characters(0, MaxAppKey, "")
	case fieldAuthType:
		a, ok := ParseAuthType(string(d.text()))
		if !ok {
			d.fail("is unknown")
		}
		c.AuthType = a
	case fieldClientType:
		c.ClientType = ClientType(d.whole(0, 1<<8-1))
		if !c.ClientType.Known() {
			d.fail("is unknown")
		}
	case fieldCustomType:
		c.CustomType = d.int32()
	case fieldDevice:
		c.Device = uint64(d.whole(1, MaxDevice))
	case fieldVersion:
		c.Version = d.uint32()
	case fieldOrigin:
		o, ok := ParseOrigin(string(d.text()))
		if !ok {
			d.fail("is unknown")
		}
		c.Origin = o
	case fieldForce:
		c.Force = d.truth()
	case fieldTag:
		c.Tag = d.characters(0, MaxTag, "")
	}
}

// clients reads the list of online clients into the room that the message has.
// What stood there before gives its texts back where they are the same, so that
// a list that comes again allocates nothing.
func (d *decoder) clients() {
	if d.next() != '[' {
		d.fail("is no list")
		return
	}
	d.at++
	uses, needs := clientFields()
	list := d.m.Clients[:0]
	d.listed = true
	for first := true; d.more(first, ']'); first = false {
		d.field = 0
		if len(list) == MaxClients {
			d.fail("has too many entries")
			return
		}
		if len(list) < cap(list) {
			list = list[:len(list)+1]
		} else {
			list = append(list, OnlineClient{})
		}
		d.entry = &list[len(list)-1]
		d.before.os, d.before.tag = d.entry.OS, d.entry.Tag
		*d.entry = OnlineClient{}
		d.expect('{', "is no JSON object")
		d.object(uses, needs, 0, d.onlineClient)
	}
	d.listed = d.fault != ""
	d.m.Clients = list
}

// onlineClient reads the value of a field of an entry.
func (d *decoder) onlineClient(f fields) {
	c := d.entry
	switch f {
	case fieldDevice:
		c.Device = uint64(d.whole(1, MaxDevice))
	case fieldClientType:
		c.ClientType = ClientType(d.whole(0, 1<<8-1))
	case fieldCustomType:
		c.CustomType = d.int32()
	case fieldOS:
		c.OS = d.characters(0, MaxTag, d.before.os)
	case fieldLoginTime:
		c.LoginTime = d.whole(0, MaxDevice)
	case fieldTag:
		c.Tag = d.characters(0, MaxTag, d.before.tag)
	}
}

// characters reads a text of least to most characters. It returns before where
// the text is the same.
func (d *decoder) characters(least, most int, before string) string {
	text := d.text()
	if d.fault != "" {
		return ""
	}
	switch n := utf8.RuneCount(text); {
	case n < least:
		d.fail("is too short")
	case n > most:
		d.fail("is too long")
	case string(text) == before:
		return before
	default:
		return string(text)
	}
	return ""
}

func (d *decoder) uint32() uint32 { return uint32(d.whole(0, 1<<32-1)) }
func (d *decoder) int32() int32   { return int32(d.whole(-1<<31, 1<<31-1)) }
