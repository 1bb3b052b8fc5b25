package e2e_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"quartet"
	"quartet/internal/simulator"
	"quartet/internal/source/httpjson"
)

// Suppliers whose answers repeat the person, and who are asked by GET, so that elements stand
// in the address too, which errors of the wire quote. One of them goes further than its
// contract and writes elements where its own numbers and codes belong. Nothing may be left.

func TestPrivacy_ASupplierThatEchoesLeavesNoElement(t *testing.T) {
	t.Parallel()
	echo{contract: "juhe", card: "bankcard", need: "card,name,id,mobile"}.leaveNothing(t)
}

func TestPrivacy_ASupplierOfThreeElementsThatEchoesLeavesNoElement(t *testing.T) {
	t.Parallel()
	echo{contract: "haoservice", card: "accountNo", need: "card,name,id"}.leaveNothing(t)
}

type echo struct {
	contract string
	card     string // the parameter that holds the card
	need     string
}

// act is how the supplier answers about one person; answer instead of what its contract has.
type act struct {
	simulator.Act

	answer func(p person) string
}

// honest are all the ways in which a contract answers.
func honest() []act {
	acts := []act{{}, {Act: simulator.Act{Verdict: quartet.Mismatch}}, {Act: simulator.Act{Verdict: quartet.Undetermined}}}
	for _, fault := range simulator.Faults() {
		acts = append(acts, act{Act: simulator.Act{Fault: fault}})
	}
	return acts
}

// written are the forms in which an element may be written.
func written(element string) []string {
	sum := md5.Sum([]byte(element))
	return []string{
		element, hex.EncodeToString([]byte(element)), strings.ToUpper(hex.EncodeToString([]byte(element))),
		base64.StdEncoding.EncodeToString([]byte(element)), hex.EncodeToString(sum[:]),
	}
}

// dishonest are answers with elements in place of a number, a result, and a code: each
// element that the supplier is told, in clear, and in one of the other forms in turn.
func (e echo) dishonest() []act {
	told := []func(person) string{
		func(p person) string { return p.AccNo }, func(p person) string { return p.Name }, func(p person) string { return p.IDCard },
	}
	if strings.Contains(e.need, "mobile") {
		told = append(told, func(p person) string { return p.Mobile })
	}
	var acts []act
	for i, answer := range []string{
		`{"error_code":0,"result":{"jobid":%q,"res":"1","result":"T"}}`,
		`{"error_code":0,"reason":%[1]q,"result":{"jobid":%[1]q,"res":%[1]q,"result":%[1]q}}`,
		`{"error_code":%q,"reason":"失败","result":null}`,
	} {
		for j, element := range told {
			for _, form := range []int{0, 1 + (i+j)%4} {
				acts = append(acts, act{answer: func(p person) string { return fmt.Sprintf(answer, written(element(p))[form]) }})
			}
		}
	}
	return acts
}

// serve answers about each person by an act, and says whom it was asked about.
func (e echo) serve(t *testing.T, people []person, acts []act) (server *httptest.Server, asked *sync.Map) {
	t.Helper()
	s, err := simulator.New(e.contract, simulator.Script{}, map[string]string{"key": "k-1"})
	if err != nil {
		t.Fatal(err)
	}
	spoilt, asked := map[string]string{}, &sync.Map{}
	for i, a := range acts {
		if a.answer != nil {
			spoilt[people[i].AccNo] = a.answer(people[i])
		} else {
			s.Set(people[i].AccNo, a.Act)
		}
	}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		card := r.URL.Query().Get(e.card)
		asked.Store(card, true)
		if answer := spoilt[card]; answer != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(answer))
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server, asked
}

func (e echo) leaveNothing(t *testing.T) {
	acts := append(honest(), e.dishonest()...)
	people := citizens(t, len(acts)*2)[:len(acts)+1] // the last one is asked about when nobody is there
	server, asked := e.serve(t, people, acts)
	dir, env := folder(t), environ(loudest, guardOff, "QUARTET_DEADLINE=8s")
	appcode := openAccount(t, dir, env, "buyer", 1000)
	e.hire(t, dir, env, server.URL)
	n := startServe(t, dir, env)
	results, all := make([]string, len(people)), sync.WaitGroup{}
	ask := func(i int) {
		r, err := http.NewRequest(http.MethodPost, n.url+"/echo", strings.NewReader(people[i].form().Encode()))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "APPCODE "+appcode)
		a, err := newClient(n.url, appcode).send(r)
		if err != nil {
			t.Error(err)
			return
		}
		people[i].unknownTo(t, a)
		results[i] = a.result()
	}
	for i := range acts {
		all.Go(func() { ask(i) })
	}
	all.Wait()
	for i := range acts {
		if _, ok := asked.Load(people[i].AccNo); !ok {
			t.Errorf("the supplier was not asked about person %d, who was answered %s", i, results[i])
		}
	}
	server.Close()
	ask(len(acts))
	for _, want := range []string{"1", "2", "3", "10002", "10003", "10007", "10013", "10015", "10016", "10017", "10018", "10020"} {
		if !slices.Contains(results, want) {
			t.Errorf("nobody was answered %s: %v", want, results)
		}
	}
	left := n.told(t, dir, env, len(people))
	n.kill() // what a crash leaves counts as well
	maps.Copy(left, readTree(t, filepath.Dir(dir)))
	left["the log"] = n.log.String()
	if strings.Count(left["the log"], `"msg":"call"`) == 0 || len(left) < len(people)+10 {
		t.Errorf("there is too little to search: %d places", len(left))
	}
	search(t, left, people)
}

// hire sells a product that asks this supplier alone.
func (e echo) hire(t *testing.T, dir string, env []string, url string) {
	t.Helper()
	manifest, err := httpjson.ShippedManifest(e.contract)
	if err != nil {
		t.Fatal(err)
	}
	spec, secret := filepath.Join(t.TempDir(), "echo.yaml"), filepath.Join(t.TempDir(), "echo.secret.yaml")
	here := regexp.MustCompile(`(?m)^url: \S+`).ReplaceAll(manifest, []byte("url: "+url))
	for path, text := range map[string][]byte{spec: here, secret: []byte("key: k-1\n")} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(t, env, "product", "add", "echo", "--path", "/echo", "--name", "echo", "--need", e.need, "--detail", "element", "--data", dir)
	must(t, env, "source", "add", "echo", "--kind", "httpjson", "--spec", spec, "--credentials", secret, "--price", "0.12", "--failures", "1000000", "--data", dir)
	must(t, env, "source", "disable", "registry", "--data", dir)
}

// told is what a running node tells of its calls and of its supplier.
func (n *node) told(t *testing.T, dir string, env []string, calls int) map[string]string {
	t.Helper()
	left := map[string]string{"the metrics": get(t, n.admin+"/metrics")}
	for _, list := range []string{"call list", "source list", "source show echo", "audit list", "report margin --by source", "quota show"} {
		words := append(strings.Fields(list), "--data", dir)
		left["quartet "+list] = must(t, env, words...)
		if list != "source show echo" {
			left["quartet "+list+" --json"] = must(t, env, append(words, "--json")...)
		}
	}
	rows, shown := lines[row](t, left["quartet call list --json"]), 0
	for _, r := range rows {
		text := must(t, env, "call", "show", r.SeqNo, "--data", dir)
		left["quartet call show "+r.SeqNo] = text
		if regexp.MustCompile(`(?m)^echo +only one `).MatchString(text) {
			shown++
		}
	}
	if len(rows) != calls || shown != calls {
		t.Errorf("%d calls, %d of them show whom they were with and why; want %d", len(rows), shown, calls)
	}
	return left
}
