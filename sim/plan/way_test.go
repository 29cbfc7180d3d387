package plan

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/scenario"
)

const wayHead = "duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\n"

// pairOf makes a certificate and its key, in PEM.
func pairOf(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), constant{})
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "phone"}, NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(constant{}, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

// constant is chance enough for a certificate that nobody trusts.
type constant struct{}

func (constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(7 + i)
	}
	return len(p), nil
}

func TestTheWayToATarget(t *testing.T) {
	certificate, key := pairOf(t)
	file, err := scenario.Parse("test.yaml", []byte(wayHead+`
target:
  url: wss://im.example.com/im
  tls: {ca: ca.pem, certificate: phone.pem, key: {file: phone.key}, serverName: gw.example.com, resume: false}
  proxy: {url: "http://127.0.0.1:3128", authorization: {env: PROXY}}
  headers: [{name: X-Team, value: im}, {name: Authorization, from: {env: TOKEN}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	if files := file.Files(); !slices.Equal(files, []string{"ca.pem", "phone.pem"}) {
		t.Errorf("files %v", files)
	}
	secrets, places := map[*scenario.Source]string{}, []string{}
	for place, src := range file.Target.Secrets() {
		places = append(places, place)
		secrets[src] = map[string]string{"target.tls.key": string(key)}[place]
		if secrets[src] == "" {
			secrets[src] = "of " + place
		}
	}
	if want := []string{"target.proxy.authorization", "target.tls.key", "target.headers[1]"}; !slices.Equal(places, want) {
		t.Errorf("secrets at %v, want %v", places, want)
	}
	p, err := Compile(file, Options{Secrets: secrets, Files: map[string][]byte{"ca.pem": certificate, "phone.pem": certificate}})
	if err != nil {
		t.Fatal(err)
	}
	w := &p.Target.Way
	if w.TLS == nil || w.TLS.RootCAs == nil || len(w.TLS.Certificates) != 1 || w.TLS.ServerName != "gw.example.com" || w.TLS.InsecureSkipVerify || w.Resume {
		t.Errorf("the way is %+v", w)
	}
	if w.ProxyAuth.Reveal() != "of target.proxy.authorization" || w.Headers[1].Secret.Reveal() != "of target.headers[1]" || w.Headers[0].Value != "im" {
		t.Errorf("the way is %+v", w)
	}
	if text := fmt.Sprintf("%+v %s", p.Target, p.Digest()); strings.Contains(text, "of target") || strings.Contains(text, "PRIVATE") {
		t.Errorf("a secret shows in %s", text)
	}
	p = compiled(t, wayHead+"target: {url: 'wss://im.example.com/im', tls: {verify: false}}\n", Options{})
	if !p.Target.Way.TLS.InsecureSkipVerify || !p.Target.Way.Resume || len(p.Warnings) != 1 {
		t.Errorf("unverified: %+v, warnings %q", p.Target.Way, p.Warnings)
	}
}

func TestWaysThatLeadNowhere(t *testing.T) {
	certificate, _ := pairOf(t)
	for text, want := range map[string]string{
		`url: "wss://x/", tls: {ca: bad.pem}`:                                 "bad.pem holds no certificate",
		`url: "wss://x/", tls: {certificate: ok.pem}`:                         "belong together",
		`url: "wss://x/", tls: {certificate: ok.pem, key: {env: K}}`:          "are no pair",
		`url: "ws://x/", proxy: "socks5://x:1"`:                               "no address of an HTTP proxy",
		`url: "ws://x/", proxy: "http://u:p@x:1"`:                             "no address of an HTTP proxy",
		`url: "ws://x/", headers: [{name: sec-websocket-protocol, value: x}]`: "belongs to the upgrade itself",
		`url: "http://x/"`: "begins with http:",
		`url: "ws://x/", sourceAddresses: [127.0.0.300]`:                         "no address, range or network",
		`url: "ws://x/", sourceAddresses: [127.0.0.9-127.0.0.2]`:                 "no address, range or network",
		`url: "ws://x/", sourceAddresses: ["127.0.0.2-::1"]`:                     "no address, range or network",
		`url: "ws://x/", sourceAddresses: [10.0.0.0/8]`:                          "more than 4096 source addresses",
		`url: "ws://x/", sourceAddresses: ["fd00::/64"]`:                         "more than 4096 source addresses",
		`url: "ws://x/", sourceAddresses: [10.0.0.0-10.0.15.255, "10.1.0.0/32"]`: "more than 4096 source addresses",
	} {
		_, err := Compile(parse(t, wayHead+"target: {"+text+"}\n"), Options{Files: map[string][]byte{"bad.pem": []byte("no"), "ok.pem": certificate}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func TestSourceAddresses(t *testing.T) {
	p := compiled(t, wayHead+`target: {url: "ws://x/", sourceAddresses: [127.0.0.250, 127.0.0.254-127.0.1.1, 10.0.0.5/30, "::1", "fd00::ff/127"]}`+"\n", Options{})
	want := []string{"127.0.0.250", "127.0.0.254", "127.0.0.255", "127.0.1.0", "127.0.1.1", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7", "::1", "fd00::fe", "fd00::ff"}
	if !slices.Equal(p.Target.SourceAddrs, want) {
		t.Errorf("addresses %v, want %v", p.Target.SourceAddrs, want)
	}
	p = compiled(t, wayHead+`target: {url: "ws://x/", sourceAddresses: [255.255.255.254/31]}`+"\n", Options{})
	if len(p.Target.SourceAddrs) != 2 {
		t.Errorf("addresses %v", p.Target.SourceAddrs)
	}
}

// Of each round every address has as many links as it weighs, the heavy one not in a row.
func TestWeights(t *testing.T) {
	p := compiled(t, wayHead+`target: {urls: [{url: "ws://a/", weight: 5}, "ws://b/", {url: "ws://c/", weight: 2}]}`+"\n", Options{})
	counts, row, longest, last := map[int]int{}, 0, 0, -1
	for client := range uint32(800) {
		a := p.Target.Address(client, 1, 3)
		counts[a]++
		if row++; a != last {
			row = 1
		}
		last, longest = a, max(longest, row)
	}
	if counts[0] != 500 || counts[1] != 100 || counts[2] != 200 || longest > 2 {
		t.Errorf("links %v, at most %d in a row", counts, longest)
	}
	for gen := uint32(1); gen < 9; gen++ {
		if a := p.Target.Address(0, gen, 2); a != Address(0, gen, 2) {
			t.Errorf("of another list of addresses the weights count: %d", a)
		}
	}
	if p := compiled(t, wayHead+`target: {urls: [{url: "ws://a/", weight: 2}, {url: "ws://b/", weight: 2}]}`+"\n", Options{}); p.Target.Way.Order != nil {
		t.Error("equal weights are no weights")
	}
}
