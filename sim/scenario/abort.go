package scenario

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// TargetMetric is a series of the target's own, asked for while a run goes on: an
// expression of a Prometheus, or series of a page that the target shows.
type TargetMetric struct {
	Name       string  `json:"name" jsonschema:"required,pattern=^[A-Za-z_][A-Za-z0-9_-]{0\\,63}$" jsonschema_description:"Its name in reports and under abort."`
	Unit       string  `json:"unit,omitempty" jsonschema:"enum=share,enum=percent,enum=seconds,enum=milliseconds,enum=bytes,enum=number" jsonschema_description:"What its values are: share (1 = all), percent (100 = all), seconds, milliseconds, bytes or number (share with of, else number)."`
	Prometheus string  `json:"prometheus,omitempty" jsonschema:"minLength=1" jsonschema_description:"http://host:port of a Prometheus that is asked with query."`
	Query      string  `json:"query,omitempty" jsonschema:"minLength=1,maxLength=4096" jsonschema_description:"An expression that gives one value; several are added up."`
	Scrape     string  `json:"scrape,omitempty" jsonschema:"minLength=1" jsonschema_description:"http://host:port/metrics of a page in Prometheus' format."`
	Series     string  `json:"series,omitempty" jsonschema:"minLength=1,maxLength=1024" jsonschema_description:"Which series of the page: errors_total{code=~'5..'}; all that match are added up."`
	Of         string  `json:"of,omitempty" jsonschema:"minLength=1,maxLength=1024" jsonschema_description:"Series of the same page that series is a share of."`
	Rate       bool    `json:"rate,omitempty" jsonschema_description:"The series are counters: take how fast they grow, a second."`
	Every      *Span   `json:"every,omitempty" jsonschema_description:"How often it is asked for, 1s to 1m (2s)."`
	Timeout    *Span   `json:"timeout,omitempty" jsonschema_description:"When an answer is too late and the value is a gap (1s; shorter than every)."`
	Token      *Source `json:"token,omitempty" jsonschema_description:"Where the bearer token is read from that is sent along."`
}

// Abort is a condition that ends a run before it hurts: its text alone, or with how
// long it has to hold.
type Abort struct {
	When  string `json:"when" jsonschema:"required,minLength=1,maxLength=500" jsonschema_description:"The condition, such as gateway_errors > 5%, or rate(code: 503, last: 10s) > 20%."`
	For   *Span  `json:"for,omitempty" jsonschema_description:"How long it has to hold without a break (0s)."`
	Grace *Span  `json:"grace,omitempty" jsonschema_description:"Not before so long after the begin (0s)."`
}

// UnmarshalJSON reads a text, or a text with for and grace.
func (a *Abort) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &a.When)
	}
	type plain Abort
	return json.Unmarshal(data, (*plain)(a))
}

// JSONSchemaExtend adds the plain text.
func (Abort) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }
