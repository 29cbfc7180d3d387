package main

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// story is told three times: in virtual time, over pipes in memory with the real
// driver and the real target under a fake clock, and over loopback sockets. Each
// client goes through the same in all three, and the rules hold on both sides.
// Instants that have to follow one another within one client lie 300 ms apart, so
// that no order hangs on a scheduler.
type story struct {
	at       string // Its file and line.
	text     string
	files    map[string][]byte // What a replay reads.
	brisk    bool              // See hurry.
	counters []string          // What is told beside the clients' lives.
	golden   string
	want     string // As told in virtual time.
	read     *scenario.File
}

// TestOneStoryThreeRuntimes tells the stories of testdata/story. A story is a
// scenario that may leave out what usual has, and its answer is what each client
// published in virtual time: statuses; how an attempt failed, (415); how a call of
// the app ended, login:200; by whom it was kicked, and why.
//
//	story [brisk] [counters=(a,b)]   counters: what was counted in all
//	file NAME                        a file that the next story reads
func TestOneStoryThreeRuntimes(t *testing.T) {
	var stories []*story
	files := map[string]*scenario.File{} // Reading one costs more than most tellings.
	eachStory(t, func(t *testing.T, s *story) string {
		s.want = tellVirtual(t, s)
		stories, files[s.text] = append(stories, s), s.read
		return s.golden
	})
	sockets := tellLoopbacks(t, stories)
	eachStory(t, func(t *testing.T, s *story) string {
		s.read = files[s.text]
		want := tellVirtual(t, s)
		var piped string
		synctest.Test(t, func(t *testing.T) { piped = tellPiped(t, s) })
		if diff := cmp.Diff(want, piped); diff != "" {
			t.Errorf("virtual time (-) and pipes (+) differ:\n%s", diff)
		}
		if diff := cmp.Diff(want, sockets[s.at]); diff != "" {
			t.Errorf("virtual time (-) and loopback sockets (+) differ:\n%s", diff)
		}
		return want
	})
}

// eachStory calls do for every story.
func eachStory(t *testing.T, do func(*testing.T, *story) string) {
	datadriven.Walk(t, "testdata/story", func(t *testing.T, path string) {
		files := map[string][]byte{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "file" {
				files[d.CmdArgs[0].Key] = []byte(d.Input + "\n")
				return d.Expected
			}
			s := &story{at: d.Pos, text: complete(d.Input), files: files, golden: d.Expected}
			for _, arg := range d.CmdArgs {
				switch arg.Key {
				case "brisk":
					s.brisk = true
				case "counters":
					s.counters = arg.Vals
				default:
					d.Fatalf(t, "argument %s is not known", arg.Key)
				}
			}
			files = map[string][]byte{}
			return do(t, s)
		})
	})
}

// usual is what a story has that does not say otherwise, by key.
var usual = []struct{ key, text string }{
	{"seed", "seed: 2472"},
	{"duration", "duration: 4800ms"},
	{"gateway", "gateway: {auth: {workers: 4, serviceTime: 2ms}, sync: 10ms}"},
	{"network", "network: {latency: 1ms}"},
	{"populations", `populations:
  phones:
    accounts: 4
    clientType: android
    profile: nim-android
    reconnect: {delays: [600ms]}
    login: auto
  desks:
    accounts: 2
    clientType: windows
    profile: nim-windows
    login: manual
    arrive: [{pause: 100ms}, {constant: {rate: 10/s}}]`},
}

// complete adds to a story what is usual.
func complete(text string) string {
	text = "name: story\n" + text
	for _, u := range usual {
		if !strings.Contains(text, "\n"+u.key+":") {
			text += "\n" + u.text
		}
	}
	return text + "\n"
}

func compileStory(t *testing.T, text string) *plan.Plan {
	t.Helper()
	return compileFile(t, readStory(t, text), plan.Options{})
}

func readStory(t *testing.T, text string) *scenario.File {
	t.Helper()
	file, err := scenario.Parse("story.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func compileFile(t *testing.T, file *scenario.File, opts plan.Options) *plan.Plan {
	t.Helper()
	p, err := plan.Compile(file, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plan compiles the story, as simulate or as run does.
func (s *story) plan(t *testing.T, virtual bool) *plan.Plan {
	t.Helper()
	if s.read == nil {
		s.read = readStory(t, s.text)
	}
	p := compileFile(t, s.read, plan.Options{Files: s.files, Virtual: virtual})
	if s.brisk {
		hurry(p)
	}
	return p
}

// TestEveryVerbIsToldThreeTimes: what the scenario language can say is a story.
func TestEveryVerbIsToldThreeTimes(t *testing.T) {
	var all strings.Builder
	eachStory(t, func(_ *testing.T, s *story) string {
		all.WriteString(s.text)
		return s.golden
	})
	for _, words := range []reflect.Type{reflect.TypeFor[scenario.Verbs](), reflect.TypeFor[scenario.Behavior]()} {
		for i := range words.NumField() {
			word, _, _ := strings.Cut(words.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(all.String(), word+": ") && !strings.Contains(all.String(), word+":\n") {
				t.Errorf("no story shows %s", word)
			}
		}
	}
}
