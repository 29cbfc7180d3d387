package rundir

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// Hash returns a hash of seed and of all that was appended so far, and of the
// scenario as given: of every file of the directory but run.json. Equal directories
// have equal hashes.
func (w *Writer) Hash(seed uint64) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.flush(); err != nil {
		return "", err
	}
	all, err := os.ReadDir(w.dir) // Sorted by name.
	if err != nil {
		return "", w.failed(err)
	}
	sum := sha256.New()
	_ = binary.Write(sum, binary.BigEndian, seed) // A hash takes everything.
	for _, file := range all {
		if file.Name() == RunFile {
			continue
		}
		if err := add(sum, filepath.Join(w.dir, file.Name()), file.Name()); err != nil {
			return "", w.failed(err)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}

// add adds a file's name, length and content.
func add(sum hash.Hash, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%s %d\n", name, info.Size())
	_, err = io.Copy(sum, f)
	return err
}
