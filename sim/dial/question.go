package dial

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"loginstorm/sim/wire"
)

// Question is how an app server of somebody's own is asked for a token. Path and Body are
// templates: ${account}, ${authType}, ${device}, ${password} and what else Asker.Field
// knows stand in them, escaped for where they stand.
type Question struct {
	Method  string
	Path    string // Behind the app server's base; may have a query.
	Body    string // JSON when it begins with a brace or a bracket, else a form.
	Headers [][2]string
	Field   string // Where the token is in the JSON of an answer, as gjson writes paths.
}

// Asker is for whom a token is asked.
type Asker struct {
	Account  string
	AuthType wire.AuthType
	Device   uint64
	Password string                   // A secret.
	Field    func(name string) string // Further values of the account; nil = none.
}

// value returns what a name in a template stands for; "" = nothing.
func (a *Asker) value(name string) string {
	switch name {
	case "account":
		return a.Account
	case "authType":
		return a.AuthType.String()
	case "device":
		return strconv.FormatUint(a.Device, 10)
	case "password":
		return a.Password
	}
	if a.Field == nil {
		return ""
	}
	return a.Field(name)
}

// fill puts values into a template.
func (a *Asker) fill(template string, escape func(string) string) string {
	var b strings.Builder
	for {
		head, tail, found := strings.Cut(template, "${")
		b.WriteString(head)
		if !found {
			return b.String()
		}
		name, rest, _ := strings.Cut(tail, "}")
		b.WriteString(escape(a.value(name)))
		template = rest
	}
}

// plainPath is what an error may show of a path: neither a value nor a query.
func (q *Question) plainPath() string {
	path, _, _ := strings.Cut(q.Path, "?")
	return path
}

// ask makes the request for one asker.
func (q *Question) ask(who *Asker) (path, body string) {
	escape := url.QueryEscape
	if q.json() {
		escape = jsonEscape
	}
	head, query, has := strings.Cut(q.Path, "?")
	path = who.fill(head, url.PathEscape)
	if has {
		path += "?" + who.fill(query, url.QueryEscape)
	}
	return path, who.fill(q.Body, escape)
}

func (q *Question) json() bool {
	return strings.HasPrefix(q.Body, "{") || strings.HasPrefix(q.Body, "[")
}

// jsonEscape writes a text as it stands between the quotes of JSON.
func jsonEscape(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic("dial: a text does not marshal: " + err.Error())
	}
	return string(quoted[1 : len(quoted)-1])
}

// head is the part of a request that all askers share, from its version on but for the
// length of the body.
func (q *Question) head(common string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(common, "\r\n"))
	typed := q.Body == ""
	for _, h := range q.Headers {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
		typed = typed || strings.EqualFold(h[0], "Content-Type")
	}
	switch {
	case typed:
	case q.json():
		b.WriteString("Content-Type: application/json\r\n")
	default:
		b.WriteString("Content-Type: application/x-www-form-urlencoded\r\n")
	}
	return b.String()
}

// token finds the token in an answer.
func (q *Question) token(body []byte) (string, error) {
	if !gjson.ValidBytes(body) {
		return "", errNoToken
	}
	found := gjson.GetBytes(body, q.Field)
	if found.Type != gjson.String && found.Type != gjson.Number || found.String() == "" {
		return "", errNoToken
	}
	return found.String(), nil
}
