package client

import (
	"testing"
	"unsafe"
)

// TestSizes holds what a client costs in memory, beside its list of devices.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name       string
		size, most uintptr
	}{
		{"Virtual", unsafe.Sizeof(Virtual{}), 288},
		{"cell", unsafe.Sizeof(cell{}), 16},
		{"account", unsafe.Sizeof(account{}), 72},
		{"device", unsafe.Sizeof(device{}), 24},
	} {
		t.Log(c.name, c.size)
		if c.size > c.most {
			t.Errorf("%s takes %d bytes, more than %d", c.name, c.size, c.most)
		}
	}
}
