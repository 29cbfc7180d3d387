package record

import (
	"slices"
	"strings"
	"testing"

	"loginstorm/sim/wire"
)

func TestCatalogue(t *testing.T) {
	names, exported := map[string]bool{}, map[string]bool{}
	for _, info := range slices.Concat(Catalogue(), GatewaySide(), GateSide(), DirectorySide()) {
		if names[info.Name] || exported[info.Prometheus] {
			t.Errorf("%s, %s: twice", info.Name, info.Prometheus)
		}
		names[info.Name], exported[info.Prometheus] = true, true
		if !strings.HasSuffix(info.Help, ".") && info.Name != RunInfo {
			t.Errorf("%s: %q is no sentence", info.Name, info.Help)
		}
		text := "count(" + info.Name + ") >= 0"
		switch info.Name {
		case Offered, Goodput:
			text = "max(" + info.Name + ") >= 0"
		case HerdIndex, Amplification, WaveCount, StrandedClients:
			text = info.Name + "(after: x) >= 0"
		case WastedShare:
			text = info.Name + "() < 5%"
		case StormKind:
			text = info.Name + "() == calm"
		}
		_, err := ParseThreshold(text)
		if (err == nil) != info.Threshold {
			t.Errorf("%s: usable in thresholds %v, but %v", info.Name, info.Threshold, err)
		}
	}
}

func TestEveryCodeHasItsSlot(t *testing.T) {
	for slot, code := range knownCodes() {
		if codeSlot(code) != slot {
			t.Errorf("code %d has slot %d, want %d", code, codeSlot(code), slot)
		}
	}
	for code, want := range map[wire.Code]string{20000: "20000-20099", 20099: "20000-20099", 20100: Other, 0: Other, 418: Other, 191002: "191002"} {
		if got := CodeName(codeSlot(code)); got != want {
			t.Errorf("code %d is %s, want %s", code, got, want)
		}
	}
	for slot := range Codes {
		if CodeMeaning(slot) == "" {
			t.Errorf("slot %d means nothing", slot)
		}
	}
}
