package console

import (
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// ProofPage asks for the password again before something that it guards, and sends along what
// was asked for.
type ProofPage struct {
	To     string
	Fields []kept
}

// kept is a field of the form that waits for the proof.
type kept struct{ Name, Value string }

func (ProofPage) template() string { return "proof" }
func (ProofPage) title() string    { return "确认密码" }

// proofField is the password on that page. It is no name of the API.
const proofField = "_password"

// prove proves the password if the form brings one, and takes it out of the form.
func (v *visit) prove() error {
	if !v.form.Values.Has(proofField) {
		return nil
	}
	password := v.form.Values.Get(proofField)
	v.form.Values.Del(proofField)
	return v.post(proofPath, map[string]string{"password": password}, nil)
}

// askProof shows the page that asks; err is why the last proof was refused.
func (c *Console) askProof(v *visit, err error) {
	p := ProofPage{To: v.r.URL.RequestURI(), Fields: keptOf(v.form.Values)}
	v.form = form{Values: url.Values{}}
	status := http.StatusOK
	if problem := problemOf(err); problem != nil {
		v.form.refuse(v, problem)
		status = http.StatusForbidden
	} else if err != nil {
		c.refused(v, err)
		return
	}
	c.render(v, status, p)
}

func keptOf(values url.Values) []kept {
	var list []kept
	for name, all := range values {
		if name == proofField || strings.Contains(name, "password") {
			continue // no password is written into a page
		}
		for _, value := range all {
			list = append(list, kept{name, value})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}
