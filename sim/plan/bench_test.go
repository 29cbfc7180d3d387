package plan

import (
	"fmt"
	"testing"

	"loginstorm/sim/scenario"
)

func parse(t testing.TB, text string) *scenario.File {
	t.Helper()
	f, err := scenario.Parse("test.yaml", []byte(text))
	if fs, ok := err.(scenario.Faults); ok {
		t.Fatal(fs.Format())
	}
	return f
}

func compiled(t testing.TB, text string, o Options) *Plan {
	t.Helper()
	p, err := Compile(parse(t, text), o)
	if fs, ok := err.(scenario.Faults); ok {
		t.Fatal(fs.Format())
	}
	return p
}

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{20_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := parse(b, fmt.Sprintf(`
duration: 1h
populations: {phones: {accounts: %d, clientType: android, arrive: [{ramp: {from: 1/s, to: 600/s, over: 1h}}]}}
timeline:
  - {name: cut, at: 10m, cut: {share: 33%%, spread: 1s}}
`, n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(f, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
