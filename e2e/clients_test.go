package e2e_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// realClient is one way in which buyers call: a program, the API that it sends through,
// how it says who it is, and how it writes the elements.
type realClient struct {
	program string // a folder of clients
	through string
	proof   string // AppCode, key, HmacSHA256, HmacSHA1
	body    string // form, json, query
}

func (c realClient) signs() bool { return strings.HasPrefix(c.proof, "Hmac") }

var realClients = []realClient{
	{"node", "SimpleClient", "AppCode", "form"},
	{"node", "SimpleClient", "AppCode", "json"},
	{"node", "Client", "HmacSHA256", "form"},
	{"node", "Client", "HmacSHA256", "json"},
	{"node", "Client", "HmacSHA256", "query"},
	{"curl", "header", "AppCode", "form"},
	{"curl", "header", "AppCode", "json"},
	{"curl", "tight", "AppCode", "form"},
	{"curl", "tight", "AppCode", "json"},
	{"curl", "key", "key", "form"},
	{"curl", "key", "key", "json"},
	{"curl", "openssl", "HmacSHA256", "form"},
	{"curl", "openssl", "HmacSHA256", "json"},
	{"python", "urllib", "AppCode", "form"},
	{"python", "urllib", "AppCode", "json"},
	{"python", "urllib", "HmacSHA256", "form"},
	{"python", "urllib", "HmacSHA256", "json"},
	{"python", "http.client", "AppCode", "form"},
	{"python", "http.client", "AppCode", "json"},
	{"python", "http.client", "HmacSHA1", "form"},
	{"python", "http.client", "HmacSHA256", "json"},
	{"java", "HttpURLConnection", "AppCode", "form"},
	{"java", "HttpURLConnection", "AppCode", "json"},
	{"java", "HttpURLConnection", "HmacSHA256", "form"},
	{"java", "HttpURLConnection", "HmacSHA1", "form"},
	{"java", "HttpClient", "AppCode", "form"},
	{"java", "HttpClient", "AppCode", "json"},
	{"java", "HttpClient", "HmacSHA256", "form"},
	{"java", "HttpClient", "HmacSHA1", "json"},
}

// trial is a column of the matrix: who is asked about, how the question is spoilt, and
// what must come.
type trial struct {
	name  string
	about string // a key of the people
	spoil func(*question)
	twice bool                    // the second answer counts
	want  func(realClient) string // empty: this client cannot do it
}

var trials = []trial{
	{name: "match", about: "match", want: always("1")},
	{name: "mismatch", about: "mismatch", want: always("2")},
	{name: "rare name", about: "rare", want: always("1")},
	{name: "dotted name", about: "dotted", want: always("1")},
	{name: "check digit", about: "wrong digit", want: always("10001")},
	{name: "nobody", about: "nobody", want: always("10015")},
	{name: "stranger", about: "match", spoil: strange, want: func(c realClient) string {
		switch c.proof {
		case "AppCode":
			return "400 A400AC Invalid AppCode `not exists`"
		case "key":
			return "10005"
		}
		return "400 A400IK Invalid AppKey"
	}},
	{name: "wrong secret", about: "rare", spoil: func(q *question) { q.AppSecret = another(q.AppSecret) }, want: signing("403 A403IS " + mistaken)},
	{name: "nonce again", about: "match", spoil: func(q *question) { q.Nonce = fresh() }, twice: true, want: signing("400 S400NU Nonce Used")},
	{name: "old time", about: "match", spoil: grow, want: signing("400 S400TE Timestamp Expired")},
	// The last one: nobody has a unit left.
	{name: "exhausted", about: "match", want: always("403 B403MQ Api Market Subscription quota exhausted")},
}

// mistaken stands for the message of a wrong signature that repeats, behind the words that
// clients cut off, the very string that the client signed.
const mistaken = "Invalid Signature, and the string of the client"

func always(want string) func(realClient) string { return func(realClient) string { return want } }

func signing(want string) func(realClient) string {
	return func(c realClient) string {
		if c.signs() {
			return want
		}
		return ""
	}
}

// units is what a trial's verdicts cost a client.
func (try trial) units(c realClient) int64 {
	want := try.want(c)
	if want == "1" || want == "2" || try.twice && want != "" { // the first of the two
		return 1
	}
	return 0
}

func strange(q *question) {
	q.AppCode, q.Key, q.AppKey = another(q.AppCode), another(q.Key), another(q.AppKey)
}

func grow(q *question) {
	q.Timestamp = strconv.FormatInt(time.Now().Add(-16*time.Minute).UnixMilli(), 10)
}

func fresh() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// another is a text of the same form that nobody was given.
func another(secret string) string {
	if secret == "" {
		return ""
	}
	last := secret[len(secret)-1]
	return secret[:len(secret)-1] + string('0'+(last+1)%10)
}

// spare units show when a client was charged too often.
const spare = 10

// TestClients_AreAnsweredAsTheGatewayWould asks with the programs that buyers use, each in
// every way it can, and prints what came as a table.
func TestClients_AreAnsweredAsTheGatewayWould(t *testing.T) {
	t.Parallel()
	programs := startPrograms(t)
	var units int64
	for _, c := range realClients {
		for _, try := range trials {
			units += try.units(c)
		}
	}
	dir, env := folder(t), environ(guardOff)
	n := startDemo(t, dir, env, "--units", strconv.FormatInt(units+spare, 10))
	people := map[string]person{"match": n.demo.People[0], "mismatch": n.demo.People[1], "nobody": n.demo.People[3]}
	people["wrong digit"] = wrongDigit(people["match"])
	others := invent(t, 20, demoSeed+1)
	people["rare"], people["dotted"] = named(others[0], "欧阳𬱖"), named(others[1], "阿依古丽·买买提")
	learn(t, dir, env, people["rare"], people["dotted"])

	table := [][]string{{"PROGRAM", "THROUGH", "PROOF", "BODY"}}
	for _, c := range realClients {
		table = append(table, []string{c.program, c.through, c.proof, c.body})
	}
	for i, try := range trials {
		if i == len(trials)-1 {
			n.useUp(t, dir, env, units)
		}
		table[0] = append(table[0], strings.ToUpper(try.name))
		for j, c := range realClients {
			table[j+1] = append(table[j+1], n.try(t, programs[c.program], c, try, people[try.about]))
		}
	}
	t.Logf("real clients, and how they were answered:\n%s", columns(table))
}

// try asks as a trial says, and gives the cell of the table.
func (n *node) try(t *testing.T, p program, c realClient, try trial, about person) string {
	t.Helper()
	want := try.want(c)
	if want == "" {
		return "-"
	}
	q := question{
		Through: c.through, BaseURL: n.url, Body: c.body,
		Name: about.Name, IDCard: about.IDCard, AccNo: about.AccNo, Mobile: about.Mobile,
	}
	switch c.proof {
	case "AppCode":
		q.AppCode = n.demo.AppCode
	case "key":
		q.Key = n.demo.Key
	default:
		q.AppKey, q.AppSecret, q.Method = n.demo.AppKey, n.demo.AppSecret, c.proof
	}
	if try.spoil != nil {
		try.spoil(&q)
	}
	r := p.ask(t, q)
	if try.twice && r.comesTo(c) == "1" {
		r = p.ask(t, q)
	}
	got := r.comesTo(c)
	if got == want {
		return "ok"
	}
	t.Errorf("%s through %s, %s, %s; %s: came %s; wanted %s", c.program, c.through, c.proof, c.body, try.name, got, want)
	return strings.Join(strings.Fields(got)[:min(2, len(strings.Fields(got)))], " ")
}

// useUp compares the units used with what the verdicts cost, and takes the rest.
func (n *node) useUp(t *testing.T, dir string, env []string, units int64) {
	t.Helper()
	if g := lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir)); len(g) != 1 || g[0].Used != units {
		t.Errorf("the verdicts cost %d units; the book says %+v", units, g)
	}
	for range units + spare {
		if n.buyer().mustAsk(t, n.demo.People[0].form()).status != http.StatusOK {
			return
		}
	}
}

func named(p person, name string) person {
	p.Name = name
	return p
}

// wrongDigit is the same person with another check digit.
func wrongDigit(p person) person {
	if id := p.IDCard[:17]; strings.HasSuffix(p.IDCard, "1") {
		p.IDCard = id + "2"
	} else {
		p.IDCard = id + "1"
	}
	return p
}

// learn puts people into the registry of a running node.
func learn(t *testing.T, dir string, env []string, people ...person) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("name,idcard,acc_no,mobile\n")
	for _, p := range people {
		rows.WriteString(strings.Join([]string{p.Name, p.IDCard, p.AccNo, p.Mobile}, ",") + "\n")
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, env, "registry", "import", file, "--data", dir)
}

// columns writes a table as text.
func columns(table [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, cells := range table {
		_, _ = fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush()
	return b.String()
}
