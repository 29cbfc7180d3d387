package login

import (
	"testing"
	"unsafe"
)

func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(Machine{}); n > 64 {
		t.Errorf("Machine takes %d bytes, more than 64", n)
	}
	if n := unsafe.Sizeof(Person{}); n > 80 {
		t.Errorf("Person takes %d bytes, more than 80", n)
	}
}
