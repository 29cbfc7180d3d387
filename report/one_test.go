package report

import (
	"bytes"
	"strings"
	"testing"

	"loginstorm/sim/record"
)

// One of something is written as one.
func TestOneIsSingular(t *testing.T) {
	one := record.Figures{Count: 1, Max: 2e9, P50: 2e9, P99: 2e9}
	s := &Summary{Kicks: []Kicks{{Reason: "login", Meaning: "another device logged in", Count: 1}}, Rivals: &Rivals{Delivery: one, Wars: 1, WarKicks: 1, War: one, Overlap: one, OverlapSum: 2},
		Lockouts: &Lockouts{Refused: 1, Accounts: 1, Still: 1, Lasted: one, Sum: 2}}
	var b bytes.Buffer
	if err := Text(&b, s, Options{Width: 400}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(1 kick)", "with 1 kick in all", "(1 war)", "beside each other: once", "1 attempt was refused; once an account was locked out, 1 still was at the end", "(1 lockout)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
