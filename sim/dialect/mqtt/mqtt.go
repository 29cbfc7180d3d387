// Package mqtt reads and writes MQTT packets, 3.1.1 and 5, by name and field, for
// descriptions of dialogues. The codec is that of Eclipse Paho.
//
// Most callers use Split, which finds the end of a packet in a stream, Type, Read
// and Append. What a peer sends is data with a verdict, never a panic: whatever the
// codec does with it is an error.
package mqtt

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	five "github.com/eclipse/paho.golang/packets"
	three "github.com/eclipse/paho.mqtt.golang/packets"
)

// Version is a version of the protocol.
type Version uint8

const (
	V311 Version = 4
	V5   Version = 5
)

// Packets lists the packets that a client can say.
func Packets() []string {
	return []string{"connect", "disconnect", "pingreq", "publish", "subscribe", "unsubscribe"}
}

// Keys lists the fields that a packet can be given; nil = a client says no such packet.
func Keys(v Version, packet string) []string {
	keys := map[string][]string{
		"connect":     {"clean", "clientId", "keepAlive", "password", "username"},
		"disconnect":  {},
		"pingreq":     {},
		"publish":     {"packetId", "payload", "qos", "retain", "topic"},
		"subscribe":   {"packetId", "qos", "topic"},
		"unsubscribe": {"packetId", "topic"},
	}[packet]
	if v == V5 {
		switch packet {
		case "connect":
			keys = append(keys, "receiveMaximum", "sessionExpiry")
		case "disconnect":
			keys = append(keys, "reason", "sessionExpiry")
		}
	}
	return keys
}

// names are the packets by their number.
func names() [16]string {
	return [...]string{"reserved", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe", "suback",
		"unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth"}
}

// Type returns the name of a packet.
func Type(packet []byte) string {
	if len(packet) == 0 {
		return ""
	}
	return names()[packet[0]>>4]
}

// Split returns the length of the packet that a stream begins with; 0 = it is not
// complete. It is an error when it is longer than most, or no packet.
func Split(stream []byte, most int) (int, error) {
	length := 0
	for i := 1; i < len(stream); i++ {
		length |= int(stream[i]&0x7f) << (7 * (i - 1))
		if stream[i] < 0x80 {
			whole := 1 + i + length
			if whole > most {
				return 0, errLong
			}
			if whole > len(stream) {
				return 0, nil
			}
			return whole, nil
		}
		if i == 4 {
			return 0, errLength
		}
	}
	return 0, nil
}

var (
	errLong   = errors.New("the packet is too long")
	errLength = errors.New("the packet's length has more than four bytes")
	errPacket = errors.New("no packet of MQTT")
)

// Field is a field of a packet that comes from a broker.
type Field uint8

const (
	FieldType Field = iota
	FieldReason
	FieldReasonText
	FieldSessionPresent
	FieldPacketID
	FieldTopic
	FieldPayload
	FieldQoS
	FieldRetain
	FieldServerKeepAlive
	FieldAssignedClientID
	FieldServerReference
	FieldMaximumQoS
)

// FieldNames lists the fields by their numbers.
func FieldNames() []string {
	return []string{"type", "reason", "reasonString", "sessionPresent", "packetId", "topic", "payload", "qos", "retain",
		"serverKeepAlive", "assignedClientId", "serverReference", "maximumQoS"}
}

// Packet is what can be asked about a packet: a text for each Field that it has.
type Packet struct {
	has    uint16
	values [FieldMaximumQoS + 1][]byte
}

// Get returns a field.
func (p *Packet) Get(f Field) ([]byte, bool) { return p.values[f], p.has>>f&1 == 1 }

func (p *Packet) set(f Field, v []byte) {
	p.values[f] = v
	p.has |= 1 << f
}

func (p *Packet) number(f Field, n int) { p.set(f, strconv.AppendInt(nil, int64(n), 10)) }

// text sets a field that is absent when it is empty.
func (p *Packet) text(f Field, v string) {
	if v != "" {
		p.set(f, []byte(v))
	}
}

func (p *Packet) truth(f Field, is bool) { p.set(f, strconv.AppendBool(nil, is)) }

// Read reads one whole packet.
func Read(v Version, packet []byte, into *Packet) (err error) {
	*into = Packet{}
	defer func() {
		if recover() != nil {
			err = errPacket // The codec trusts lengths within a packet.
		}
	}()
	into.set(FieldType, []byte(Type(packet)))
	if v == V5 {
		return read5(packet, into)
	}
	return read3(packet, into)
}

func read3(packet []byte, p *Packet) error {
	if t := packet[0] >> 4; t == 0 || t == 15 {
		return errPacket
	}
	c, err := three.ReadPacket(bytes.NewReader(packet))
	if err != nil {
		return err
	}
	switch c := c.(type) {
	case *three.ConnackPacket:
		p.number(FieldReason, int(c.ReturnCode))
		p.truth(FieldSessionPresent, c.SessionPresent)
	case *three.PublishPacket:
		p.set(FieldTopic, []byte(c.TopicName))
		p.set(FieldPayload, c.Payload)
		p.number(FieldQoS, int(c.Qos))
		p.truth(FieldRetain, c.Retain)
		p.number(FieldPacketID, int(c.MessageID))
	case *three.SubackPacket:
		p.number(FieldPacketID, int(c.MessageID))
		if len(c.ReturnCodes) > 0 {
			p.number(FieldReason, int(c.ReturnCodes[0]))
		}
	case *three.UnsubackPacket:
		p.number(FieldPacketID, int(c.MessageID))
	case *three.PubackPacket:
		p.number(FieldPacketID, int(c.MessageID))
	}
	return nil
}

func read5(packet []byte, p *Packet) error {
	c, err := five.ReadPacket(bytes.NewReader(packet))
	if err != nil {
		return err
	}
	switch c := c.Content.(type) {
	case *five.Connack:
		p.number(FieldReason, int(c.ReasonCode))
		p.truth(FieldSessionPresent, c.SessionPresent)
		p.properties(c.Properties)
	case *five.Disconnect:
		p.number(FieldReason, int(c.ReasonCode))
		p.properties(c.Properties)
	case *five.Publish:
		p.set(FieldTopic, []byte(c.Topic))
		p.set(FieldPayload, c.Payload)
		p.number(FieldQoS, int(c.QoS))
		p.truth(FieldRetain, c.Retain)
		p.number(FieldPacketID, int(c.PacketID))
	case *five.Suback:
		p.number(FieldPacketID, int(c.PacketID))
		if len(c.Reasons) > 0 {
			p.number(FieldReason, int(c.Reasons[0]))
		}
	case *five.Unsuback:
		p.number(FieldPacketID, int(c.PacketID))
	case *five.Puback:
		p.number(FieldPacketID, int(c.PacketID))
		p.number(FieldReason, int(c.ReasonCode))
	case *five.Auth:
		p.number(FieldReason, int(c.ReasonCode))
	}
	return nil
}

func (p *Packet) properties(of *five.Properties) {
	if of == nil {
		return
	}
	p.text(FieldReasonText, of.ReasonString)
	p.text(FieldAssignedClientID, of.AssignedClientID)
	p.text(FieldServerReference, of.ServerReference)
	if of.ServerKeepAlive != nil {
		p.number(FieldServerKeepAlive, int(*of.ServerKeepAlive))
	}
	if of.MaximumQOS != nil {
		p.number(FieldMaximumQoS, int(*of.MaximumQOS))
	}
}

// whole reads a number that a packet is given; empty = what is usual.
func whole(of func(string) string, key string, usual, most int) (int, error) {
	text := of(key)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil || int(n) > most {
		return 0, fmt.Errorf("%s is %q, not a number up to %d", key, text, most)
	}
	return int(n), nil
}
