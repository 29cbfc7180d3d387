package live

// places says where clients are, by their number: which shard owns one, and where
// in it. With the number that the shard keeps it is 10 bytes a client.
type places struct {
	shard []uint16
	place []uint32
}

// placesOf deals clients out by their home accounts, each account in the order of
// its first client to the shard that has the fewest clients then. It also returns
// the numbers of each shard's clients, by place.
func placesOf(accounts []uint32, shards int) (places, [][]uint32) {
	most := uint32(0)
	for _, a := range accounts {
		most = max(most, a)
	}
	sizes := make([]uint32, most+1)
	for _, a := range accounts {
		sizes[a]++
	}
	p := places{shard: make([]uint16, len(accounts)), place: make([]uint32, len(accounts))}
	home := make([]uint16, most+1) // From 1; 0 = not dealt out yet.
	loads := make([]uint32, shards)
	for number, a := range accounts {
		if home[a] == 0 {
			least := 0
			for i, load := range loads {
				if load < loads[least] {
					least = i
				}
			}
			loads[least] += sizes[a]
			home[a] = uint16(least + 1)
		}
		p.shard[number] = home[a] - 1
	}
	numbers := make([][]uint32, shards)
	for i := range numbers {
		numbers[i] = make([]uint32, 0, loads[i])
	}
	for number, shard := range p.shard {
		p.place[number] = uint32(len(numbers[shard]))
		numbers[shard] = append(numbers[shard], uint32(number))
	}
	return p, numbers
}
