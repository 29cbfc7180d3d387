package account

import (
	"encoding/base64"
	"testing"

	"loginstorm/sim/gateway"
)

// TestDynamicTokenKnownAnswer compares with
//
//	printf %s 'appqa-00000317000000000003600thesecret' | openssl dgst -sha1
func TestDynamicTokenKnownAnswer(t *testing.T) {
	const want = `{"signature":"bb7e5920a008b89a36127c90ac5075a62201a583","curTime":1700000000000,"ttl":3600}`
	token := gateway.AppendDynamicToken(nil, "app", "qa-000003", 1700000000000, 3600, "thesecret")
	text, err := base64.StdEncoding.DecodeString(string(token))
	if err != nil || string(text) != want {
		t.Errorf("%s, want %s", text, want)
	}
	given := base64.StdEncoding.EncodeToString([]byte(want))
	if _, genuine := gateway.VerifyDynamicToken(given, "app", "qa-000003", "thesecret"); !genuine {
		t.Error("what openssl signed is not genuine")
	}
}
