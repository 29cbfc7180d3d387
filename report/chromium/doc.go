// Package chromium drives a headless Chromium in the tests of pages, over its DevTools
// pipe: it opens tabs, evaluates, presses keys, drags, prints, photographs, and says
// what the console heard and which requests were made.
//
// It is built with the tag browser alone. It decides nothing about a page, and where
// there is no browser a test fails with the command that brings one.
package chromium
