package plan

import (
	"strings"
	"testing"
)

func TestDialects(t *testing.T) {
	const description = "name: ours\ncolumns: [team]\nstates: {login: {say: '${team}', on: [{when: {ok: 1}, means: loggedIn}]}}\n"
	shipped := map[string][]byte{"ours": []byte(description), "plain": []byte(strings.ReplaceAll(strings.Replace(description, "columns: [team]\n", "", 1), "team", "account")), "xmpp": []byte("name: xmpp\n")}
	text := "duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\ntarget: {"
	list := NewAccountList([]string{"unit"})
	list.Add("a", "t", 0, []string{"x"})
	for _, c := range []struct{ target, want string }{
		{`url: "ws://127.0.0.1:1", dialect: ours}`, "the dialect ours wants the column team of every account"},
		{`url: "ws://127.0.0.1:1", dialect: plain}`, ""},
		{`url: "ws://127.0.0.1:1", dialect: our}`, "there is no dialect `our`"},
		{`dialect: ours}`, "the embedded gateway speaks the reference protocol alone"},
		{`url: "ws://127.0.0.1:1", dialect: xmpp}`, "xmpp: the file lacks `states`"},
		{`url: "ws://127.0.0.1:1", dialect: {use: ours, set: {domain: x}}}`, "the description has no setting `domain`"},
		{`url: "ws://127.0.0.1:1", dialect: ./my.yaml}`, "there is no dialect `./my.yaml`"},
		{`url: "ws://127.0.0.1:1", accounts: {file: a.csv}, dialect: ours}`, "wants the column team"},
	} {
		o := Options{Dialects: shipped}
		if strings.Contains(c.target, "a.csv") {
			o.Accounts = list
		}
		p, err := Compile(parse(t, text+c.target+"\n"), o)
		switch {
		case c.want == "" && err == nil:
			if p.Target.Dialogue.Name() != "ours" || len(p.Warnings) < 2 {
				t.Errorf("%s: %v", c.target, p.Warnings)
			}
		case err == nil || !strings.Contains(err.Error(), c.want) || c.want == "":
			t.Errorf("%s: got %v, want %q", c.target, err, c.want)
		}
	}
}
