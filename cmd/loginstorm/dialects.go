package main

import "loginstorm/scenarios/dialects"

// shippedDialects returns the descriptions that a scenario may name without a path.
func shippedDialects() map[string][]byte {
	all := map[string][]byte{}
	for _, name := range dialects.Names() {
		all[name], _ = dialects.Read(name)
	}
	return all
}

// shippedNames lists them.
func shippedNames() []string { return dialects.Names() }
