package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// ErrorKind is why a link could not be opened.
type ErrorKind uint8

const (
	// OtherError is none of the kinds below.
	OtherError ErrorKind = iota
	// Aborted: the owner ended the attempt.
	Aborted
	// Refused: nothing listens there, or a firewall says no.
	Refused
	// TimedOut: the system gave up waiting.
	TimedOut
	// Cut: the peer ended the connection during the upgrade.
	Cut
	// Unreachable: there is no way to that address.
	Unreachable
	// NoName: the name of the host could not be resolved.
	NoName
	// Denied: the upgrade was answered with an HTTP status other than 101. Uses
	// Error.HTTPStatus and RetryAfter.
	Denied
	// BadUpgrade: the answer to the upgrade is no WebSocket's.
	BadUpgrade
	// Shortage: this machine ran out of descriptors, ports or memory.
	Shortage
	// BadAddress: the address itself is wrong.
	BadAddress
	// Insecure: TLS could not be agreed upon, or the peer is not who it should be.
	Insecure
	// BadProxy: the proxy did not make a way. Uses Error.HTTPStatus, 0 = it spoke no HTTP.
	BadProxy
)

// String returns the kind as it stands in reports.
func (k ErrorKind) String() string {
	names := [...]string{"other", "aborted", "refused", "timed out", "cut", "unreachable", "no such name",
		"denied", "bad upgrade", "shortage", "bad address", "insecure", "bad proxy"}
	if int(k) < len(names) {
		return names[k]
	}
	return "ErrorKind(" + strconv.Itoa(int(k)) + ")"
}

// Error is why a link could not be opened.
type Error struct {
	Kind       ErrorKind
	HTTPStatus uint16        // Denied: the status.
	RetryAfter time.Duration // Denied: the hint; 0 = none.
	Address    string
	Err        error
}

// Error names the address and the cause.
func (e *Error) Error() string {
	if e.Kind == Denied {
		return fmt.Sprintf("dial %s: answered with HTTP status %d", e.Address, e.HTTPStatus)
	}
	return fmt.Sprintf("dial %s: %v", e.Address, e.Err)
}

// Unwrap returns the cause, if there is one.
func (e *Error) Unwrap() error { return e.Err }

var (
	errAborted  = errors.New("the attempt was ended")
	errLinger   = errors.New("the peer did not end the link in time")
	errOverflow = errors.New("the peer reads nothing and the queue is full")
	errHeader   = fmt.Errorf("the answer to the upgrade is longer than %d bytes", maxHeader)
	errShut     = errors.New("the dialer was shut down")
)

// classify says what kind of trouble err is.
func classify(err error) ErrorKind {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	var alert *net.OpError
	switch {
	case errors.Is(err, errAborted), errors.Is(err, context.Canceled), errors.Is(err, errShut):
		return Aborted
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.EADDRNOTAVAIL),
		errors.Is(err, syscall.ENOBUFS), errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EAGAIN):
		return Shortage
	case errors.As(err, &dns):
		return NoName
	case errors.As(err, &alert) && alert.Op == "remote error": // What crypto/tls makes of an alert.
		return Insecure
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EACCES),
		errors.Is(err, syscall.EPERM):
		return Unreachable
	case errors.Is(err, websocket.ErrBadHandshake), errors.Is(err, errHeader):
		return BadUpgrade
	case errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return Cut
	}
	return OtherError
}

// denied describes an answer to the upgrade that is not 101.
func denied(address string, answer *http.Response, err error) *Error {
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return &Error{Kind: BadUpgrade, Address: address, Err: err}
	}
	return &Error{Kind: Denied, Address: address, Err: err, HTTPStatus: uint16(answer.StatusCode),
		RetryAfter: retryAfter(answer.Header.Get("Retry-After"))}
}

// maxHint bounds a hint; a server that says more means "not today".
const maxHint = 24 * time.Hour

// retryAfter reads the header of that name: seconds, or a date. RFC 9110,
// section 10.2.3.
func retryAfter(value string) time.Duration {
	var hint time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		hint = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		hint = time.Until(at)
	}
	return min(max(hint, 0), maxHint)
}
