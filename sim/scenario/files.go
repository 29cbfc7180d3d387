package scenario

import "slices"

// Files returns every file that the scenario names and that holds neither a secret
// nor accounts, each once, in the file's order: certificates, logs to be replayed. Whoever runs
// the scenario reads them; paths are relative to it.
func (f *File) Files() []string {
	var files []string
	if f.Target != nil && f.Target.TLS != nil {
		for _, name := range []string{f.Target.TLS.CA, f.Target.TLS.Certificate} {
			if name != "" && !slices.Contains(files, name) {
				files = append(files, name)
			}
		}
	}
	if f.Target != nil && f.Target.Dialect.File() != "" {
		files = append(files, f.Target.Dialect.Use)
	}
	for i := range f.Timeline {
		if r := f.Timeline[i].Replay; r != nil && !slices.Contains(files, r.File) {
			files = append(files, r.File)
		}
	}
	return files
}
