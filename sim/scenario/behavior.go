package scenario

// Behavior is what people do about what was published.
type Behavior struct {
	Think          *Dist           `json:"think,omitempty" jsonschema_description:"From opening the app to the first press of the button, for manual logins (0s)."`
	OnKick         *OnKick         `json:"onKick,omitempty" jsonschema_description:"After a kick: some log in again."`
	OnFailure      *OnFailure      `json:"onFailure,omitempty" jsonschema_description:"After a failed manual login: press the button again."`
	OnOutage       *OnOutage       `json:"onOutage,omitempty" jsonschema_description:"When it does not log in for long: kill the app and open it again."`
	Session        *Session        `json:"session,omitempty" jsonschema_description:"How long they stay, then log out. Left out: to the end."`
	SwitchAccounts *SwitchAccounts `json:"switchAccounts,omitempty" jsonschema_description:"After a session's pause, log in with the next of one's own accounts. Needs session."`
}

// OnKick is what they do after a kick.
type OnKick struct {
	Relogin Share  `json:"relogin" jsonschema:"required" jsonschema_description:"So many of them log in again."`
	After   *Dist  `json:"after,omitempty" jsonschema_description:"How long they hesitate (0s)."`
	Max     uint32 `json:"max,omitempty" jsonschema:"minimum=1,maximum=65535" jsonschema_description:"How often at most. Left out: for ever."`
}

// OnFailure is what they do after a failed manual login.
type OnFailure struct {
	Retry    uint32 `json:"retry" jsonschema:"required,maximum=65535" jsonschema_description:"So many more presses of the button."`
	After    *Dist  `json:"after,omitempty" jsonschema_description:"How long they hesitate (0s)."`
	Patience *Span  `json:"patience,omitempty" jsonschema_description:"No press so long after the first failure. Left out: patient for ever."`
}

// OnOutage is what they do about an app that does not log in.
type OnOutage struct {
	Share  *Share `json:"share,omitempty" jsonschema_description:"So many of them do it (100%)."`
	After  *Dist  `json:"after" jsonschema:"required" jsonschema_description:"How long they look at an app that is not logged in though they want it."`
	Reopen *Dist  `json:"reopen,omitempty" jsonschema_description:"From killing the app to opening it again (0s)."`
	Max    uint32 `json:"max,omitempty" jsonschema:"minimum=1,maximum=65535" jsonschema_description:"How often at most. Left out: for ever."`
}

// Session is how long people stay.
type Session struct {
	Length *Dist  `json:"length" jsonschema:"required" jsonschema_description:"From loggedIn to the logout."`
	Pause  *Dist  `json:"pause,omitempty" jsonschema_description:"From the logout to the next login. Left out: they stay away."`
	Max    uint32 `json:"max,omitempty" jsonschema:"minimum=1,maximum=65535" jsonschema_description:"How many sessions at most. Left out: on and on."`
}

// SwitchAccounts is people with several accounts.
type SwitchAccounts struct {
	Accounts uint32 `json:"accounts" jsonschema:"required,minimum=2,maximum=1000" jsonschema_description:"How many accounts each of them has."`
	Share    *Share `json:"share,omitempty" jsonschema_description:"So many of the sessions end with a switch (100%)."`
}

// Token is where clients get the token of a login from.
type Token struct {
	Fetch string `json:"fetch,omitempty" jsonschema:"enum=never,enum=first,enum=everyLogin" jsonschema_description:"When they ask the app's server: never (the token is given), first (once, then it is stored), or everyLogin. Left out: everyLogin for authType: dynamic when there is an app, else never."`
}
