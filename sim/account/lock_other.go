//go:build !unix

package account

import "os"

// lock does nothing where files cannot be locked so.
func lock(*os.File) (busy bool) { return false }
