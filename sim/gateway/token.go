package gateway

import (
	"fmt"

	"loginstorm/sim/chance"
)

// AccountToken is the static token of a generated account: 32 lowercase hex
// digits that follow from the seed. A gateway need not store it. Spec section 8.
func AccountToken(seed uint64, account uint32) string {
	return fmt.Sprintf("%016x%016x",
		chance.Draw(seed, chance.Accounts, account, 0), chance.Draw(seed, chance.Accounts, account, 1))
}

// AccountDigest is TokenDigest(AccountToken(seed, account)) without the string.
func AccountDigest(seed uint64, account uint32) uint64 {
	const digits = "0123456789abcdef"
	h := uint64(0xcbf29ce484222325)
	for n := range uint32(2) {
		u := chance.Draw(seed, chance.Accounts, account, n)
		for shift := 60; shift >= 0; shift -= 4 {
			h = (h ^ uint64(digits[u>>shift&15])) * 0x100000001b3
		}
	}
	return h
}
