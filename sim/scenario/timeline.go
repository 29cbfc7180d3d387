package scenario

import "github.com/invopop/jsonschema"

// Entry is a named timeline entry: one verb at one instant.
type Entry struct {
	Name string `json:"name" jsonschema:"required,pattern=^[A-Za-z_][A-Za-z0-9_-]{0\\,63}$" jsonschema_description:"Its name in reports and thresholds."`
	At   Span   `json:"at" jsonschema:"required" jsonschema_description:"When, counted from the begin of the run."`
	Verbs
}

// Verbs is what an entry can do. Exactly one is set.
type Verbs struct {
	Cut         *Cut         `json:"cut,omitempty" jsonschema_description:"Links break."`
	Restart     *Restart     `json:"restart,omitempty" jsonschema_description:"The gateway, or one node of it, goes down and comes back."`
	Refuse      *Refuse      `json:"refuse,omitempty" jsonschema_description:"The gateway refuses new links for a while."`
	NodeDown    *NodeDown    `json:"nodeDown,omitempty" jsonschema_description:"One node dies."`
	NetworkLoss *NetworkLoss `json:"networkLoss,omitempty" jsonschema_description:"Devices lose their network and get it back; the gateway is told nothing."`
	RateLimit   *RateLimit   `json:"rateLimit,omitempty" jsonschema_description:"The 416 limiter changes."`
	KickRace    *KickRace    `json:"kickRace,omitempty" jsonschema_description:"Several devices of an account log in at the same instant."`
	KickOther   *Call        `json:"kickOther,omitempty" jsonschema_description:"Clients call kickOutOtherOnlineClient for the first entry of their list."`
	KickServer  *KickServer  `json:"kickServer,omitempty" jsonschema_description:"The server kicks devices of accounts."`
	Ban         *Ban         `json:"ban,omitempty" jsonschema_description:"Accounts are banned."`
	Unban       *Unban       `json:"unban,omitempty" jsonschema_description:"The accounts of an earlier ban are free again."`
	Logout      *Call        `json:"logout,omitempty" jsonschema_description:"Clients log out."`
	Login       *Call        `json:"login,omitempty" jsonschema_description:"Clients call login."`
}

// JSONSchemaExtend says that exactly one verb is written, beside name and at.
func (Entry) JSONSchemaExtend(s *jsonschema.Schema) {
	three := uint64(3)
	s.MinProperties, s.MaxProperties = &three, &three
}

// Who chooses clients: a share or a number of them, of populations.
type Who struct {
	Share *Share  `json:"share,omitempty" jsonschema_description:"So many of them, exactly, chosen by the seed. Left out with count: all."`
	Count *uint32 `json:"count,omitempty" jsonschema:"minimum=1" jsonschema_description:"A number of them in place of a share."`
	Of    Names   `json:"of,omitempty" jsonschema_description:"A population, or several. Left out: all."`
}

// Cut breaks links.
type Cut struct {
	Who
	By     string `json:"by,omitempty" jsonschema:"enum=reset,enum=close" jsonschema_description:"A reset (the default), or a close frame."`
	Code   uint16 `json:"code,omitempty" jsonschema:"minimum=1000,maximum=4999" jsonschema_description:"Close code of by: close (1001)."`
	Spread *Span  `json:"spread,omitempty" jsonschema_description:"Over how long they are hit, evenly (0s)."`
}

// Restart stops the gateway and starts it again.
type Restart struct {
	Node     uint8  `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"One node, counted from 1. Left out: all."`
	Downtime Span   `json:"downtime" jsonschema:"required" jsonschema_description:"How long it is away."`
	Sessions string `json:"sessions,omitempty" jsonschema:"enum=lost,enum=kept" jsonschema_description:"Whether the session table survives (lost)."`
	By       string `json:"by,omitempty" jsonschema:"enum=orderly,enum=kill" jsonschema_description:"Links end with close 1001 (orderly), or by a reset (kill, the default)."`
}

// Refuse keeps new links out.
type Refuse struct {
	Node uint8 `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"One node, counted from 1. Left out: all."`
	For  Span  `json:"for" jsonschema:"required" jsonschema_description:"How long."`
}

// NodeDown kills a node.
type NodeDown struct {
	Node uint8 `json:"node" jsonschema:"required,minimum=1,maximum=64" jsonschema_description:"Which one, counted from 1."`
	For  *Span `json:"for,omitempty" jsonschema_description:"How long it is away. Left out: to the end."`
}

// NetworkLoss takes the physical network away.
type NetworkLoss struct {
	Who
	For          *Span `json:"for,omitempty" jsonschema_description:"How long. Left out: to the end."`
	Spread       *Span `json:"spread,omitempty" jsonschema_description:"Over how long they lose it, evenly (0s)."`
	ReturnSpread *Span `json:"returnSpread,omitempty" jsonschema_description:"Over how long it comes back, evenly (0s: all hear it at once)."`
}

// KickRace lets devices of an account log in at once.
type KickRace struct {
	Accounts uint32       `json:"accounts" jsonschema:"required,minimum=1,maximum=10000000" jsonschema_description:"How many accounts race."`
	Devices  []ClientType `json:"devices" jsonschema:"required,minItems=1,maxItems=100" jsonschema_description:"The devices that log in, by platform."`
	Spread   *Span        `json:"spread,omitempty" jsonschema_description:"Over how long they log in, evenly (0s)."`
	Existing bool         `json:"existing,omitempty" jsonschema_description:"Race on accounts of existing populations, instead of new ones."`
	Of       Names        `json:"of,omitempty" jsonschema_description:"With existing: accounts of these populations."`
	Origins  []string     `json:"origins,omitempty" jsonschema:"maxItems=100,enum=manual,enum=auto" jsonschema_description:"How each device logs in (manual)."`
}

// Call lets clients call something.
type Call struct {
	Who
	Spread *Span `json:"spread,omitempty" jsonschema_description:"Over how long they call, evenly (0s)."`
}

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
