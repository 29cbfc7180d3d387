package target

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Ready is what a target in a process of its own writes to its standard output
// once it listens: one line of JSON. NodeOf[i] is the node behind URLs[i].
type Ready struct {
	URLs    []string `json:"urls"`
	NodeOf  Nodes    `json:"nodeOf"`
	Control string   `json:"control,omitempty"` // "http://127.0.0.1:20001"; "" = none.
	Web     string   `json:"web,omitempty"`     // "http://127.0.0.1:20002", see WebURL; "" = none.
	PID     int      `json:"pid"`
}

// Nodes is a list of nodes, written as numbers rather than as base64.
type Nodes []uint8

// MarshalJSON writes an array of numbers.
func (n Nodes) MarshalJSON() ([]byte, error) {
	wide := make([]uint16, len(n))
	for i, node := range n {
		wide[i] = uint16(node)
	}
	return json.Marshal(wide)
}

// UnmarshalJSON reads an array of numbers from 0 to 255.
func (n *Nodes) UnmarshalJSON(text []byte) error {
	var wide []uint16
	if err := json.Unmarshal(text, &wide); err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	*n = make(Nodes, len(wide))
	for i, node := range wide {
		if node > 0xff {
			return fmt.Errorf("nodes: %d is out of range", node)
		}
		(*n)[i] = uint8(node)
	}
	return nil
}

// FollowParent returns a context that ends with ctx, or when r ends: a child
// whose parent holds the other side of its standard input thereby ends with its
// parent, however that died. The goroutine that reads r ends when r does, so
// this is for the main function of a process.
func FollowParent(ctx context.Context, r io.Reader) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, r) // Whatever ended it, the parent is gone.
	}()
	return ctx, cancel
}
