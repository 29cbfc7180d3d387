// Package screen is the live view of a run: a whole terminal that shows how it
// stands, once a second.
//
// A Feed takes the rows of a run and folds them into a State; a Model draws the
// newest State in whatever size the terminal has. Both are values that do what they
// are told: no clock, no terminal, no signal. Whoever shows a run owns those, sends
// the Model States and tells it the size.
//
// Every line fits the width and there are never more of them than the height. Where
// there is no room for everything, sections become single lines, and the least
// important ones go. A percentile stands beside its count, and the generator's
// lateness is on the screen whenever a latency is.
package screen
