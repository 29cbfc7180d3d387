package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
)

// Digest returns a hash of everything a plan decides, in 64 hexadecimal digits:
// plans with equal digests run alike. Secrets are left out.
func (p *Plan) Digest() string {
	h := sha256.New()
	names := make([]string, len(p.Thresholds))
	for i, t := range p.Thresholds {
		names[i] = t.String()
	}
	// All of these marshal in a fixed order, and none can fail: they are plain data.
	head, _ := json.Marshal([]any{p.Name, p.Seed, p.Duration, p.Populations, p.Entries, p.Accounts.Count, p.Accounts.Prefix, p.Accounts.TokenSeed,
		p.Target, p.Gateway, p.App, p.Address, p.Network, p.Inject, names, p.Watches})
	h.Write(head)
	if stops := p.digestStops(); stops != nil {
		text, _ := json.Marshal(stops)
		h.Write(text)
	}
	p.digestClients(h)
	buf := make([]byte, 0, 256)
	for i := range p.Steps {
		s := &p.Steps[i]
		buf = binary.LittleEndian.AppendUint64(buf[:0], uint64(s.At))
		buf = append(buf, byte(s.Kind), byte(s.Entry), byte(s.Entry>>8), byte(s.Fault.Kind), s.On)
		buf = binary.LittleEndian.AppendUint32(buf, s.Client)
		for _, n := range []uint64{s.Device, uint64(s.Fault.Code), uint64(s.Fault.Loss), uint64(s.Fault.Delay), s.Fault.Bandwidth} {
			buf = binary.LittleEndian.AppendUint64(buf, n)
		}
		if s.Command != nil {
			command, _ := json.Marshal(s.Command)
			buf = append(buf, command...)
		}
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (p *Plan) digestClients(h hash.Hash) {
	buf := make([]byte, 0, 32)
	c := &p.Clients
	for i := range c.Arrive {
		buf = binary.LittleEndian.AppendUint16(buf[:0], c.Population[i])
		buf = binary.LittleEndian.AppendUint32(buf, c.Account[i])
		buf = binary.LittleEndian.AppendUint64(buf, c.Device[i])
		buf = binary.LittleEndian.AppendUint64(buf, uint64(c.Arrive[i]))
		if c.Database != nil && c.Database[i] {
			buf = append(buf, 1)
		}
		h.Write(buf)
	}
}
