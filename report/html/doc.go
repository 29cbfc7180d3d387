// Package html shows run directories as one page that is worth sending to a colleague:
// a single file that asks the network for nothing.
//
// Most callers use Write, with one run or with several that lie over each other. The
// verdict comes first, then what was asked and achieved, then charts with every fault of
// the timeline marked across them, then how it was made. Every chart has its figures
// beside it as a table.
//
// Live is the same page of a run that goes on: fed with seconds as they are sealed, it
// gives the page once and its figures at any moment. report/page serves it.
//
// Where scripts do not run, or the chart library throws, a still picture stands in the
// place of each chart. hands_test.go tries all of that in a browser.
//
// The same run directories give the same bytes. A run that was killed is shown as far as
// its files go, and the page says what is missing. The size is bounded: seconds are put
// together into stretches, of which the peaks are kept.
//
// What runs contain is data and never markup: all of it goes through html/template, and
// the page's Content-Security-Policy allows its own scripts and styles alone, by their
// hashes. The package decides nothing about a run and reads no clock.
//
// uplot holds uPlot 1.6.32 by Leon Sorokin (MIT), as published.
package html
