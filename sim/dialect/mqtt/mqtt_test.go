package mqtt

import (
	"bytes"
	"testing"

	five "github.com/eclipse/paho.golang/packets"
	three "github.com/eclipse/paho.mqtt.golang/packets"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		stream []byte
		n      int
		bad    bool
	}{
		{nil, 0, false}, {[]byte{0xd0}, 0, false}, {[]byte{0xd0, 0}, 2, false}, {[]byte{0xd0, 0, 0x20}, 2, false}, {[]byte{0x20, 2, 0}, 0, false},
		{append([]byte{0x30, 0x80, 1}, make([]byte, 128)...), 131, false}, {[]byte{0x30, 0x80}, 0, false}, {[]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 0, true},
		{[]byte{0x30, 0xff, 0xff, 0xff, 0xff, 1}, 0, true}, {[]byte{0x30, 0xff, 0xff, 0xff, 0xff}, 0, true},
	} {
		if n, err := Split(c.stream, 1000); n != c.n || (err != nil) != c.bad {
			t.Errorf("%x: got %d %v", c.stream, n, err)
		}
	}
}

// TestAppendIsReadByTheOtherSide: what is written is what a broker's decoder reads.
func TestAppendIsReadByTheOtherSide(t *testing.T) {
	given := map[string]string{"clientId": "c", "username": "u", "password": "p\x00w", "keepAlive": "30", "clean": "false", "sessionExpiry": "60",
		"receiveMaximum": "9", "topic": "a/b", "qos": "1", "packetId": "7", "payload": "hello", "retain": "true", "reason": "4"}
	for _, v := range []Version{V311, V5} {
		for _, name := range Packets() {
			packet, err := Append([]byte("x"), v, name, func(key string) string { return given[key] })
			if err != nil || packet[0] != 'x' {
				t.Fatalf("%d %s: %v", v, name, err)
			}
			packet = packet[1:]
			if n, err := Split(packet, 1000); n != len(packet) || err != nil || Type(packet) != name {
				t.Errorf("%d %s: %x is %s of %d bytes, %v", v, name, packet, Type(packet), n, err)
			}
			if v == V5 {
				if _, err := five.ReadPacket(bytes.NewReader(packet)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if _, err := three.ReadPacket(bytes.NewReader(packet)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	packet, _ := Append(nil, V5, "connect", func(key string) string { return given[key] })
	p, _ := five.ReadPacket(bytes.NewReader(packet))
	c := p.Content.(*five.Connect)
	if c.ClientID != "c" || c.Username != "u" || string(c.Password) != "p\x00w" || c.KeepAlive != 30 || c.CleanStart || *c.Properties.SessionExpiryInterval != 60 || *c.Properties.ReceiveMaximum != 9 {
		t.Errorf("got %v", c)
	}
	for key, bad := range map[string]string{"keepAlive": "soon", "clean": "maybe", "sessionExpiry": "-1"} {
		if _, err := Append(nil, V5, "connect", func(k string) string {
			if k == key {
				return bad
			}
			return given[k]
		}); err == nil {
			t.Errorf("%s: %s was taken", key, bad)
		}
	}
	if _, err := Append(nil, V5, "connack", func(string) string { return "" }); err == nil {
		t.Error("a client said connack")
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"\x20\x06\x00\x00\x03\x22\x00\x0a", "\xe0\x15\x8e\x13\x1f\x00\x10session takeover", "\x20\x02\x00\x05", "\x30\x05\x00\x01ahi", "\x90\x03\x00\x01\x00", "\x20\x00", "\x40\x02\x00\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range []Version{V311, V5} {
			n, err := Split(data, 64<<10)
			if err != nil || n == 0 {
				continue
			}
			var p Packet
			if Read(v, data[:n], &p) != nil {
				continue
			}
			for i := range FieldNames() {
				if text, has := p.Get(Field(i)); !has && text != nil || len(text) > len(data)+20 {
					t.Fatalf("%x: field %d is %q", data, i, text)
				}
			}
		}
	})
}
