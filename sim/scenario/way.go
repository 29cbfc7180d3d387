package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/invopop/jsonschema"
)

// TLS is how links to addresses that begin with wss: are secured.
type TLS struct {
	CA          string  `json:"ca,omitempty" jsonschema:"minLength=1" jsonschema_description:"A file of certificates (PEM) that are trusted, in place of the system's."`
	Certificate string  `json:"certificate,omitempty" jsonschema:"minLength=1" jsonschema_description:"A file with the client's certificate and those above it (PEM), for a gateway that asks for one."`
	Key         *Source `json:"key,omitempty" jsonschema_description:"Where its private key (PEM) is read from."`
	ServerName  string  `json:"serverName,omitempty" jsonschema:"minLength=1" jsonschema_description:"The name that is asked for (SNI) and that the certificate must have. Left out: the address's host."`
	Resume      *bool   `json:"resume,omitempty" jsonschema_description:"Reconnects resume the session, as apps do (true)."`
	Verify      *bool   `json:"verify,omitempty" jsonschema_description:"The gateway's certificate is verified (true)."`
}

// Proxy is an HTTP proxy on the way to the target.
type Proxy struct {
	URL           string  `json:"url" jsonschema:"required,minLength=1" jsonschema_description:"http://host:port; links go through it with CONNECT."`
	Authorization *Source `json:"authorization,omitempty" jsonschema_description:"Where its Proxy-Authorization is read from."`
}

// UnmarshalJSON reads an address, or an object.
func (p *Proxy) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &p.URL)
	}
	type plain Proxy
	return json.Unmarshal(data, (*plain)(p))
}

// JSONSchemaExtend adds the plain address.
func (Proxy) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }

// Address is one of several addresses of a target.
type Address struct {
	URL    string `json:"url" jsonschema:"required,minLength=1" jsonschema_description:"ws://host:port/path, or wss://"`
	Weight uint32 `json:"weight,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"How many links go there beside those of the other addresses (1)."`
}

// UnmarshalJSON reads an address, or an object.
func (a *Address) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &a.URL)
	}
	type plain Address
	return json.Unmarshal(data, (*plain)(a))
}

// MarshalJSON writes what UnmarshalJSON reads.
func (a Address) MarshalJSON() ([]byte, error) {
	if a.Weight == 0 {
		return json.Marshal(a.URL)
	}
	type plain Address
	return json.Marshal(plain(a))
}

// JSONSchemaExtend adds the plain address.
func (Address) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }

// Secrets yields where the secrets of the way to the target are read from, with their
// places.
func (t *Target) Secrets() iter.Seq2[string, *Source] {
	return func(yield func(string, *Source) bool) {
		if t == nil {
			return
		}
		if t.Proxy != nil && t.Proxy.Authorization != nil && !yield("target.proxy.authorization", t.Proxy.Authorization) {
			return
		}
		if t.TLS != nil && t.TLS.Key != nil && !yield("target.tls.key", t.TLS.Key) {
			return
		}
		for i := range t.Headers {
			if src := t.Headers[i].From; src != nil && !yield(fmt.Sprintf("target.headers[%d]", i), src) {
				return
			}
		}
	}
}
