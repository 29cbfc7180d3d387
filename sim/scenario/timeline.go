package scenario

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
)

// MaxTimes bounds how often one entry comes.
const MaxTimes = 1000

// Entry is a named timeline entry: one verb at one instant, or again and again.
type Entry struct {
	Name string `json:"name" jsonschema:"required,pattern=^[A-Za-z_][A-Za-z0-9_-]{0\\,63}$" jsonschema_description:"Its name in reports and thresholds. Repetitions are called name-2, name-3 and so on."`
	// At is the first instant; a file that leaves it out gets Every.
	At    Span   `json:"at" jsonschema_description:"When, counted from the begin of the run. With every it may be left out: then after the first of these spans."`
	Every *Span  `json:"every,omitempty" jsonschema_description:"It comes again after each such span, and chooses anew. Left out: once."`
	Times uint32 `json:"times,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"With every: how often it comes in all. Left out: to the end of the run."`
	Verbs
}

// UnmarshalJSON reads an entry, and fills At in where only Every is written.
func (e *Entry) UnmarshalJSON(data []byte) error {
	type plain Entry
	read := struct {
		At *Span `json:"at"`
		*plain
	}{plain: (*plain)(e)}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	switch {
	case read.At != nil:
		e.At = *read.At
	case e.Every != nil:
		e.At = *e.Every
	}
	return nil
}

// Verbs is what an entry can do. Exactly one is set.
type Verbs struct {
	Cut         *Cut         `json:"cut,omitempty" jsonschema_description:"Links break, or go silent."`
	Slow        *Slow        `json:"slow,omitempty" jsonschema_description:"Networks of devices carry fewer bytes a second."`
	Delay       *Delay       `json:"delay,omitempty" jsonschema_description:"Networks of devices take longer."`
	Loss        *Loss        `json:"loss,omitempty" jsonschema_description:"Networks of devices lose what is sent; it is sent again later."`
	ConnectFail *Fail        `json:"connectFail,omitempty" jsonschema_description:"Attempts to connect fail at once."`
	DNSFail     *Fail        `json:"dnsFail,omitempty" jsonschema_description:"The gateway's name is not found."`
	NetworkLoss *NetworkLoss `json:"networkLoss,omitempty" jsonschema_description:"Devices lose their network and get it back; the gateway is told nothing."`
	Replay      *Replay      `json:"replay,omitempty" jsonschema_description:"Links break at the instants of a recorded disconnect log."`

	Restart         *Restart        `json:"restart,omitempty" jsonschema_description:"The gateway, or one node of it, goes down and comes back."`
	Stop            *Stop           `json:"stop,omitempty" jsonschema_description:"The gateway, or one node of it, goes down."`
	Refuse          *Refuse         `json:"refuse,omitempty" jsonschema_description:"The gateway refuses new links for a while."`
	NodeDown        *NodeDown       `json:"nodeDown,omitempty" jsonschema_description:"One node dies."`
	Drain           *Drain          `json:"drain,omitempty" jsonschema_description:"Nodes send their clients away, one node after another: a rolling deploy."`
	BrownOut        *BrownOut       `json:"brownOut,omitempty" jsonschema_description:"Logins are served slower, or by fewer workers."`
	AcceptQueueFull *Stall          `json:"acceptQueueFull,omitempty" jsonschema_description:"New links are neither accepted nor refused."`
	ColdCache       *ColdCache      `json:"coldCache,omitempty" jsonschema_description:"Data sync takes longer."`
	AuthOutage      *Outage         `json:"authOutage,omitempty" jsonschema_description:"Every login is answered with an error."`
	AppServer       *AppBackend     `json:"appServer,omitempty" jsonschema_description:"The app's own server is slow, fails, or denies logins."`
	AddressServer   *Backend        `json:"addressServer,omitempty" jsonschema_description:"The address server is slow, or fails."`
	SessionTimeout  *SessionTimeout `json:"sessionTimeout,omitempty" jsonschema_description:"The gateway's session timeout changes."`
	Admission       *Admission      `json:"admission,omitempty" jsonschema_description:"Admission in buckets changes."`

	RateLimit    *RateLimit   `json:"rateLimit,omitempty" jsonschema_description:"The 416 limiter changes."`
	MinVersion   *MinVersion  `json:"minVersion,omitempty" jsonschema_description:"Older SDK versions are refused with 317 from now on."`
	MultiDevice  *MultiDevice `json:"multiDevice,omitempty" jsonschema_description:"The multi-device policy changes for later logins: one, class, all, or {custom: sets that exclude themselves}."`
	KickServer   *KickServer  `json:"kickServer,omitempty" jsonschema_description:"The server kicks devices of accounts."`
	Ban          *Ban         `json:"ban,omitempty" jsonschema_description:"Accounts are banned."`
	Unban        *Unban       `json:"unban,omitempty" jsonschema_description:"The accounts of an earlier ban are free again."`
	RotateTokens *Rotate      `json:"rotateTokens,omitempty" jsonschema_description:"Accounts get new tokens: logins with the old ones get 302."`

	Control *Outside `json:"control,omitempty" jsonschema_description:"Something is done to the gateway from outside: a command, a webhook, or a mark."`

	KickRace     *KickRace     `json:"kickRace,omitempty" jsonschema_description:"Several devices of an account log in at the same instant."`
	KickOther    *KickOther    `json:"kickOther,omitempty" jsonschema_description:"Clients call kickOutOtherOnlineClient for the first entry of their list."`
	Kill         *Kill         `json:"kill,omitempty" jsonschema_description:"Processes of clients are killed, and started again."`
	DatabaseFail *DatabaseFail `json:"databaseFail,omitempty" jsonschema_description:"Local databases of clients do not open (code 1000)."`
	Logout       *Call         `json:"logout,omitempty" jsonschema_description:"Clients log out."`
	Login        *Call         `json:"login,omitempty" jsonschema_description:"Clients call login."`
}

// Verb returns the name of the one verb that is set, as files write it; "" = none.
func (e *Entry) Verb() string {
	verbs := reflect.ValueOf(e.Verbs)
	for i, name := range verbNames() {
		if !verbs.Field(i).IsNil() {
			return name
		}
	}
	return ""
}

// Who returns whom the entry's verb chooses; nil = the verb chooses nobody.
func (e *Entry) Who() *Who {
	verbs := reflect.ValueOf(&e.Verbs).Elem()
	for i := range verbs.NumField() {
		verb := verbs.Field(i)
		if verb.IsNil() || verb.Type().Elem().Kind() != reflect.Struct {
			continue
		}
		if who := verb.Elem().FieldByName("Who"); who.IsValid() {
			return who.Addr().Interface().(*Who)
		}
	}
	return nil
}

// verbNames lists the verbs in the order of Verbs.
func verbNames() []string {
	t := reflect.TypeFor[Verbs]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return names
}

// JSONSchemaExtend says that exactly one verb is written, and that an entry
// without every has an instant.
func (Entry) JSONSchemaExtend(s *jsonschema.Schema) {
	for _, name := range verbNames() {
		s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{name}})
	}
	s.If = &jsonschema.Schema{Not: &jsonschema.Schema{Required: []string{"every"}}}
	s.Then = &jsonschema.Schema{Required: []string{"at"}}
	positive(s, "every")
}

// Who chooses clients, or accounts where the verb is about accounts: a share or a
// number of those that its other keys leave.
type Who struct {
	Share    *Share   `json:"share,omitempty" jsonschema_description:"So many of them, exactly, chosen by the seed. Left out with count: all."`
	Count    *uint32  `json:"count,omitempty" jsonschema:"minimum=1" jsonschema_description:"A number of them in place of a share."`
	Of       Names    `json:"of,omitempty" jsonschema_description:"A population, or several. Left out: all."`
	Accounts Accounts `json:"accounts,omitempty" jsonschema_description:"Only these accounts, by the numbers in generated names: 17, \"100-199\", or a list of such. Left out: all."`
	Node     uint8    `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"Only those whose link goes to this node at that instant, counted from 1. Left out: wherever it goes."`
}

// While is how long something lasts that is taken back.
type While struct {
	For          *Span `json:"for,omitempty" jsonschema_description:"How long, for each of them. Left out: to the end."`
	Spread       *Span `json:"spread,omitempty" jsonschema_description:"Over how long they are hit, evenly (0s)."`
	ReturnSpread *Span `json:"returnSpread,omitempty" jsonschema_description:"Over how long it is taken back, evenly (0s: all at once)."`
}
