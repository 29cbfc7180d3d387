package plan

import (
	"fmt"
	"slices"
)

// AccountList is accounts that a file brings, in its order: their names, their tokens, and
// what else a dialect may say of each. It prints no token.
type AccountList struct {
	*accountRows // Behind a pointer: fmt reads what is not exported without asking Format.
}

type accountRows struct {
	columns []string
	names   []string
	tokens  []string
	devices []uint64 // 0 = none was given. nil: nobody has one.
	fields  []string // One for each column, account by account.
}

// NewAccountList returns an empty list whose accounts have further columns.
func NewAccountList(columns []string) *AccountList {
	return &AccountList{&accountRows{columns: columns}}
}

// Add appends an account; there is one field for each column. The device is 0 where the
// account brings none. What is added is kept as it is and not copied.
func (l *AccountList) Add(name, token string, device uint64, fields []string) {
	l.names, l.tokens = append(l.names, name), append(l.tokens, token)
	if device != 0 && l.devices == nil {
		l.devices = make([]uint64, len(l.names)-1, cap(l.names))
	}
	if l.devices != nil {
		l.devices = append(l.devices, device)
	}
	l.fields = append(l.fields, fields...)
}

// Len returns how many accounts there are; 0 also for nil.
func (l *AccountList) Len() int {
	if l == nil {
		return 0
	}
	return len(l.names)
}

// Name returns the name of account i.
func (l *AccountList) Name(i int) string { return l.names[i] }

// Token returns the token of account i. It is a secret.
func (l *AccountList) Token(i int) string { return l.tokens[i] }

// Device returns the device of account i; 0 = it brings none.
func (l *AccountList) Device(i int) uint64 {
	if l.devices == nil {
		return 0
	}
	return l.devices[i]
}

// Columns returns what is known of an account beside name, token and device.
func (l *AccountList) Columns() []string {
	if l == nil {
		return nil
	}
	return l.columns
}

// Field returns a column of account i, "" when there is no such column. It may be a secret.
func (l *AccountList) Field(i int, column string) string {
	at := slices.Index(l.columns, column)
	if at < 0 {
		return ""
	}
	return l.fields[i*len(l.columns)+at]
}

// Format says how many accounts there are, whatever the verb.
func (l *AccountList) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%d accounts", l.Len())
}

// MarshalJSON leaves the accounts out.
func (l *AccountList) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{"accounts":%d}`, l.Len()), nil
}
