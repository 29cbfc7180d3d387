package plan

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"loginstorm/sim/scenario"
)

// Way is how links get to the target.
type Way struct {
	TLS        *tls.Config `json:"-"` // nil: as the system has it.
	Resume     bool        // Reconnects resume a TLS session.
	Unverified bool        // The target's certificate is not verified.
	Proxy      string      `json:",omitempty"` // http://host:port; "" = none.
	ProxyAuth  Secret      `json:"-"`
	Headers    []Header    `json:",omitempty"` // Sent with every upgrade.
	// Order is which address takes the next link, by their weights; nil = in turn.
	Order []uint16 `json:",omitempty"`
}

// Address returns which of n addresses of the target a client dials for its link gen
// (from 1). See Address; addresses with weights take so many links of each round.
func (t *Target) Address(client, gen uint32, n int) int {
	if len(t.Way.Order) == 0 || n != len(t.URLs) {
		return Address(client, gen, n)
	}
	return int(t.Way.Order[Address(client, gen, len(t.Way.Order))])
}

// way settles how links get to the target.
func (c *compiler) way(s *scenario.Target) {
	w := &c.plan.Target.Way
	w.Resume = true
	if p := s.Proxy; p != nil {
		w.Proxy, w.ProxyAuth = p.URL, NewSecret(c.options.Secrets[p.Authorization])
		if u, err := url.Parse(p.URL); err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil || !port(u.Port()) {
			c.fault("target.proxy", "that is no address of an HTTP proxy", "write http://host:port, and what it asks for as authorization")
		}
	}
	for i := range s.Headers {
		h := &s.Headers[i]
		if strings.HasPrefix(strings.ToLower(h.Name), "sec-websocket-") || strings.EqualFold(h.Name, "upgrade") || strings.EqualFold(h.Name, "connection") {
			c.fault(fmt.Sprintf("target.headers[%d].name", i), fmt.Sprintf("%s belongs to the upgrade itself", h.Name), "leave it out")
		}
		w.Headers = append(w.Headers, Header{h.Name, h.Value, NewSecret(c.options.Secrets[h.From])})
	}
	c.secured(s.TLS)
	c.weights(s.URLs)
}

// secured settles how links are secured.
func (c *compiler) secured(s *scenario.TLS) {
	w := &c.plan.Target.Way
	if s == nil {
		return
	}
	w.Resume, w.Unverified = either(s.Resume, true), !either(s.Verify, true)
	if !c.secure() && len(c.plan.Target.URLs) > 0 {
		c.warn("target.tls: no address of the target begins with wss:, so nothing is secured")
	}
	if w.Unverified {
		c.warn("target.tls: the target's certificate is not verified: whoever stands between can be the target")
	}
	conf := &tls.Config{ServerName: s.ServerName, InsecureSkipVerify: w.Unverified}
	if s.CA != "" {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(c.options.Files[s.CA]) {
			c.fault("target.tls.ca", s.CA+" holds no certificate", "name a file of certificates in PEM: -----BEGIN CERTIFICATE-----")
		}
	}
	if (s.Certificate == "") != (s.Key == nil) {
		c.fault("target.tls", "a client's certificate and its key belong together", "write certificate and key")
		return
	}
	if s.Certificate != "" {
		pair, err := tls.X509KeyPair(c.options.Files[s.Certificate], []byte(c.options.Secrets[s.Key]))
		if err != nil {
			// The error of a key may quote it.
			c.fault("target.tls.certificate", s.Certificate+" and the key are no pair", "name a certificate and its private key, both in PEM")
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	w.TLS = conf
}

// secure reports whether links to the target are.
func (c *compiler) secure() bool {
	for _, u := range c.plan.Target.URLs {
		if strings.HasPrefix(u, "wss:") {
			return true
		}
	}
	return false
}

// weights lays out which address takes which link: each time the one that is furthest
// behind its share, so that a heavy one does not take its links in a row.
func (c *compiler) weights(all []scenario.Address) {
	total, even := 0, true
	for _, a := range all {
		total += int(max(1, a.Weight))
		even = even && max(1, a.Weight) == max(1, all[0].Weight)
	}
	if even || len(c.plan.Target.URLs) != len(all) {
		return
	}
	behind := make([]int, len(all))
	order := make([]uint16, 0, total)
	for range total {
		next := 0
		for i := range all {
			behind[i] += int(max(1, all[i].Weight))
			if behind[i] > behind[next] {
				next = i
			}
		}
		behind[next] -= total
		order = append(order, uint16(next))
	}
	c.plan.Target.Way.Order = order
}

// mostSources bounds the source addresses of a plan.
const mostSources = 4096

// sources reads source addresses: one, a range "127.0.0.2-127.0.0.9", or a network
// "10.0.0.0/28".
func (c *compiler) sourceAddresses(texts []string) (all []string) {
	for i, text := range texts {
		path := fmt.Sprintf("target.sourceAddresses[%d]", i)
		first, last, err := addressRange(text)
		if err != nil {
			c.fault(path, fmt.Sprintf("%q is no address, range or network", text), "write 127.0.0.2, 127.0.0.2-127.0.0.9, 10.0.0.0/28 or an IPv6 one")
			continue
		}
		for a := first; ; a = a.Next() {
			if len(all) == mostSources {
				c.fault(path, fmt.Sprintf("up to here there are more than %d source addresses", mostSources), "name fewer: each has some 28,000 ports to every address of the target")
				return all
			}
			all = append(all, a.String())
			if a == last {
				break
			}
		}
	}
	return all
}

// addressRange reads the first and the last address of a text.
func addressRange(text string) (first, last netip.Addr, err error) {
	if network, err := netip.ParsePrefix(text); err == nil {
		network = network.Masked()
		first, last = network.Addr(), network.Addr()
		for last.IsValid() && network.Contains(last.Next()) && last != first.Prev() {
			if last = last.Next(); tooMany(first, last) {
				break // The caller counts, and refuses.
			}
		}
		return first, last, nil
	}
	from, to, isRange := strings.Cut(text, "-")
	if first, err = netip.ParseAddr(strings.TrimSpace(from)); err != nil || !isRange {
		return first, first, err
	}
	if last, err = netip.ParseAddr(strings.TrimSpace(to)); err != nil {
		return first, last, err
	}
	if first.BitLen() != last.BitLen() || last.Less(first) {
		return first, last, fmt.Errorf("the range has no addresses")
	}
	return first, last, nil
}

// tooMany reports whether there are surely more addresses than a plan may have.
func tooMany(first, last netip.Addr) bool {
	a, b := first.As16(), last.As16()
	return (int(b[14])<<8|int(b[15]))-(int(a[14])<<8|int(a[15])) > mostSources || a[13] != b[13]
}
