package plan

import "fmt"

// String returns the step's kind in one word.
func (k StepKind) String() string {
	names := [...]string{"arrive", "callLogin", "callLogout", "callKickOther", "fault", "networkLost", "networkBack", "kill", "start", "control", "mark", "autoLogin",
		"weather", "databaseFails", "databaseWorks", "outside"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("stepKind(%d)", uint8(k))
}
