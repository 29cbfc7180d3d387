//go:build !unix

package target

// cpuSeconds is not known here.
func cpuSeconds() float64 { return 0 }
