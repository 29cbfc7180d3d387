package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loginstorm/sim/wire"
)

// TestLoginsAgreeWithOtherParser writes logins of any content and reads them by
// Decode and by encoding/json.
func TestLoginsAgreeWithOtherParser(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := func(name string, least, most int) string {
			return strings.ToValidUTF8(rapid.StringN(least, most, -1).Draw(r, name), "?")
		}
		c := wire.Credentials{
			Account:    text("account", 1, wire.MaxAccount),
			Token:      text("token", 0, 300),
			AppKey:     text("appKey", 0, wire.MaxAppKey),
			AuthType:   wire.AuthType(rapid.IntRange(0, 2).Draw(r, "authType")),
			ClientType: rapid.SampledFrom(clientTypes()).Draw(r, "clientType"),
			CustomType: rapid.Int32().Draw(r, "customClientType"),
			Device:     rapid.Uint64Range(1, wire.MaxDevice).Draw(r, "device"),
			Version:    rapid.Uint32().Draw(r, "version"),
			Origin:     wire.Origin(rapid.IntRange(1, 3).Draw(r, "origin")),
			Force:      rapid.Bool().Draw(r, "force"),
			Tag:        text("customTag", 0, wire.MaxTag),
		}
		m := wire.Message{Kind: wire.Login, Serial: rapid.Uint32().Draw(r, "serial"), Login: &c}
		frame := wire.Append(nil, &m)

		var back wire.Message
		if err := wire.Decode(frame, &back); err != nil {
			r.Fatalf("decode %s: %v", frame, err)
		}
		if back.Serial != m.Serial || *back.Login != c {
			r.Fatalf("%+v comes back as %+v", c, *back.Login)
		}
		var other struct {
			Account, Token, AppKey, Origin, CustomTag string
			AuthType                                  string
			Serial, Version                           uint32
			ClientType                                wire.ClientType
			CustomClientType                          int32
			Device                                    uint64
			Force                                     bool
		}
		if err := json.Unmarshal(frame, &other); err != nil {
			r.Fatalf("%s: %v", frame, err)
		}
		authType, _ := wire.ParseAuthType(other.AuthType) // Left out = default.
		origin, _ := wire.ParseOrigin(other.Origin)
		read := wire.Credentials{
			Account: other.Account, Token: other.Token, AppKey: other.AppKey, AuthType: authType, ClientType: other.ClientType,
			CustomType: other.CustomClientType, Device: other.Device, Version: other.Version, Origin: origin,
			Force: other.Force, Tag: other.CustomTag,
		}
		if other.Serial != m.Serial || read != c {
			r.Fatalf("another parser reads %+v instead of %+v", read, c)
		}
	})
}

func clientTypes() []wire.ClientType {
	all := wire.ClientTypes()
	return all[:]
}
