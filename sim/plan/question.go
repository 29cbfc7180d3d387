package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"loginstorm/sim/scenario"
)

// Question is how the app's own server is asked for the token of an account. Path and Body
// are templates: ${account} stands for its name, and so on.
type Question struct {
	Method  string
	Path    string
	Body    string   `json:",omitempty"`
	Headers []Header `json:",omitempty"`
	Field   string   // Where in the JSON of an answer the token is.
}

// DefaultField is where an answer has its token when the scenario does not say.
const DefaultField = "token"

// question settles how the app's own server is asked.
func (c *compiler) question(s *scenario.App) *Question {
	t := s.Token
	if t == nil {
		return nil
	}
	q := &Question{Method: t.Method, Path: t.Path, Body: t.Body, Field: t.Field}
	if s.URL == "" && !c.options.Virtual {
		c.fault("app.token", "the embedded target's app server is asked in its own way", "write app.url, or leave token out")
	}
	if q.Field == "" {
		q.Field = DefaultField
	}
	if q.Method == "" {
		q.Method = "GET"
		if q.Body != "" {
			q.Method = "POST"
		}
	}
	if q.Method == "GET" && q.Body != "" {
		c.fault("app.token.body", "a GET has no body", "write method: POST, or put it into the path")
	}
	if strings.ContainsFunc(q.Path, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' }) {
		c.fault("app.token.path", "there is a blank or a # in the path", "write it as %20 or %23")
	}
	c.asksFor("app.token.path", q.Path, false)
	c.asksFor("app.token.body", q.Body, true)
	for i := range t.Headers {
		h := &t.Headers[i]
		if slices.Contains([]string{"host", "content-length", "connection", "transfer-encoding"}, strings.ToLower(h.Name)) ||
			strings.ContainsFunc(h.Value+c.options.Secrets[h.From], func(r rune) bool { return r < ' ' || r == 0x7f }) {
			c.fault(fmt.Sprintf("app.token.headers[%d]", i), h.Name+" cannot be sent so", "leave out what belongs to the request itself, and line ends")
		}
		q.Headers = append(q.Headers, Header{h.Name, h.Value, NewSecret(c.options.Secrets[h.From])})
	}
	return q
}

// asksFor checks what a template names.
func (c *compiler) asksFor(path, text string, secrets bool) {
	known := append([]string{"account", "authType", "device"}, c.options.Accounts.Columns()...)
	if secrets {
		known = append(known, "password")
	}
	named := regexp.MustCompile(`\$?\{([^{}"':,\s]*)\}`) // No object of JSON looks so.
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		switch {
		case !strings.HasPrefix(m[0], "$"):
			if slices.Contains(known, m[1]) {
				c.fault(path, m[0]+" would be sent as it is", "write $"+m[0])
			}
		case !secrets && m[1] == "password":
			c.fault(path, "a password in an address ends up in logs", "put it into the body")
		case !slices.Contains(known, m[1]):
			c.fault(path, fmt.Sprintf("there is no %s to say", m[0]), "known are "+strings.Join(known, ", ")+", and the further columns of the accounts' file")
		}
	}
}
