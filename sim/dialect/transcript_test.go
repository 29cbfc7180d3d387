package dialect

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/wire"
)

// transcript is a link of a described dialogue, told step by step.
type transcript struct {
	t       *testing.T
	d       *Dialogue
	s       Session
	scratch Scratch
	now     Time
	who     Speaker
	took    []string
}

// TestTranscripts plays what real servers said.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/transcripts", func(t *testing.T, path string) {
		w := &transcript{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			w.t = t
			return w.run(d)
		})
	})
}

func (w *transcript) run(d *datadriven.TestData) string {
	switch d.Cmd {
	case "open":
		w.open(d)
		path, headers := w.d.Request(&w.who)
		for _, h := range headers {
			path += "\n" + h.Name + ": " + h.Value
		}
		return path
	case "again":
		w.s = w.d.Open()
		return ""
	case "up":
		return w.step(Input{Kind: LinkUp})
	case "login":
		return w.step(Input{Kind: WantLogin})
	case "ping":
		return w.step(Input{Kind: WantPing})
	case "logout":
		return w.step(Input{Kind: WantLogout})
	case "kickOther":
		return w.step(Input{Kind: WantKickOther, Device: 5})
	case "in":
		return w.step(Input{Kind: Frame, Data: []byte(d.Input)})
	case "hex":
		data, err := hex.DecodeString(strings.ReplaceAll(strings.ReplaceAll(d.Input, " ", ""), "\n", ""))
		if err != nil {
			w.t.Fatal(err)
		}
		return w.step(Input{Kind: Frame, Binary: true, Data: data})
	case "end":
		in := Input{Kind: LinkDown, Data: []byte(d.Input)}
		if len(d.CmdArgs) > 0 {
			code, _ := strconv.Atoi(d.CmdArgs[0].Key)
			in.CloseCode = uint16(code)
		}
		return w.step(in)
	case "http":
		in := Input{Kind: Refused}
		status, _ := strconv.Atoi(d.CmdArgs[0].Key)
		in.HTTPStatus = uint16(status)
		if d.HasArg("after") {
			var after string
			d.ScanArgs(w.t, "after", &after)
			in.RetryAfter, _ = time.ParseDuration(after)
		}
		return w.step(in)
	case "wait":
		span, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			w.t.Fatal(err)
		}
		w.now += span
		return w.step(Input{Kind: Tick})
	}
	w.t.Fatalf("unknown command %s", d.Cmd)
	return ""
}

func (w *transcript) open(d *datadriven.TestData) {
	var name string
	d.ScanArgs(w.t, "dialect", &name)
	settings := map[string]string{}
	for _, a := range d.CmdArgs {
		if key, ok := strings.CutPrefix(a.Key, "set."); ok {
			settings[key] = a.Vals[0]
		}
	}
	if d.Input != "" {
		var err error
		if w.d, err = Parse(name, []byte(d.Input), settings); err != nil {
			w.t.Fatal(err)
		}
	} else {
		w.d = shippedWith(w.t, name, settings)
	}
	w.s, w.now = w.d.Open(), 0
	w.scratch = Scratch{Epoch: 1_700_000_000 * time.Second, Trace: func(t Taken) {
		if t.Rule == "" {
			w.took = append(w.took, "("+t.State+": no rule)")
			return
		}
		_, rule, _ := strings.Cut(t.Rule, ", ")
		w.took = append(w.took, "("+rule+")")
	}}
	w.who = Speaker{Epoch: w.scratch.Epoch, Seed: 1, Client: 7, Link: 1, Columns: []string{"red"},
		Credentials: &wire.Credentials{Account: "storm-1", Token: "secret-storm-1", ClientType: wire.Web, Device: 77, Version: 91203, Origin: wire.Manual}}
}

func (w *transcript) step(in Input) string {
	in.Scratch = &w.scratch
	w.took = w.took[:0]
	var lines []string
	for _, o := range w.s.Step(w.now, in, nil) {
		if o.Kind != Say {
			line := tell([]Output{o})
			if o.Unsure {
				line += " (a kick may look the same)"
			}
			lines = append(lines, line)
			continue
		}
		w.who.Now = w.now
		frame, binary := w.s.Encode(nil, &o.Message, false, &w.who)
		said := "say " + string(frame)
		if binary {
			said = "say hex " + hex.EncodeToString(frame)
		}
		if o.Message.Kind != wire.NoMessage {
			said += fmt.Sprintf("   [%v]", o.Message.Kind)
		}
		lines = append(lines, said)
	}
	if at, ok := w.s.Deadline(); ok && in.Kind != Frame {
		lines = append(lines, "until "+at.String())
	}
	return strings.Join(append(append([]string(nil), w.took...), lines...), "\n")
}
