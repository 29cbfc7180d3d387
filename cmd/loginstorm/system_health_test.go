package main

import (
	"strings"
	"testing"

	"loginstorm/sim/record"
)

// A run that came near to a limit is told so, and one that did not is not.
func TestNearly(t *testing.T) {
	fine := record.Strain{Cores: 2, CPU: record.Spread{Worst: 1.7}, AwayShare: record.Spread{Worst: 0.09}, Files: 17_999, FilesLimit: 20_000}
	if got := nearly(&fine); len(got) > 0 || len(nearly(nil)) > 0 || len(nearly(&record.Strain{})) > 0 {
		t.Errorf("nothing to warn of: %q", got)
	}
	for _, c := range []struct {
		says string
		bad  func(*record.Strain)
	}{
		{"used 1.81 of its 2 cores in second 7", func(s *record.Strain) { s.CPU = record.Spread{Worst: 1.81, Second: 7} }},
		{"did not run for 30 % of second 4", func(s *record.Strain) { s.AwayShare = record.Spread{Worst: .3, Second: 4} }},
		{"18000 of 20000 files were open", func(s *record.Strain) { s.Files = 18_000 }},
	} {
		s := fine
		c.bad(&s)
		if got := nearly(&s); len(got) != 1 || !strings.Contains(got[0], c.says) {
			t.Errorf("%q, want %q", got, c.says)
		}
	}
}
