package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

const path = "/communication/personal/1887"

// person is somebody invented, and the state or code that asking about them must answer.
type person struct {
	Expect string `json:"expect"`
	Name   string `json:"name"`
	IDCard string `json:"idcard"`
	AccNo  string `json:"acc_no"`
	Mobile string `json:"mobile"`
}

func (p person) form() url.Values {
	return url.Values{"name": {p.Name}, "idcard": {p.IDCard}, "acc_no": {p.AccNo}, "mobile": {p.Mobile}}
}

// answer is what came back.
type answer struct {
	status  int
	header  http.Header
	body    string
	Code    string
	Message string
	Data    struct{ State string }
	SeqNo   string
}

// result is the state of a verdict, else the code: what person.Expect says.
func (a answer) result() string {
	if a.Code == "10000" {
		return a.Data.State
	}
	return a.Code
}

// gateway is the gateway's code, else the HTTP status.
func (a answer) gateway() string {
	if code := a.header.Get("X-Ca-Error-Code"); code != "" {
		return strconv.Itoa(a.status) + " " + code
	}
	return strconv.Itoa(a.status)
}

// client asks one node in the name of one buyer.
type client struct {
	http    *http.Client
	url     string
	appcode string
}

func newClient(url, appcode string) *client {
	return &client{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, url: url, appcode: appcode}
}

func (n *node) buyer() *client { return newClient(n.url, n.demo.AppCode) }

// ask calls with a form; key is an idempotency key, if not empty.
func (c *client) ask(form url.Values, key string) (answer, error) {
	r, err := http.NewRequest(http.MethodPost, c.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	if c.appcode != "" {
		r.Header.Set("Authorization", "APPCODE "+c.appcode)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return c.send(r)
}

func (c *client) send(r *http.Request) (answer, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	return read(resp)
}

func read(resp *http.Response) (answer, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body)}
	if len(body) > 0 {
		err = json.Unmarshal(body, &a)
	}
	return a, err
}

// mustAsk is ask where the answer must come.
func (c *client) mustAsk(t *testing.T, form url.Values) answer {
	t.Helper()
	a, err := c.ask(form, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// row is a line of `call list --json`.
type row struct {
	SeqNo   string `json:"seq_no"`
	Account string `json:"account"`
	Code    string `json:"code"`
	State   string `json:"state"`
	Charged int64  `json:"charged"`
	Grant   string `json:"grant_id"`
}

// grant is a line of `quota show --json`.
type grant struct {
	ID        string `json:"grant_id"`
	Account   string `json:"account"`
	Units     int64  `json:"units"`
	Used      int64  `json:"used"`
	Held      int64  `json:"held"`
	Withdrawn int64  `json:"withdrawn"`
}

// invent returns the people of a seed, as the registry of `registry synth` knows them.
// Those whose card is not in order are left out.
func invent(t *testing.T, count, seed int) []person {
	t.Helper()
	out := must(t, environ(), "registry", "synth", "--count", strconv.Itoa(count), "--seed", strconv.Itoa(seed), "--csv", "-")
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	var people []person
	for _, r := range records[1:] {
		if i, ok := column["status"]; ok && r[i] != "" && r[i] != "normal" {
			continue
		}
		people = append(people, person{
			Expect: "1", Name: r[column["name"]], IDCard: r[column["idcard"]],
			AccNo: r[column["acc_no"]], Mobile: r[column["mobile"]],
		})
	}
	return people
}

// demoSeed is the seed of the people whom a demo's registry knows.
const demoSeed = 1887
