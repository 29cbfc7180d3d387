package dialect

import (
	"errors"
	"testing"

	"github.com/xdg-go/scram"
)

// lookup is a server's knowledge of one account.
func lookup(t *testing.T, mechanism, account, password string) scram.CredentialLookup {
	t.Helper()
	client := must(hashOf(mechanism).NewClient(account, password, ""))
	stored := must(client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096}))
	return func(name string) (scram.StoredCredentials, error) {
		if name != account {
			return scram.StoredCredentials{}, errors.New("nobody")
		}
		return stored, nil
	}
}
