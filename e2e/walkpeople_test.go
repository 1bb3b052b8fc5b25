package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// given is the password of an operator whom somebody else added, until it is changed.
const given = "five other words in a row"

// operator is one of the house, with an authenticator app.
type operator struct {
	*visitor

	name, secret string
}

func (w *walk) operator(name string) *operator { return &operator{w.node.visitor(), name, ""} }

// staff adds two administrators on the command line, and the others by them.
func (w *walk) staff(s *steps) {
	if w.zhang.secret == "" {
		w.founds(s, words+"\n", w.zhang.name)
		w.founds(s, words+"\n"+given+"\n", w.chen.name, "--role", "administrator", "--as", w.zhang.name)
	}
	w.enter(s, w.zhang)
	w.enter(s, w.chen)
	type person struct {
		ID, Name, Role string
	}
	var roster struct{ Items []person }
	s.ask(w.zhang.visitor, http.StatusOK, http.MethodGet, "/operators", nil, &roster)
	for _, o := range []struct {
		*operator
		role string
	}{{w.li, "treasurer"}, {w.zhao, "treasurer"}, {w.wang, "support"}} {
		var one person
		if i := slices.IndexFunc(roster.Items, func(is person) bool { return is.Name == o.name }); i >= 0 {
			one = roster.Items[i]
		} else {
			s.ask(w.zhang.visitor, http.StatusCreated, http.MethodPost, "/operators", map[string]string{"name": o.name, "role": o.role, "password": given}, &one)
		}
		if one.Role == "" { // who moves money waits for the word of another administrator
			confirmation := "/operators/" + one.ID + "/role/confirmation"
			s.says(s.refused(w.zhang.visitor, http.StatusForbidden, http.MethodPost, confirmation, map[string]string{"role": o.role}), "another administrator")
			s.ask(w.chen.visitor, http.StatusOK, http.MethodPost, confirmation, map[string]string{"role": o.role}, nil)
		}
		w.enter(s, o.operator)
	}
}

// founds adds an operator on the command line, once. A command that the server was killed under
// may have done its work.
func (w *walk) founds(s *steps, typing, name string, more ...string) {
	if s.err != nil {
		return
	}
	args := append([]string{"operator", "add", name, "--data", w.dir}, more...)
	if _, errs, exit := typed(w.t, w.env, typing, args...); exit != 0 && !strings.Contains(must(w.t, w.env, "operator", "list", "--data", w.dir), name) {
		s.err = fmt.Errorf("%w: operator add: exit %d %s", errCut, exit, errs)
	}
}

// enter signs an operator in who is not, and sets up or proves the second factor.
func (w *walk) enter(s *steps, o *operator) {
	var session struct {
		Factor string `json:"second_factor"`
		Due    bool   `json:"password_due"`
	}
	if status, _ := s.look(o.visitor, http.MethodGet, "/session", nil, nil); status != http.StatusOK {
		if status, _ := s.look(o.visitor, http.MethodPost, "/session/operator", map[string]string{"name": o.name, "password": words}, nil); s.err == nil && status != http.StatusNoContent {
			s.ask(o.visitor, http.StatusNoContent, http.MethodPost, "/session/operator", map[string]string{"name": o.name, "password": given}, nil)
		}
	}
	s.ask(o.visitor, http.StatusOK, http.MethodGet, "/session", nil, &session)
	if session.Due {
		s.says(s.refused(o.visitor, http.StatusForbidden, http.MethodPost, "/session/operator/enrolment", nil), "somebody else gave you your password")
		s.ask(o.visitor, http.StatusNoContent, http.MethodPut, "/session/operator/password", map[string]string{"password": given, "new_password": words}, nil)
	}
	switch session.Factor {
	case "enrol":
		s.says(s.refused(o.visitor, http.StatusForbidden, http.MethodGet, "/jobs", nil), "second factor")
		var begun struct{ Ticket, Secret string }
		s.ask(o.visitor, http.StatusOK, http.MethodPost, "/session/operator/enrolment", nil, &begun)
		if s.err != nil {
			return
		}
		o.secret = begun.Secret
		s.ask(o.visitor, http.StatusOK, http.MethodPut, "/session/operator/enrolment", map[string]string{"ticket": begun.Ticket, "code": o.code(s, 0)}, nil)
	case "needed":
		// The code of this half minute may be used; the next one is taken as well.
		for _, ahead := range []time.Duration{0, 30 * time.Second} {
			if status, _ := s.look(o.visitor, http.MethodPost, "/session/operator/factor", map[string]string{"code": o.code(s, ahead)}, nil); status == http.StatusNoContent {
				break
			}
		}
	}
	s.ask(o.visitor, http.StatusOK, http.MethodGet, "/session", nil, &session)
	want(s, o.name+"'s second factor", session.Factor, "proved")
}

func (o *operator) code(s *steps, ahead time.Duration) string {
	code, err := totp.GenerateCode(o.secret, time.Now().Add(ahead))
	if err != nil && s.err == nil {
		s.err = err
	}
	return code
}

// customer is a person who owns an account.
type customer struct {
	*visitor

	address, account string
}

func (w *walk) customer(name string) *customer {
	return &customer{visitor: w.node.visitor(), address: name + "@example.com"}
}

// register registers somebody by a code that comes by mail, unless that was done.
func (w *walk) register(s *steps, c *customer) {
	if status, _ := s.look(c.visitor, http.MethodPost, "/session", map[string]string{"address": c.address, "password": words}, nil); s.err == nil && status != http.StatusNoContent {
		var asked struct{ ID string }
		_, came := w.mail.newest(c.address)
		s.ask(c.visitor, http.StatusCreated, http.MethodPost, "/codes", map[string]string{"purpose": "signup", "address": c.address}, &asked)
		digits := ""
		s.wait("a code by mail", func() bool {
			code, count := w.mail.newest(c.address)
			digits = code
			s.alive()
			return count > came
		})
		s.ask(c.visitor, http.StatusNoContent, http.MethodPost, "/people", map[string]string{
			"code": asked.ID, "digits": digits, "name": "买家", "password": words, "account_name": c.address,
		}, nil)
	}
	var session struct {
		Account string `json:"account_id"`
		Role    string
	}
	s.ask(c.visitor, http.StatusOK, http.MethodGet, "/session", nil, &session)
	want(s, "role", session.Role, "owner")
	c.account = session.Account
}

// alive ends a wait for something that a server which was killed does not do.
func (s *steps) alive() {
	select {
	case <-s.w.node.ended:
		if s.err == nil {
			s.err = errCut
		}
	default:
	}
}

const (
	firmName = "测试贸易有限公司"
	firmCode = "91350100M000100Y43"
)

type firmState struct {
	ID, State string
	Sound     bool `json:"credit_code_sound"`
}

// proveFirm says which firm an account is, and submits it.
func (w *walk) proveFirm(s *steps, c *customer) {
	at := "/accounts/" + c.account + "/firm"
	var firm firmState
	if status, _ := s.look(c.visitor, http.MethodGet, at, nil, &firm); status == http.StatusNotFound || firm.State == "draft" {
		s.ask(c.visitor, http.StatusOK, http.MethodPut, at, map[string]any{
			"name": firmName, "credit_code": firmCode, "scene": "发放工资前核对收款人", "purposes": []string{"payroll"},
			"contact": map[string]string{"name": "张三丰", "mobile": "13900000001"},
		}, nil)
		s.ask(c.visitor, http.StatusOK, http.MethodPut, at+"/licence", licence(w.t), nil)
		s.ask(c.visitor, http.StatusOK, http.MethodPost, at+"/submission", nil, &firm)
		want(s, "the application", firm.State, "submitted")
	}
}

// licence is the scan of a licence that was made up.
func licence(t *testing.T) file {
	t.Helper()
	scan, err := os.ReadFile("../testdata/licence.png")
	if err != nil {
		t.Fatal(err)
	}
	return scan
}

// approve lets support say that an account is its firm.
func (w *walk) approve(s *steps, c *customer) {
	var firm firmState
	s.ask(c.visitor, http.StatusOK, http.MethodGet, "/accounts/"+c.account+"/firm", nil, &firm)
	if firm.State == "submitted" {
		at := "/firm-applications/" + firm.ID
		s.ask(w.wang.visitor, http.StatusOK, http.MethodPost, at+"/contact", map[string]string{"reason": "to review the firm"}, nil)
		s.says(s.refused(w.li.visitor, http.StatusForbidden, http.MethodPost, at+"/approval", map[string]bool{}), "role")
		s.ask(w.wang.visitor, http.StatusOK, http.MethodPost, at+"/approval", map[string]bool{"override": !firm.Sound}, &firm)
	}
	want(s, "the application", firm.State, "approved")
}

// refused is what is said to somebody who may not.
func (s *steps) refused(v *visitor, status int, method, path string, body any) string {
	got, text := s.look(v, method, path, body, nil)
	want(s, method+" "+path, got, status)
	return text
}
