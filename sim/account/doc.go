// Package account knows where accounts come from outside a scenario: a list in a file, or
// the server API that they are registered through before a run. Spec section 8.
//
// Most callers use Read for a list, and a Client with Register for an API; Block, Unblock
// and Refresh are the other actions of it. CheckSum is what signs a call.
//
// What was registered is kept in a state file, so that a second run, or one that was
// interrupted, asks only for what is missing. Calls are paced: a 416 slows them down, and
// no retry goes on for ever. No token and no secret stands in an error.
package account
