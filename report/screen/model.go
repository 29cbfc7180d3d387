package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Model draws the newest State. Messages it takes: a State, a tea.WindowSizeMsg,
// and keys.
type Model struct {
	facts         Facts
	state         State
	ink           ink
	stop          func()
	stopping      bool
	width, height int
}

// New returns the screen of a run. stop is called once when somebody wants the run
// to end: q, or Ctrl-C where it comes as a key.
func New(f Facts, stop func()) Model {
	f.Name, f.Target = clean(f.Name), clean(f.Target)
	f.Entries = append([]Entry(nil), f.Entries...)
	for i := range f.Entries {
		f.Entries[i].Name, f.Entries[i].Says = clean(f.Entries[i].Name), clean(f.Entries[i].Says)
	}
	return Model{facts: f, ink: ink{f.Color}, stop: stop, width: 80, height: 24}
}

// Init has nothing to begin with.
func (m Model) Init() tea.Cmd { return nil }

// Update takes a message.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case State:
		m.state = msg
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q", "Q", "ctrl+c":
			if m.stopping {
				break
			}
			m.stopping = true
			return m, func() tea.Msg {
				m.stop()
				return nil
			}
		}
	}
	return m, nil
}

// View draws the screen, on the terminal's other one.
func (m Model) View() tea.View {
	v := tea.NewView(strings.Join(m.lines(), "\n"))
	v.AltScreen, v.DisableBracketedPasteMode = true, true
	return v
}
