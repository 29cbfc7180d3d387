// Package scenario reads scenario files: what a run asks, in YAML, as a faithful
// tree of plain structs without behaviour.
//
// Most callers use Parse, which refuses a file with every fault it has at once,
// each with its line, column, excerpt and remedy, and File.Fault, by which later
// checks of meaning point at the same places. Schema is the JSON Schema (draft
// 2020-12) of the language, for editors; Parse validates by that very schema.
//
// A Patch changes one value before the file is judged, as --set does; its faults
// name it and no line of the file. File.Scale makes the populations larger or
// smaller, and says what a factor cannot reach. File.Files lists what has to be
// read beside the file.
//
// Reading is bounded: MaxBytes, MaxDepth, MaxPatches, one document, no aliases, anchors,
// tags or merge keys. A scan in linear time refuses what would make a YAML
// library run away before it sees a byte of it. The package does no I/O: files
// that a scenario names are read by whoever runs it.
package scenario
