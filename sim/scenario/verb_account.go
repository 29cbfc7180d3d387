package scenario

// KickServer kicks devices of accounts; share and count are of accounts.
type KickServer struct {
	Who
	Devices string   `json:"devices,omitempty" jsonschema:"enum=all,enum=some,enum=allBut" jsonschema_description:"All devices of each account (the default), some, or all but some."`
	Which   []uint32 `json:"which,omitempty" jsonschema:"minItems=1,maxItems=100,minimum=1" jsonschema_description:"With some and allBut: the devices, counted from 1 ([1])."`
	Spread  *Span    `json:"spread,omitempty" jsonschema_description:"Over how long, evenly (0s)."`
}

// Ban bans accounts; share and count are of accounts.
type Ban struct {
	Who
	Kick bool `json:"kick,omitempty" jsonschema_description:"Their sessions end, too."`
}

// Unban takes a ban back.
type Unban struct {
	Entry string `json:"entry" jsonschema:"required" jsonschema_description:"The name of the ban."`
}

// Rotate gives accounts new tokens; share and count are of accounts.
type Rotate struct {
	Who
	Spread *Span `json:"spread,omitempty" jsonschema_description:"Over how long, evenly (0s)."`
}

// MinVersion refuses older versions.
type MinVersion struct {
	To Version `json:"to" jsonschema:"required" jsonschema_description:"The oldest version that is let in; 0.0.0 = every one."`
}
