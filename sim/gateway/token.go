package gateway

import (
	"fmt"

	"loginstorm/sim/chance"
)

// MaxRotation is the last rotation of a static token: each takes two draws of its
// account's stream.
const MaxRotation = 1<<31 - 1

// AccountToken is the static token that a generated account begins with: 32
// lowercase hex digits that follow from the seed. A gateway need not store it.
// Spec section 8.
func AccountToken(seed uint64, account uint32) string { return RotatedToken(seed, 0, account) }

// AccountDigest is TokenDigest(AccountToken(seed, account)) without the string.
func AccountDigest(seed uint64, account uint32) uint64 { return RotatedDigest(seed, 0, account) }

// RotatedToken is the static token of an account after a rotation, 0 to
// MaxRotation; 0 is AccountToken. Which rotation is in force is what
// Gateway.Rotation says.
func RotatedToken(seed uint64, rotation, account uint32) string {
	return fmt.Sprintf("%016x%016x",
		chance.Draw(seed, chance.Accounts, account, 2*rotation), chance.Draw(seed, chance.Accounts, account, 2*rotation+1))
}

// RotatedDigest is TokenDigest(RotatedToken(seed, rotation, account)) without the
// string.
func RotatedDigest(seed uint64, rotation, account uint32) uint64 {
	const digits = "0123456789abcdef"
	h := uint64(0xcbf29ce484222325)
	for n := range uint32(2) {
		u := chance.Draw(seed, chance.Accounts, account, 2*rotation+n)
		for shift := 60; shift >= 0; shift -= 4 {
			h = (h ^ uint64(digits[u>>shift&15])) * 0x100000001b3
		}
	}
	return h
}

// rotate gives an account the token of a rotation. What is kept is four bytes an
// account from the first rotation on.
func (g *Gateway) rotate(number, rotation uint32) {
	if g.account(number) == nil {
		return
	}
	delete(g.tokens, number)
	if g.rotations == nil {
		if rotation == 0 {
			return
		}
		g.rotations = make([]uint32, len(g.accounts))
	}
	g.rotations[number] = rotation
}

// Rotation returns which rotation of its static token an account is at, 0 when it
// was never rotated or there is no such account. An app server hands
// RotatedToken(Config.TokenSeed, Rotation(account), account) out. A token that a
// command gave by its digest is nobody's to hand out: it leaves the rotation.
func (g *Gateway) Rotation(account uint32) uint32 {
	if account >= uint32(len(g.rotations)) {
		return 0
	}
	return g.rotations[account]
}

func (g *Gateway) tokenOf(number uint32) uint64 {
	if len(g.tokens) > 0 {
		if digest, ok := g.tokens[number]; ok {
			return digest
		}
	}
	return RotatedDigest(g.cfg.TokenSeed, g.Rotation(number), number)
}
