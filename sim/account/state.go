package account

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// State is the file that keeps what was registered: NDJSON, so that it is a list of
// accounts as well. It holds tokens, and nobody else may read it.
type State struct {
	path string
	api  string
	mu   sync.Mutex
	file *os.File
	made map[string]string // Tokens by name, of this API alone.
}

// entry is a line of a state file.
type entry struct {
	Account string `json:"account"`
	Token   string `json:"token"`
	API     string `json:"api"` // Where it was registered.
}

// stateMode is the mode of a state file.
const stateMode = 0o600

// OpenState opens a state file, and makes one where there is none. A last line that was
// torn by the end of a process is dropped; accounts of another API are left alone. Until
// Close nobody else can open it.
func OpenState(path, api string) (*State, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, stateMode)
	if err != nil {
		return nil, err
	}
	if lock(f) { // The other one would ask for new tokens of what this one registers.
		f.Close()
		return nil, fmt.Errorf("%s is in use: another process registers accounts; wait for it, or name another state file", path)
	}
	s := &State{path: path, api: api, file: f, made: map[string]string{}}
	if err := s.read(); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

func (s *State) read() error {
	if err := s.file.Chmod(stateMode); err != nil { // It may have been copied here.
		return fmt.Errorf("keep %s from others: %w", s.path, err)
	}
	lines := bufio.NewReaderSize(s.file, maxLine)
	whole := int64(0) // Up to where lines are whole.
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			break // What is left has no end: it was torn.
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("%s:%d: the line is longer than %d bytes", s.path, n, maxLine)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", s.path, err)
		}
		whole += int64(len(line))
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var e entry
		if json.Unmarshal(line, &e) != nil || e.Account == "" || e.Token == "" {
			return fmt.Errorf("%s:%d: no account that was registered: mend the line, or name another state file", s.path, n)
		}
		if e.API == s.api {
			s.made[e.Account] = e.Token
		}
	}
	if err := s.file.Truncate(whole); err != nil {
		return fmt.Errorf("drop the torn end of %s: %w", s.path, err)
	}
	if _, err := s.file.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("append to %s: %w", s.path, err)
	}
	return nil
}

// Token returns what was registered under a name.
func (s *State) Token(name string) (token string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok = s.made[name]
	return token, ok
}

// Len returns how many accounts of this API it holds.
func (s *State) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.made)
}

// keep adds an account, or its new token. It is in the file when it returns.
func (s *State) keep(name, token string) error {
	line, err := json.Marshal(entry{name, token, s.api})
	if err != nil {
		return errors.New("an account does not marshal") // The error could quote it.
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("keep what was registered: %w", err)
	}
	s.made[name] = token
	return nil
}

// Close closes the file.
func (s *State) Close() error { return s.file.Close() }
