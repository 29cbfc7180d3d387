package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"loginstorm/sim/gateway"
)

// maxAnswer bounds what is read of an answer, and maxComplaint what an error
// quotes of it.
const (
	maxAnswer    = 1 << 20
	maxComplaint = 512
)

// ControlClient talks to the control port of a target in another process.
type ControlClient struct {
	base   string
	secret Secret
	http   *http.Client
}

// NewControl returns a client of the control port at base, as ControlURL gives
// it. It does not connect yet.
func NewControl(base string, secret Secret) *ControlClient {
	return &ControlClient{
		base:   strings.TrimSuffix(base, "/"),
		secret: secret,
		http: &http.Client{
			Timeout: controlTimeout,
			// No proxy: what the environment names must not see the secret.
			Transport: &http.Transport{MaxIdleConns: 2, IdleConnTimeout: controlTimeout / 2, TLSHandshakeTimeout: controlTimeout},
			// A redirect would carry the secret to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Close drops idle connections.
func (c *ControlClient) Close() { c.http.CloseIdleConnections() }

// Do changes the gateway. The error tells what the target said.
func (c *ControlClient) Do(ctx context.Context, cmd gateway.Command) error {
	body, err := json.Marshal(cmd)
	if err != nil {
		return fmt.Errorf("control: command %s: %w", cmd.Kind, err)
	}
	_, err = c.call(ctx, http.MethodPost, "/command", body)
	return err
}

// Stats returns the target's counts.
func (c *ControlClient) Stats(ctx context.Context) (Stats, error) {
	answer, err := c.call(ctx, http.MethodGet, "/stats", nil)
	if err != nil {
		return Stats{}, err
	}
	var st Stats
	if err := json.Unmarshal(answer, &st); err != nil {
		return Stats{}, fmt.Errorf("control: stats: %w", err)
	}
	return st, nil
}

// Stop asks the target to stop in order. It does not wait for that.
func (c *ControlClient) Stop(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodPost, "/stop", []byte("{}"))
	return err
}

// Healthy returns nil when the target answers.
func (c *ControlClient) Healthy(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodGet, "/healthz", nil)
	return err
}

func (c *ControlClient) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("control: %s: %w", path, inner(err))
	}
	if c.secret.Set() {
		r.Header.Set("Authorization", c.secret.bearer())
	}
	if body != nil {
		r.Header.Set("Content-Type", jsonType)
	}
	w, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("control: %s: %w", path, inner(err))
	}
	defer func() { _ = w.Body.Close() }() // It was read to its end, or the connection is given up.
	answer, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("control: %s: %w", path, err)
	}
	if w.StatusCode >= http.StatusMultipleChoices {
		said := strings.TrimSpace(string(answer[:min(len(answer), maxComplaint)]))
		return nil, fmt.Errorf("control: %s: %d %s", path, w.StatusCode, said)
	}
	return answer, nil
}

// inner drops the URL that net/http puts into its errors: somebody may have
// written a password into it.
func inner(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
