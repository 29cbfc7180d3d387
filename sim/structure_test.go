package sim_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms is who may import whom among ours. What is not listed is banned; the
// reason for the shape stands beside each room.
var rooms = map[string]struct {
	imports []string
	pure    bool
	reason  string
}{
	"sim":              {nil, true, "it is the architecture page alone"},
	"sim/chance":       {nil, true, "everybody draws from it, so it knows nobody"},
	"sim/wire":         {nil, true, "messages are values that either side can use"},
	"sim/backend":      {[]string{"chance"}, true, "a queue that requests wait in, whatever they ask for"},
	"sim/link":         {[]string{"chance"}, true, "a link carries anything, so it knows nothing of what it carries"},
	"sim/scenario":     {nil, true, "a file is a faithful tree; what it means is the plan's business"},
	"sim/login":        {[]string{"chance", "wire"}, true, "an SDK knows its gateway by messages alone"},
	"sim/gateway":      {[]string{"backend", "chance", "wire"}, true, "a gateway knows its clients by messages alone"},
	"sim/dialect":      {[]string{"chance", "dialect/mqtt", "scenario", "wire"}, true, "a dialogue serves any machine and any socket; a description is read as a scenario is"},
	"sim/dialect/mqtt": {nil, true, "packets are packets, whoever speaks"},
	"sim/record":       {[]string{"login", "wire"}, true, "figures are about statuses and codes, not about who drives"},
	"sim/oracle":       {[]string{"gateway", "login", "wire"}, true, "a judge sees what both sides publish and drives neither"},
	"sim/client":       {[]string{"chance", "dialect", "login", "record", "wire"}, true, "what both drivers share knows neither of them"},
	"sim/plan":         {[]string{"backend", "chance", "dialect", "gateway", "link", "login", "record", "scenario", "wire"}, true, "it builds every other room's configuration and runs nothing"},
	"sim/virtual":      {[]string{"backend", "chance", "client", "dialect", "gateway", "link", "login", "oracle", "plan", "record", "wire"}, true, "virtual time needs no real driver"},
	"sim/explore":      {[]string{"chance", "client", "gateway", "link", "login", "oracle", "plan", "scenario", "virtual", "wire"}, true, "it draws a scenario, has it simulated and judges it; it drives nothing itself"},
	"sim/worlds":       {[]string{"chance", "client", "dialect", "gateway", "login", "oracle", "record", "wire"}, true, "a world has every order of things and no clock, so it knows no driver and no network but its own"},
	"sim/calibrate":    {[]string{"chance", "login", "record"}, true, "a cost model is read from figures: it must not be told what it has to find"},
	"sim/account":      {[]string{"plan"}, false, "accounts that are registered or listed know nobody who logs in with them"},
	"sim/dial":         {[]string{"chance", "dialect", "link", "wire"}, false, "sockets know no machines"},
	"sim/hook":         {[]string{"gateway", "plan"}, false, "what is done to a gateway from outside needs no client and no socket of one"},
	"sim/live":         {[]string{"client", "dial", "dialect", "gateway", "link", "login", "plan", "record", "wire"}, false, "the generator must not know the target it measures"},
	"sim/target":       {[]string{"backend", "chance", "gateway", "wire"}, false, "the target must not know the generator that measures it"},
	"sim/watch":        {[]string{"plan"}, false, "it asks the target how it is, and judges nothing"},
	"report":           {[]string{"login", "record", "report/rundir", "wire"}, false, "a report reads figures, wherever they come from"},
	"report/rundir":    {[]string{"login", "record", "wire"}, false, "files outlive the run that wrote them"},
	"report/compare":   {[]string{"chance", "record", "report/rundir"}, false, "a gate holds the figures of many runs against each other and knows no page that shows one"},
	"report/push":      {nil, false, "it sends what anybody gathers, and knows no figure"},
	"report/screen":    {[]string{"login", "record"}, false, "a screen draws the figures it is sent and owns no terminal"},
	"report/html":      {[]string{"login", "record", "report", "report/rundir", "wire"}, false, "a page shows figures that others took and judged"},
	"report/chromium":  {nil, false, "it drives a browser for the tests of pages and knows none of them"},
	"report/page":      {[]string{"record", "report", "report/html", "report/rundir"}, false, "it serves the page of a run that goes on, and takes no figure itself"},
	"cmd/loginstorm": {[]string{"account", "backend", "calibrate", "chance", "client", "dial", "dialect", "explore", "gateway", "hook", "link", "live", "login", "oracle", "plan", "record", "report", "report/compare",
		"report/html", "report/page", "report/push", "report/rundir", "report/screen", "scenario", "target", "virtual", "watch", "wire", "worlds", "scenarios/dialects"}, false, "it wires everything together"},
}

// banned is what a pure room may not mention: a clock, chance without a seed,
// anything outside, or a way to run beside its caller.
var banned = map[string][]string{
	"time":        {"Now", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Since", "Until"},
	"os":          nil,
	"net":         nil,
	"net/http":    nil,
	"log":         nil,
	"log/slog":    nil,
	"sync":        nil,
	"sync/atomic": nil,
	"context":     nil,
	"math/rand":   nil,
	"unsafe":      nil,
}

// contextToo are pure rooms that take a context, to be stopped from outside.
var contextToo = []string{"sim/explore", "sim/virtual"}

type source struct {
	room string // "sim/login"
	name string // "sim/login/machine.go"
	file *ast.File
	fset *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, top := range []string{"sim", "cmd", "report"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			rel := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
			all = append(all, source{room: filepath.ToSlash(filepath.Dir(rel)), name: rel, file: file, fset: fset})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d source files found: is the tree complete?", len(all))
	}
	return all
}

func TestRoomsImportOnlyWhatTheTableAllows(t *testing.T) {
	for _, s := range sources(t) {
		for _, fault := range importFaults(s) {
			t.Error(fault)
		}
	}
}

func importFaults(s source) []string {
	room, ok := rooms[s.room]
	if !ok {
		return []string{fmt.Sprintf("%s: room %s is not in the table: add it with a reason, here and in sim/doc.go", s.name, s.room)}
	}
	var faults []string
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		rest, ours := strings.CutPrefix(path, "loginstorm/")
		if !ours {
			continue
		}
		if short := strings.TrimPrefix(rest, "sim/"); !slices.Contains(room.imports, short) {
			faults = append(faults, fmt.Sprintf("%s imports %s: %s", s.name, rest, room.reason))
		}
	}
	return faults
}

func TestPureRoomsHaveNoClockAndNoOutside(t *testing.T) {
	for _, s := range sources(t) {
		for _, fault := range purityFaults(s) {
			t.Error(fault)
		}
	}
}

func purityFaults(s source) []string {
	if !rooms[s.room].pure {
		return nil
	}
	var faults []string
	names := map[string]string{} // local name -> path
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
		words, listed := banned[path]
		if path == "context" && slices.Contains(contextToo, s.room) {
			continue
		}
		if listed && words == nil {
			faults = append(faults, fmt.Sprintf("%s imports %s: a pure room takes time and chance as values and touches nothing outside", s.name, path))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			faults = append(faults, fmt.Sprintf("%s:%d starts a goroutine: a pure room is stepped by its owner", s.name, s.fset.Position(n.Pos()).Line))
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && slices.Contains(banned[names[id.Name]], n.Sel.Name) {
				faults = append(faults, fmt.Sprintf("%s:%d mentions %s.%s: a pure room takes now and exposes its deadline", s.name, s.fset.Position(n.Pos()).Line, id.Name, n.Sel.Name))
			}
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				faults = append(faults, fmt.Sprintf("%s has an init: nothing happens before main", s.name))
			}
		}
		return true
	})
	return faults
}

// TestOnlyCmdExits keeps the process's end in one place.
func TestOnlyCmdExits(t *testing.T) {
	exits := 0
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if id, ok := sel.X.(*ast.Ident); ok && (id.Name == "os" && sel.Sel.Name == "Exit" || id.Name == "log" && sel.Sel.Name == "Fatal") {
				exits++
				if s.room != "cmd/loginstorm" {
					t.Errorf("%s: %s.%s outside cmd", s.name, id.Name, sel.Sel.Name)
				}
			}
			return true
		})
	}
	if exits > 1 {
		t.Errorf("%d places end the process; one is enough", exits)
	}
}

// TestTheArchitecturePageNamesEveryRoom holds the table and the list of rooms in
// doc.go against each other: neither may know a room that the other does not, nor
// call it pure where the other says that it acts.
func TestTheArchitecturePageNamesEveryRoom(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range pageFaults(file.Doc.Text()) {
		t.Error(fault)
	}
}

// pageFaults is what the list of rooms on the page lacks, invents or misplaces.
func pageFaults(page string) []string {
	described, faults := describedRooms(page)
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		if name == "sim" { // The page itself.
			continue
		}
		switch pure, ok := described[name]; {
		case !ok:
			faults = append(faults, fmt.Sprintf("%s is a room of the table, and sim/doc.go does not describe it", name))
		case pure != rooms[name].pure:
			faults = append(faults, fmt.Sprintf("%s: pure is %t in the table, and sim/doc.go lists it as if it were %t", name, rooms[name].pure, pure))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(described)) {
		if _, ok := rooms[name]; !ok {
			faults = append(faults, fmt.Sprintf("sim/doc.go describes %s, which is no room of the table", name))
		}
	}
	return faults
}

var nested = regexp.MustCompile(`\b([a-z]+)/([a-z]+)\b`)

// describedRooms reads the section Rooms: an entry begins one tab in with the name of
// its room, and may name rooms inside it. The pure ones come first.
func describedRooms(page string) (described map[string]bool, faults []string) {
	_, rest, ok := strings.Cut(page, "\n# Rooms\n")
	section, _, ended := strings.Cut(rest, "\n# ")
	deciding, acting, split := strings.Cut(section, "The others act:")
	if !ok || !ended || !split {
		return nil, []string{"sim/doc.go has no section Rooms with those that decide before those that act"}
	}
	described = map[string]bool{}
	for i, part := range []string{deciding, acting} {
		pure, prefix := i == 0, ""
		for line := range strings.Lines(part) {
			entry, ok := strings.CutPrefix(line, "\t")
			if !ok {
				continue
			}
			if name := strings.Fields(entry + " .")[0]; !strings.HasPrefix(entry, " ") {
				prefix = roomOf(name)
				described[prefix] = pure
			}
			for _, match := range nested.FindAllString(entry, -1) {
				if outer, _, _ := strings.Cut(match, "/"); roomOf(outer) == prefix {
					described[roomOf(match)] = pure
				}
			}
		}
	}
	return described, nil
}

// roomOf is the room that the page calls by a short name.
func roomOf(name string) string {
	switch outer, _, _ := strings.Cut(name, "/"); outer {
	case "cmd":
		return "cmd/loginstorm"
	case "report":
		return name
	default:
		return "sim/" + name
	}
}

// TestTheCheckOfThePageSeesFaults takes a room from the page, invents one, and moves one.
func TestTheCheckOfThePageSeesFaults(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	page := file.Doc.Text()
	for _, c := range []struct{ old, with, want string }{
		{"\tbackend ", "\t        ", "sim/backend is a room of the table"},
		{"\twire ", "\twireless  nothing\n\twire ", "describes sim/wireless"},
		{"report/push", "it", "report/push is a room of the table"},
		{"report/push", "report/pull, report/push", "describes report/pull"},
		{"dialect/mqtt", "it", "sim/dialect/mqtt is a room of the table"},
		{"The others act:\n", "The others act:\n\n\toracle    judges\n", "sim/oracle: pure is true in the table"},
		{"# Rooms", "# Room", "no section Rooms"},
	} {
		if !strings.Contains(page, c.old) {
			t.Fatalf("the page has no %q to plant a fault at", c.old)
		}
		faults := strings.Join(pageFaults(strings.ReplaceAll(page, c.old, c.with)), "\n")
		if !strings.Contains(faults, c.want) {
			t.Errorf("%q for %q: want a fault with %q, got %q", c.with, c.old, c.want, faults)
		}
	}
}

func TestTopLevelIsFixed(t *testing.T) {
	want := []string{"go.mod", "go.sum", "cmd", "sim", "scenarios", "report", "grafana", "README.md", "LICENSE"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	// runs and the built binary are ignored by git.
	extra := []string{"runs", "loginstorm"}
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(want, name) && !slices.Contains(extra, name) {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
}

// TestTheChecksSeeFaults plants a fault of each kind and demands to hear of it.
func TestTheChecksSeeFaults(t *testing.T) {
	parse := func(room, text string) source {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "planted.go", text, 0)
		if err != nil {
			t.Fatal(err)
		}
		return source{room: room, name: "planted.go", file: file, fset: fset}
	}
	for _, c := range []struct{ room, text, want string }{
		{"sim/live", `package live; import "loginstorm/sim/target"; var _ target.Server`, "generator must not know"},
		{"sim/nowhere", `package nowhere`, "not in the table"},
		{"sim/login", `package login; import "time"; var _ = time.Now()`, "mentions time.Now"},
		{"sim/login", `package login; import clock "time"; var _ = clock.Now()`, "mentions clock.Now"},
		{"sim/login", `package login; import "sync"; var _ sync.Mutex`, "imports sync"},
		{"sim/login", `package login; func f() { go f() }`, "starts a goroutine"},
		{"sim/login", `package login; func init() {}`, "has an init"},
	} {
		s := parse(c.room, c.text)
		faults := strings.Join(append(importFaults(s), purityFaults(s)...), "\n")
		if !strings.Contains(faults, c.want) {
			t.Errorf("%s: want a fault with %q, got %q", c.text, c.want, faults)
		}
	}
}
