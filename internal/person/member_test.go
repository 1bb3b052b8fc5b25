package person_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/person"
)

func TestInvite_LeadsOneAddressToOnePlaceOnce(t *testing.T) {
	d := newDesk(t)
	p, m := d.register(t, "zhang@example.com", "张三丰")
	q, _ := d.register(t, "wang@example.com", "王芳")
	r, _ := d.register(t, "li@example.com", "李四光")
	_, err := d.Invite(t.Context(), p.ID, m.Account, "wang@example.com", quartet.RoleSupport)
	wantCode(t, "a role of the house", err, quartet.ErrInvalid)
	_, err = d.Invite(t.Context(), p.ID, m.Account, "zhang@example.com", quartet.RoleReader)
	wantCode(t, "who is there already", err, quartet.ErrConflict)
	offer, err := d.Invite(t.Context(), p.ID, m.Account, "Wang@example.com", quartet.RoleFinance)
	must(t, err)
	d.wantAudit(t, "person "+p.ID+"|invitation.send|"+offer.ID+`|w***@example.com||{"account":"`+m.Account+`","address":"w***@example.com","role":"finance"}`)
	if text, _ := d.lastMail(t, "wang@example.com"); !strings.Contains(text, "四要素的一位客户邀请您以财务身份加入") || !strings.Contains(text, "请打开 "+site+"/sign-up?invitation="+offer.ID+" 用本地址注册") {
		t.Errorf("told %q", text)
	}
	if list, err := d.OffersTo(t.Context(), q.ID); err != nil || len(list) != 1 || list[0].ID != offer.ID || list[0].Name != "张三丰的公司" || list[0].To.String() != "w***@example.com" {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = d.Accept(t.Context(), r.ID, offer.ID)
	wantCode(t, "somebody else", err, quartet.ErrNotFound)
	d.wantAudit(t, "person "+r.ID+"|invitation.refused|"+offer.ID)
	place, err := d.Accept(t.Context(), q.ID, offer.ID)
	if err != nil || place.Account != m.Account || place.Role != quartet.RoleFinance {
		t.Errorf("%+v, %v", place, err)
	}
	_, err = d.Accept(t.Context(), q.ID, offer.ID)
	wantCode(t, "twice", err, quartet.ErrConflict)
	if places, err := d.Memberships(t.Context(), q.ID); err != nil || len(places) != 2 {
		t.Errorf("%+v, %v", places, err)
	}
	list, err := d.Members(t.Context(), m.Account)
	if err != nil || len(list) != 2 || list[1].Name != "王芳" || list[1].Email.String() != "w***@example.com" || list[1].Role != quartet.RoleFinance {
		t.Errorf("%+v, %v", list, err)
	}

	offer, err = d.Invite(t.Context(), p.ID, m.Account, "li@example.com", quartet.RoleReader)
	must(t, err)
	wantCode(t, "withdrawn elsewhere", d.Withdraw(t.Context(), "x", place.Account+"x", offer.ID), quartet.ErrNotFound)
	must(t, d.Withdraw(t.Context(), person.By(p.ID), m.Account, offer.ID))
	_, err = d.Accept(t.Context(), r.ID, offer.ID)
	wantCode(t, "withdrawn", err, quartet.ErrConflict)
	offer, err = d.Invite(t.Context(), p.ID, m.Account, "li@example.com", quartet.RoleReader)
	must(t, err)
	d.now = d.now.Add(7 * 24 * time.Hour)
	_, err = d.Accept(t.Context(), r.ID, offer.ID)
	wantCode(t, "after seven days", err, quartet.ErrConflict)
	if offers, err := d.Offers(t.Context(), m.Account); err != nil || len(offers) != 3 {
		t.Errorf("%+v, %v", offers, err)
	}
}

func TestRegister_TakesThePlaceOfAnInvitation(t *testing.T) {
	d := newDesk(t)
	p, m := d.register(t, "zhang@example.com", "张三丰")
	offer, err := d.Invite(t.Context(), p.ID, m.Account, "13900000002", quartet.RoleDeveloper)
	must(t, err)
	r := person.Registration{Name: "李四光", Password: password, Invitation: offer.ID}
	prove := func(address string) {
		t.Helper()
		asked, err := d.AskToRegister(t.Context(), door, address)
		must(t, err)
		d.deliver(t)
		r.Code = asked.ID
		if r.Digits = d.texts[len(d.texts)-1].Code; asked.Address.Channel() == quartet.ChannelEmail {
			_, r.Digits = d.lastMail(t, address)
		}
	}
	prove("li@example.com")
	_, _, err = d.Register(t.Context(), door, r)
	wantCode(t, "from another address", err, quartet.ErrNotFound)
	prove("13900000002")
	q, place, err := d.Register(t.Context(), door, r)
	if err != nil || place.Account != m.Account || place.Role != quartet.RoleDeveloper {
		t.Fatalf("%+v, %v", place, err)
	}
	if places, err := d.Memberships(t.Context(), q.ID); err != nil || len(places) != 1 {
		t.Errorf("%+v, %v", places, err)
	}
	if accounts, err := d.store.Accounts(t.Context()); err != nil || len(accounts) != 1 {
		t.Errorf("%+v, %v", accounts, err)
	}
}

func TestSetRole_TellsWhatWasBefore(t *testing.T) {
	d := newDesk(t)
	p, m := d.register(t, "zhang@example.com", "张三丰")
	q, other := d.register(t, "wang@example.com", "王芳")
	_, err := d.SetRole(t.Context(), "x", m.Account, p.ID, "king")
	wantCode(t, "no role", err, quartet.ErrInvalid)
	_, err = d.SetRole(t.Context(), "x", m.Account, q.ID, quartet.RoleReader)
	wantCode(t, "somebody of another account", err, quartet.ErrNotFound)
	_, err = d.SetRole(t.Context(), "x", m.Account, p.ID, quartet.RoleReader)
	wantCode(t, "the last owner", err, quartet.ErrConflict)
	wantCode(t, "the last owner leaves", d.Remove(t.Context(), "x", m.Account, p.ID), quartet.ErrConflict)
	offer, err := d.Invite(t.Context(), p.ID, m.Account, "wang@example.com", quartet.RoleOwner)
	must(t, err)
	_, err = d.Accept(t.Context(), q.ID, offer.ID)
	must(t, err)
	_, err = d.SetRole(t.Context(), person.By(q.ID), m.Account, p.ID, quartet.RoleReader)
	must(t, err)
	d.wantAudit(t, "person "+q.ID+"|member.role|"+p.ID+`|z***@example.com|{"account":"`+m.Account+`","role":"owner"}|{"account":"`+m.Account+`","address":"z***@example.com","role":"reader"}`)
	must(t, d.Remove(t.Context(), person.By(p.ID), m.Account, p.ID))
	d.wantAudit(t, "member.remove|"+p.ID+`|z***@example.com|{"account":"`+m.Account+`","address":"z***@example.com"`)
	if s, err := d.Standing(t.Context(), quartet.Session{Who: p.ID, Account: m.Account}); err != nil || s.Role != "" {
		t.Errorf("%+v, %v", s, err)
	}
	wantCode(t, "left before", d.Remove(t.Context(), "x", m.Account, p.ID), quartet.ErrNotFound)
	wantCode(t, "the owner of another account", d.Remove(t.Context(), "x", other.Account, q.ID), quartet.ErrConflict)
}

// TestMembers_AlwaysHaveAnOwner lets people give and take roles at random: whatever they do,
// somebody who may sign in owns the account.
func TestMembers_AlwaysHaveAnOwner(t *testing.T) {
	d := newDesk(t)
	p, m := d.register(t, "zhang@example.com", "张三丰")
	people := []quartet.Person{p}
	for _, address := range []string{"wang@example.com", "li@example.com"} {
		q, _ := d.register(t, address, address[:2])
		offer, err := d.Invite(t.Context(), p.ID, m.Account, address, quartet.RoleReader)
		must(t, err)
		_, err = d.Accept(t.Context(), q.ID, offer.ID)
		must(t, err)
		people = append(people, q)
	}
	roles := []quartet.Role{quartet.RoleOwner, quartet.RoleDeveloper, quartet.RoleFinance, quartet.RoleReader}
	rapid.Check(t, func(rt *rapid.T) {
		who := people[rapid.IntRange(0, 2).Draw(rt, "who")]
		_, err := d.SetRole(t.Context(), "x", m.Account, who.ID, rapid.SampledFrom(roles).Draw(rt, "role"))
		if code := quartet.CodeOf(err); code != "" && code != quartet.ErrConflict {
			rt.Fatal(err)
		}
		list, err := d.store.Members(t.Context(), m.Account)
		if err != nil {
			rt.Fatal(err)
		}
		owners := 0
		for _, m := range list {
			if m.Role == quartet.RoleOwner {
				owners++
			}
		}
		if owners == 0 {
			rt.Fatalf("nobody owns it: %+v", list)
		}
	})
}
