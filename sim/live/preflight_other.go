//go:build !linux

package live

// inspect knows nothing of other systems: what is short shows while running.
func inspect(uint64) machine { return machine{} }
