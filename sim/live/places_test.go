package live

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever the accounts are: every client is somewhere once, an account is in one
// shard, and no shard has more than the largest account on top of the least.
func TestClientsOfAnAccountShareAShard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := rapid.SliceOfN(rapid.Uint32Range(0, 40), 1, 200).Draw(t, "accounts")
		shards := rapid.IntRange(1, 5).Draw(t, "shards")
		p, numbers := placesOf(accounts, shards)
		seen, largest := 0, map[uint32]int{}
		most, least := 0, len(accounts)
		for shard, list := range numbers {
			most, least = max(most, len(list)), min(least, len(list))
			for place, number := range list {
				seen++
				if int(p.shard[number]) != shard || int(p.place[number]) != place {
					t.Fatalf("client %d is at %d of shard %d, and the tables say %d of %d", number, place, shard, p.place[number], p.shard[number])
				}
				if place > 0 && list[place-1] >= number {
					t.Fatalf("shard %d is not in the order of numbers", shard)
				}
			}
		}
		home, size := map[uint32]uint16{}, 0
		for number, a := range accounts {
			if s, ok := home[a]; ok && s != p.shard[number] {
				t.Fatalf("account %d is in shards %d and %d", a, s, p.shard[number])
			}
			home[a] = p.shard[number]
			largest[a]++
			size = max(size, largest[a])
		}
		if seen != len(accounts) || most-least > size {
			t.Fatalf("%d of %d clients, from %d to %d a shard, the largest account has %d", seen, len(accounts), least, most, size)
		}
	})
}
