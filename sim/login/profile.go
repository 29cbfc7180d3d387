package login

import (
	"errors"
	"fmt"
	"time"

	"loginstorm/sim/wire"
)

// Profile is what the SDK of a platform is like: its timings, its reconnect
// policy and the codes it retries. Machines share it and never change it. Spec
// section 7.
type Profile struct {
	Name       string
	Seed       uint64 // Of every draw of its machines.
	ClientType wire.ClientType
	Policy     Policy

	ConnectTimeout Time // From Dial to LinkOpened.
	LoginTimeout   Time // From LinkOpened to Replied: token and login together.
	ManualTimeout  Time // A whole login call, all its tries.
	ManualAttempts uint8

	Heartbeat     Time  // Between pings; 0 = no heartbeat.
	HeartbeatWait Time  // How long a ping's answer is awaited before the first probe.
	ProbeEvery    Time  // Between probes.
	Probes        uint8 // How many go unanswered before the link counts as dead; 0 = none.

	Retry RetrySet
}

// KickOtherTimeout is how long the answer to kickOutOtherOnlineClient is awaited.
// Spec section 4.
const KickOtherTimeout = 8 * time.Second

// Bounds of a profile. A timer below a millisecond measures the generator and
// not the gateway; one above a day never fires in a run.
const (
	shortestTimeout = time.Millisecond
	longestTimeout  = 24 * time.Hour
	mostProbes      = 100
	mostManualTries = 100
)

// AutoLogin reports whether clients of a type can log in automatically when
// they are initialised: Android and iOS alone. Spec section 3.
func AutoLogin(t wire.ClientType) bool { return t == wire.Android || t == wire.IOS }

// publishesSync reports whether clients of a type raise data-sync events. Spec
// section 1.
func publishesSync(t wire.ClientType) bool { return t != wire.Windows && t != wire.MacOS }

// Validate returns all that is wrong with a profile and its policy, in the order
// of the fields; nil when it is fit for machines.
//
// A heartbeat shorter than its wait and probes together is legal: the next ping
// then follows the answer at once.
func (p *Profile) Validate() []error {
	var faults []error
	timeout := func(name string, d Time) {
		if d < shortestTimeout || d > longestTimeout {
			faults = append(faults, fmt.Errorf("profile %s %s: not between %s and %s", name, d, shortestTimeout, longestTimeout))
		}
	}
	switch p.ClientType {
	case wire.Android, wire.IOS, wire.Windows, wire.WindowsPhone, wire.Web, wire.MacOS, wire.HarmonyOS:
	default:
		faults = append(faults, fmt.Errorf("profile client type %d: not one that can log in", uint8(p.ClientType)))
	}
	faults = append(faults, p.Policy.Validate()...)
	timeout("connect timeout", p.ConnectTimeout)
	timeout("login timeout", p.LoginTimeout)
	timeout("manual timeout", p.ManualTimeout)
	if p.ManualAttempts < 1 || p.ManualAttempts > mostManualTries {
		faults = append(faults, fmt.Errorf("profile manual attempts %d: not between 1 and %d", p.ManualAttempts, mostManualTries))
	}
	if p.Heartbeat != 0 {
		timeout("heartbeat", p.Heartbeat)
		timeout("heartbeat wait", p.HeartbeatWait)
		if p.Probes > 0 {
			timeout("probe interval", p.ProbeEvery)
		}
		if p.Probes > mostProbes {
			faults = append(faults, fmt.Errorf("profile probes %d: more than %d", p.Probes, mostProbes))
		}
	}
	if p.Retry > RetryNetwork {
		faults = append(faults, errors.New("profile retry: no such set of codes"))
	}
	return faults
}

// ProfileNames lists the presets of ProfileNamed.
func ProfileNames() []string {
	return []string{
		"nim-web", "nim-android", "nim-ios", "nim-windows", "nim-macos", "nim-harmonyos",
		"nim-flutter-2023",
	}
}

// ProfileNamed returns a preset of spec section 7; its Seed is 0. The split by
// platform where no public source settles it follows Android, the most patient.
func ProfileNamed(name string) (Profile, bool) {
	p := Profile{
		Name:           name,
		ConnectTimeout: 10 * time.Second,
		LoginTimeout:   30 * time.Second,
		ManualTimeout:  60 * time.Second,
		ManualAttempts: 4,
		Heartbeat:      30 * time.Second,
		HeartbeatWait:  8 * time.Second,
		ProbeEvery:     3 * time.Second,
		Probes:         5,
		Retry:          RetryAllButThirdParty,
	}
	policy := "nim-android"
	switch name {
	case "nim-web":
		p.ClientType, p.LoginTimeout, p.Retry = wire.Web, 8*time.Second, RetryAll
		policy = "nim-web"
	case "nim-android":
		p.ClientType = wire.Android
	case "nim-ios":
		p.ClientType, p.Retry = wire.IOS, RetryNetwork
		policy = "nim-ios"
	case "nim-windows":
		p.ClientType = wire.Windows
	case "nim-macos":
		p.ClientType = wire.MacOS
	case "nim-harmonyos":
		p.ClientType = wire.HarmonyOS
	case "nim-flutter-2023":
		// The seed's time: one try in 30 s.
		p.ClientType, p.ManualAttempts, p.ManualTimeout = wire.Android, 1, 30*time.Second
	default:
		return Profile{}, false
	}
	p.Policy, _ = PolicyNamed(policy)
	return p, true
}
