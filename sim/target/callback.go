package target

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"loginstorm/sim/wire"
)

const (
	// maxCallback bounds what a gateway posts about a login, in bytes.
	maxCallback = 8 << 10
	// loginEvent is the event that a gateway asks about before it lets somebody in. Spec
	// section 8.
	loginEvent = 36
)

// callback reads the body of a request that posts an event; of others nothing is read.
func callback(r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost || r.URL.Path != CallbackPath || r.ContentLength <= 0 || r.ContentLength > maxCallback {
		return nil, nil
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// judged reports whether a body is about a login; a status other than 0 refuses it.
func judged(body []byte) (status int) {
	var event struct {
		EventType json.Number `json:"eventType"` // Some write a number, some a text.
		From      string      `json:"fromAccount"`
	}
	if json.Unmarshal(body, &event) != nil || event.EventType.String() != strconv.Itoa(loginEvent) || event.From == "" {
		return http.StatusBadRequest
	}
	return 0
}

// appendVerdict appends what the app says: its own no, or what it says of everybody.
func appendVerdict(dst []byte, no, says wire.Code) []byte {
	code := cmp.Or(no, says)
	if code == wire.Success {
		return append(dst, `{"errCode":0}`...)
	}
	dst = append(dst, `{"errCode":1,"responseCode":`...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	return append(dst, '}')
}
