package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"loginstorm/sim/plan"
)

// ask asks a webhook. Redirects are not followed: traffic goes where the scenario says.
// An error holds no header and nothing of the answer but its status.
func (r *Runner) ask(ctx context.Context, h *plan.Hook, c *Call) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Webhook, bytes.NewReader(c.body()))
	if err != nil {
		return errors.New("that is no address")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", r.conf.UserAgent)
	for i := range h.Headers {
		value := h.Headers[i].Value
		if secret := h.Headers[i].Secret; !secret.Empty() {
			value = secret.Reveal()
		}
		request.Header.Set(h.Headers[i].Name, value)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		var quoted *url.Error
		if errors.As(err, &quoted) {
			err = quoted.Err // The address stands before it already.
		}
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10)
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("answered with HTTP %d", answer.StatusCode)
	}
	return nil
}
