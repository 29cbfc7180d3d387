package scenario

// KickRace lets devices of an account log in at once.
type KickRace struct {
	Accounts   uint32       `json:"accounts" jsonschema:"required,minimum=1,maximum=10000000" jsonschema_description:"How many accounts race."`
	Devices    []ClientType `json:"devices" jsonschema:"required,minItems=1,maxItems=100" jsonschema_description:"The devices that log in, by platform."`
	Spread     *Span        `json:"spread,omitempty" jsonschema_description:"Over how long they log in, evenly (0s)."`
	Offsets    []Span       `json:"offsets,omitempty" jsonschema:"minItems=1,maxItems=100" jsonschema_description:"How much later each device logs in, one for each of devices, beside what spread gives it. Left out: none of them."`
	Existing   bool         `json:"existing,omitempty" jsonschema_description:"Race on accounts of existing populations, instead of new ones."`
	Of         Names        `json:"of,omitempty" jsonschema_description:"With existing: accounts of these populations."`
	Origins    []string     `json:"origins,omitempty" jsonschema:"maxItems=100,enum=manual,enum=auto" jsonschema_description:"How each device logs in (manual)."`
	Against    string       `json:"against,omitempty" jsonschema:"enum=reconnect,enum=logout,enum=sync" jsonschema_description:"What the others race against: the first device logs in earlier and at that instant its link is reset (reconnect), it logs out (logout), or its data sync runs (sync). Left out: each other alone."`
	Lead       *Span        `json:"lead,omitempty" jsonschema_description:"With against: how much earlier the first device logs in (2s; for sync 0s, and the others come half the mean sync later)."`
	SameDevice bool         `json:"sameDevice,omitempty" jsonschema_description:"All of them are one and the same device, by its number."`
	Force      bool         `json:"force,omitempty" jsonschema_description:"Manual logins push out the oldest device at the device limit."`
}

// Call lets clients call something.
type Call struct {
	Who
	Spread *Span `json:"spread,omitempty" jsonschema_description:"Over how long they call, evenly (0s)."`
}

// KickOther lets clients call kickOutOtherOnlineClient.
type KickOther struct {
	Call
	Mutual bool `json:"mutual,omitempty" jsonschema_description:"Share and count are of accounts, and all devices of each call it for each other."`
}

// Kill kills processes.
type Kill struct {
	Who
	While
}

// DatabaseFail keeps local databases shut.
type DatabaseFail struct {
	Who
	For    *Span `json:"for,omitempty" jsonschema_description:"How long, for each of them. Left out: to the end."`
	Spread *Span `json:"spread,omitempty" jsonschema_description:"Over how long they are hit, evenly (0s)."`
}
