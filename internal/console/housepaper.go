package console

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"quartet"
)

// paperKinds are the files of an invoice, the original first.
var paperKinds = []string{"xml", "ofd", "pdf"}

// maxPaper is a little more than the API takes: what is larger by little is refused by its words.
const maxPaper = 10<<20 + 64<<10

// paperRoutes are what people do about an invoice or a red letter, which the API takes alike.
// page is the path of the page it stands on, whose last part is named; api that of its API.
func (c *Console) paperRoutes(page, api, name string, again show) {
	back := func(v *visit) string { return strings.Replace(page, "{"+name+"}", v.segment(name), 1) }
	acts := []string{"retry", "confirmation", "dispute", "approval", "rejection", "failure"}
	if name != "invoice" {
		acts = []string{"retry", "confirmation", "dispute", "withdrawal"}
	}
	for _, act := range acts {
		c.form("POST "+page+"/"+act, func(v *visit) (string, error) {
			var in any
			if act == "rejection" || act == "failure" {
				in = v.reasoned()
			}
			return v.houseAct(back(v), act, api+v.segment(name)+"/"+act, in)
		}, again)
	}
	c.form("POST "+page+"/entry", func(v *visit) (string, error) {
		in, err := v.entry()
		if err != nil {
			return "", err
		}
		return query(back(v), "done", "entry"), v.put(api+v.segment(name)+"/entry", in, nil)
	}, again)
	c.upload("POST "+page+"/files/{kind}", maxPaper, "a file of an invoice has at most 10 MiB", func(v *visit, file []byte) (string, error) {
		path := api + v.segment(name) + "/files/" + v.segment("kind")
		return query(back(v), "done", "file"), v.send(http.MethodPut, path, "application/octet-stream", bytes.NewReader(file), nil)
	}, again)
}

// entry is what stands on an invoice, as it was typed from it.
func (v *visit) entry() (map[string]any, error) {
	in := map[string]any{"number": strings.ReplaceAll(v.value("number"), " ", ""), "issued_on": v.value("issued_on")}
	for _, name := range []string{"amount_fen", "net_fen", "tax_fen"} {
		fen, err := quartet.ParseFen(strings.ReplaceAll(strings.TrimLeft(v.value(name), "¥￥"), ",", ""))
		if err != nil || fen < 0 {
			return nil, faulty(name, "write the amount in yuan, such as 500 or 500.50")
		}
		in[name] = int64(fen)
	}
	return in, nil
}

// upload is a form of the house with one file in it, "file". do hands the file on, and says
// where the browser goes then, or has answered by itself.
func (c *Console) upload(pattern string, most int64, tooLarge string, do func(*visit, []byte) (string, error), again show) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := c.newVisit(w, r)
		if to := v.houseDoor(); to != "" {
			v.redirect(to)
			return
		}
		_, file, err := v.fileOf("file", most, nil, tooLarge)
		to := ""
		if err == nil {
			to, err = do(v, file)
		}
		problem := problemOf(err)
		switch {
		case err == nil && to != "":
			v.redirect(to)
		case err == nil:
		case problem != nil && shownInForm(problem):
			v.form.Values = url.Values{"_form": {"file" + r.PathValue("kind")}}
			v.form.refuse(v, problem)
			c.answer(v, problem.Status, again)
		default:
			c.refused(v, err)
		}
	})
}
