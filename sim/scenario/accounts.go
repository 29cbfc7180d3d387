package scenario

import (
	"fmt"
	"iter"

	"github.com/invopop/jsonschema"
)

// AccountsSource says whose accounts the clients log in with. One of its keys is set.
type AccountsSource struct {
	File     string    `json:"file,omitempty" jsonschema:"minLength=1" jsonschema_description:"A list of accounts: CSV (account,token on each line, or a first line that names the columns) or NDJSON ({\"account\": ..., \"token\": ...})."`
	Prefix   string    `json:"prefix,omitempty" jsonschema:"minLength=1,maxLength=20,pattern=^[A-Za-z0-9_-]+$" jsonschema_description:"What generated names begin with (storm-)."`
	Register *Register `json:"register,omitempty" jsonschema_description:"Accounts are registered through the server API before the run begins."`
}

// Register is how accounts come to be through a server API.
type Register struct {
	URL       string  `json:"url" jsonschema:"required,minLength=1" jsonschema_description:"The server API: http://host:port; /nimserver/user/create.action is asked behind it."`
	AppKey    *Source `json:"appKey,omitempty" jsonschema_description:"Where its AppKey is read from. Left out: as target.appKey."`
	AppSecret *Source `json:"appSecret" jsonschema:"required" jsonschema_description:"Where the AppSecret is read from, which signs what is asked."`
	Prefix    string  `json:"prefix,omitempty" jsonschema:"minLength=1,maxLength=20,pattern=^[A-Za-z0-9_-]+$" jsonschema_description:"What the accounts' names begin with (storm-)."`
	Rate      *Rate   `json:"rate,omitempty" jsonschema_description:"How many calls are made at most; a 416 of the API slows them down (50/s)."`
	State     string  `json:"state,omitempty" jsonschema:"minLength=1" jsonschema_description:"The file that keeps what was registered, so that a second run asks for what is missing (accounts.ndjson). It holds tokens."`
	Timeout   *Span   `json:"timeout,omitempty" jsonschema_description:"How long an answer may take (10s)."`
}

// TokenQuestion is how the app's own server is asked for the token of an account.
type TokenQuestion struct {
	Path    string   `json:"path" jsonschema:"required,pattern=^/" jsonschema_description:"Behind app.url: /login?user=${account}."`
	Method  string   `json:"method,omitempty" jsonschema:"enum=GET,enum=POST,enum=PUT" jsonschema_description:"GET, POST or PUT (POST where there is a body, else GET)."`
	Headers []Header `json:"headers,omitempty" jsonschema:"maxItems=32" jsonschema_description:"Sent with every question."`
	Body    string   `json:"body,omitempty" jsonschema:"maxLength=16384" jsonschema_description:"What is sent: JSON or a form, with ${account}, ${password}, ${device}, ${authType} and the columns of the accounts' list."`
	Field   string   `json:"field,omitempty" jsonschema:"minLength=1,maxLength=256" jsonschema_description:"Where in its JSON the answer has the token: data.token, or tokens.0 (token)."`
}

// JSONSchemaExtend says that exactly one source of accounts is written.
func (AccountsSource) JSONSchemaExtend(s *jsonschema.Schema) { exactlyOne(s) }

// Secrets yields where the secrets of the way to the target, of the server API and of the
// app's own server are read from, with their places.
func (f *File) Secrets() iter.Seq2[string, *Source] {
	return func(yield func(string, *Source) bool) {
		for path, src := range f.Target.Secrets() {
			if !yield(path, src) {
				return
			}
		}
		if f.Target != nil && f.Target.Accounts != nil && f.Target.Accounts.Register != nil {
			r := f.Target.Accounts.Register
			if r.AppKey != nil && !yield("target.accounts.register.appKey", r.AppKey) {
				return
			}
			if r.AppSecret != nil && !yield("target.accounts.register.appSecret", r.AppSecret) {
				return
			}
		}
		if f.App == nil || f.App.Token == nil {
			return
		}
		for i := range f.App.Token.Headers {
			if src := f.App.Token.Headers[i].From; src != nil && !yield(fmt.Sprintf("app.token.headers[%d]", i), src) {
				return
			}
		}
	}
}
