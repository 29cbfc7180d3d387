//go:build browser

package chromium

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Tab is one page of a browser.
type Tab struct {
	b       *Browser
	session string
	said    []string
	asked   []string
	loaded  chan struct{}
}

// Open opens a page of so many pixels, and returns when it has loaded. prepare is asked
// of the tab before, such as "Emulation.setScriptExecutionDisabled".
func (b *Browser) Open(url string, width, height int, prepare ...Ask) *Tab {
	b.t.Helper()
	var target struct{ TargetID string }
	b.must(b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target))
	var attached struct{ SessionID string }
	b.must(b.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached))
	t := &Tab{b: b, session: attached.SessionID, loaded: make(chan struct{}, 16)}
	b.mu.Lock()
	b.tab[t.session] = t
	b.mu.Unlock()
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		t.Call(domain+".enable", nil, nil)
	}
	t.Size(width, height)
	for _, p := range prepare {
		t.Call(p.Method, p.Params, nil)
	}
	t.Load(url)
	return t
}

// Ask is something that is asked of a tab.
type Ask struct {
	Method string
	Params any
}

func (b *Browser) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// Load shows another page.
func (t *Tab) Load(url string) {
	t.b.t.Helper()
	t.Call("Page.navigate", map[string]any{"url": url}, nil)
	<-t.loaded
}

// Size makes the window that large.
func (t *Tab) Size(width, height int) {
	t.b.t.Helper()
	t.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// heard notes what the tab says of itself.
func (t *Tab) heard(method string, params json.RawMessage) {
	var p struct {
		Type             string
		Args             []struct{ Value, Description any }
		Entry            struct{ Level, Text, URL string }
		ExceptionDetails struct {
			Text      string
			Exception struct{ Description string }
		}
		Request struct{ URL string }
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	switch method {
	case "Runtime.consoleAPICalled":
		t.said = append(t.said, fmt.Sprintf("console.%s %v", p.Type, p.Args))
	case "Runtime.exceptionThrown":
		t.said = append(t.said, p.ExceptionDetails.Text+" "+p.ExceptionDetails.Exception.Description)
	case "Log.entryAdded":
		t.said = append(t.said, p.Entry.Level+" "+p.Entry.Text+" "+p.Entry.URL)
	case "Network.requestWillBeSent":
		t.asked = append(t.asked, p.Request.URL)
	case "Page.loadEventFired":
		select {
		case t.loaded <- struct{}{}:
		default:
		}
	}
}

// Said is what the console heard so far, errors of scripts and of the network included.
func (t *Tab) Said() []string {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	return append([]string(nil), t.said...)
}

// Asked lists the addresses of all requests so far, the page's own first.
func (t *Tab) Asked() []string {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	return append([]string(nil), t.asked...)
}

// Call asks the tab for anything that DevTools know.
func (t *Tab) Call(method string, params, into any) {
	t.b.t.Helper()
	t.b.must(t.b.call(t.session, method, params, into))
}

// Eval evaluates an expression in the page; a promise is waited for.
func (t *Tab) Eval(expression string, into any) {
	t.b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	t.Call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &r)
	if e := r.ExceptionDetails; e != nil {
		t.b.t.Fatalf("%s: %s %s", expression, e.Text, e.Exception.Description)
	}
	if into != nil && len(r.Result.Value) > 0 {
		t.b.must(json.Unmarshal(r.Result.Value, into))
	}
}

// Text evaluates an expression that is a string.
func (t *Tab) Text(expression string) (text string) {
	t.b.t.Helper()
	t.Eval(expression, &text)
	return text
}

// Until waits until an expression is true, looking again and again, also when the page
// is loaded anew meanwhile.
func (t *Tab) Until(expression string) {
	t.b.t.Helper()
	look := map[string]any{"awaitPromise": true, "returnByValue": true, "expression": "new Promise(function (done) { (function look() { if (" + expression + ") done(true); else setTimeout(look, 20); })(); })"}
	for {
		err := t.b.call(t.session, "Runtime.evaluate", look, nil)
		if err != nil && (strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "context")) {
			continue
		}
		t.b.must(err)
		return
	}
}

// Press presses a key, such as ArrowRight or +.
func (t *Tab) Press(key string) {
	t.b.t.Helper()
	params := map[string]any{"type": "keyDown", "key": key}
	if len(key) == 1 {
		params["text"] = key
	}
	if key == "Tab" {
		params["code"], params["windowsVirtualKeyCode"] = key, 9
	}
	if key == "Enter" {
		params["text"], params["windowsVirtualKeyCode"] = "\r", 13
	}
	t.Call("Input.dispatchKeyEvent", params, nil)
	t.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key}, nil)
}

// Drag drags the mouse across an element, from one share of its width to another.
func (t *Tab) Drag(selector string, from, to float64) {
	t.b.t.Helper()
	var box struct{ X, Y, Width, Height float64 }
	t.Eval("(function () { const n = document.querySelector("+quote(selector)+"); n.scrollIntoView({block: 'center'}); const r = n.getBoundingClientRect(); return {X: r.x, Y: r.y, Width: r.width, Height: r.height}; })()", &box)
	at := func(kind string, share float64, buttons int) {
		t.Call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": box.X + share*box.Width, "y": box.Y + box.Height/2, "button": "left", "buttons": buttons, "clickCount": 1}, nil)
	}
	at("mouseMoved", from, 0)
	at("mousePressed", from, 1)
	for _, part := range []float64{.25, .5, .75, 1} {
		at("mouseMoved", from+(to-from)*part, 1)
	}
	at("mouseReleased", to, 0)
}

// Photograph is a picture of what the window shows, as PNG.
func (t *Tab) Photograph() []byte {
	t.b.t.Helper()
	var r struct{ Data []byte }
	t.Call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &r)
	return r.Data
}

// Print is the page on paper, as PDF.
func (t *Tab) Print() []byte {
	t.b.t.Helper()
	var r struct{ Data []byte }
	t.Call("Page.printToPDF", map[string]any{"printBackground": true, "paperWidth": 8.27, "paperHeight": 11.69}, &r)
	return r.Data
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `\'`) + "'" }
