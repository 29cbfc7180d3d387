package mqtt

import (
	"bytes"
	"fmt"

	five "github.com/eclipse/paho.golang/packets"
	three "github.com/eclipse/paho.mqtt.golang/packets"
)

// form is a packet that is about to be written.
type form struct {
	of  func(string) string
	err error
}

func (f *form) number(key string, usual, most int) int {
	n, err := whole(f.of, key, usual, most)
	if err != nil && f.err == nil {
		f.err = err
	}
	return n
}

func (f *form) truth(key string, usual bool) bool {
	switch text := f.of(key); text {
	case "":
		return usual
	case "true", "false":
		return text == "true"
	default:
		if f.err == nil {
			f.err = fmt.Errorf("%s is %q, neither true nor false", key, text)
		}
	}
	return false
}

// Append appends a packet whose fields of returns by their keys, "" = not given. What
// is not given is usual: a clean session, keepAlive 60, packetId 1, qos 0.
func Append(dst []byte, v Version, packet string, of func(key string) string) ([]byte, error) {
	f := form{of: of}
	var b bytes.Buffer
	var err error
	if v == V5 {
		err = f.write5(&b, packet)
	} else {
		err = f.write3(&b, packet)
	}
	if f.err != nil {
		err = f.err
	}
	if err != nil {
		return dst, fmt.Errorf("write %s: %w", packet, err)
	}
	return append(dst, b.Bytes()...), nil
}

func (f *form) write3(b *bytes.Buffer, packet string) error {
	switch packet {
	case "connect":
		p := three.NewControlPacket(three.Connect).(*three.ConnectPacket)
		p.ProtocolName, p.ProtocolVersion = "MQTT", byte(V311)
		p.CleanSession, p.Keepalive = f.truth("clean", true), uint16(f.number("keepAlive", 60, 65535))
		p.ClientIdentifier, p.Username, p.Password = f.of("clientId"), f.of("username"), []byte(f.of("password"))
		p.UsernameFlag, p.PasswordFlag = p.Username != "", len(p.Password) > 0
		return p.Write(b)
	case "disconnect":
		return three.NewControlPacket(three.Disconnect).Write(b)
	case "pingreq":
		return three.NewControlPacket(three.Pingreq).Write(b)
	case "publish":
		p := three.NewControlPacket(three.Publish).(*three.PublishPacket)
		p.TopicName, p.Payload, p.Retain = f.of("topic"), []byte(f.of("payload")), f.truth("retain", false)
		p.Qos, p.MessageID = byte(f.number("qos", 0, 2)), uint16(f.number("packetId", 1, 65535))
		return p.Write(b)
	case "subscribe":
		p := three.NewControlPacket(three.Subscribe).(*three.SubscribePacket)
		p.Topics, p.Qoss, p.MessageID = []string{f.of("topic")}, []byte{byte(f.number("qos", 0, 2))}, uint16(f.number("packetId", 1, 65535))
		return p.Write(b)
	case "unsubscribe":
		p := three.NewControlPacket(three.Unsubscribe).(*three.UnsubscribePacket)
		p.Topics, p.MessageID = []string{f.of("topic")}, uint16(f.number("packetId", 1, 65535))
		return p.Write(b)
	}
	return errPacket
}

func (f *form) write5(b *bytes.Buffer, packet string) (err error) {
	var p five.Packet
	switch packet {
	case "connect":
		p = f.connect5()
	case "disconnect":
		d := &five.Disconnect{ReasonCode: byte(f.number("reason", 0, 255)), Properties: &five.Properties{}}
		if f.of("sessionExpiry") != "" {
			d.Properties.SessionExpiryInterval = wide(f.number("sessionExpiry", 0, 1<<32-1))
		}
		p = d
	case "pingreq":
		p = &five.Pingreq{}
	case "publish":
		p = &five.Publish{Topic: f.of("topic"), Payload: []byte(f.of("payload")), Retain: f.truth("retain", false),
			QoS: byte(f.number("qos", 0, 2)), PacketID: uint16(f.number("packetId", 1, 65535)), Properties: &five.Properties{}}
	case "subscribe":
		p = &five.Subscribe{PacketID: uint16(f.number("packetId", 1, 65535)), Properties: &five.Properties{},
			Subscriptions: []five.SubOptions{{Topic: f.of("topic"), QoS: byte(f.number("qos", 0, 2))}}}
	case "unsubscribe":
		p = &five.Unsubscribe{PacketID: uint16(f.number("packetId", 1, 65535)), Topics: []string{f.of("topic")}, Properties: &five.Properties{}}
	default:
		return errPacket
	}
	_, err = p.WriteTo(b)
	return err
}

func (f *form) connect5() five.Packet {
	p := &five.Connect{ProtocolName: "MQTT", ProtocolVersion: byte(V5), CleanStart: f.truth("clean", true),
		KeepAlive: uint16(f.number("keepAlive", 60, 65535)), ClientID: f.of("clientId"), Username: f.of("username"),
		Password: []byte(f.of("password")), Properties: &five.Properties{}}
	p.UsernameFlag, p.PasswordFlag = p.Username != "", len(p.Password) > 0
	if f.of("sessionExpiry") != "" {
		p.Properties.SessionExpiryInterval = wide(f.number("sessionExpiry", 0, 1<<32-1))
	}
	if f.of("receiveMaximum") != "" {
		n := uint16(f.number("receiveMaximum", 1, 65535))
		p.Properties.ReceiveMaximum = &n
	}
	return p
}

func wide(n int) *uint32 {
	w := uint32(n)
	return &w
}
