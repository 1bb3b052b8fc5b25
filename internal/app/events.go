package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/firm"
	"quartet/internal/pay"
	"quartet/internal/pay/practice"
	"quartet/internal/person"
	"quartet/internal/story"
)

// Who acts for the house in a story, as the audit names them.
const (
	storyDoor  = "quartet demo"
	storyClerk = "quartet demo"
)

// events are what happens beside the calls. day counts from the first day of the story.
func (n *narrator) events() []scene {
	var list []scene
	on := func(day int, clock time.Duration, what string, tell func(context.Context) error) {
		list = append(list, scene{n.first.AddDate(0, 0, day).Add(clock), what, tell})
	}
	for _, b := range n.buyers {
		on(b.Begins, clock(8, 31), b.Name+" comes", func(ctx context.Context) error { return n.comes(ctx, b) })
		on(b.Begins, clock(8, 40), b.Name+" proves its firm", func(ctx context.Context) error { return n.proves(ctx, b) })
		on(b.Begins, clock(8, 47), b.Name+" is approved", func(ctx context.Context) error { return n.approves(ctx, b) })
		on(b.Begins, clock(8, 55), b.Name+" makes credentials", func(ctx context.Context) error { return n.equips(ctx, b) })
	}
	buys := func(buyer, day int, at time.Duration, plan string, renews int) {
		b := n.buyers[buyer]
		on(day, at, b.Name+" buys "+plan, func(ctx context.Context) error { return n.buys(ctx, b, plan, renews) })
	}
	buys(0, 0, clock(8, 58), "1887-1200", none)
	buys(0, 5, clock(10, 12), "1887-6000", none)
	buys(0, 53, clock(9, 40), "1887-6000", 1) // when hardly any unit is left
	buys(1, 4, clock(8, 59), "1887-6000", none)
	buys(1, 20, clock(11, 5), "1887-1200", none)
	buys(2, 19, clock(8, 58), "1887-1200", none)
	on(20, clock(14, 30), "a refund", func(ctx context.Context) error {
		return n.givesBack(ctx, n.buyers[1], 1, "重复下单，申请退回第二笔")
	})
	on(0, clock(8, 0), "operators", n.operators)
	return append(append(list, n.words()...), n.undone()...)
}

// operators are those who run the house. Each has chosen the password, as the house wants it.
func (n *narrator) operators(ctx context.Context) error {
	there, err := n.Operators.List(ctx)
	if err != nil {
		return err
	}
	for _, o := range story.Operators() {
		at := slices.IndexFunc(there, func(known quartet.Operator) bool { return known.Name == o.Name })
		if at >= 0 && !there[at].PasswordGiven {
			continue
		}
		if at < 0 {
			if _, err := n.Operators.Add(ctx, storyDoor, o.Name, quartet.Role(o.Role), rand.Text()); err != nil {
				return err
			}
		}
		if err := n.Operators.SetPassword(ctx, o.Name, o.Name, story.Password); err != nil {
			return err
		}
	}
	return nil
}

func clock(hour, minute int) time.Duration {
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
}

// comes registers the person of a buyer, with the account.
func (n *narrator) comes(ctx context.Context, b story.Buyer) error {
	asked, err := n.people.AskToRegister(ctx, storyDoor, b.Email)
	if err != nil {
		return err
	}
	_, m, err := n.people.Register(ctx, storyDoor, person.Registration{
		Code: asked.ID, Digits: n.letters.code, Name: b.Person, Password: story.Password, Account: b.Name,
	})
	if err == nil {
		n.accounts[b.Name] = m.Account
	}
	return err
}

// proves has a buyer say which firm it is.
func (n *narrator) proves(ctx context.Context, b story.Buyer) error {
	account, by, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	if _, err := n.Firms.Save(ctx, person.By(by), account, firm.Draft{
		Name: b.Name, Code: b.Code, Scene: b.Scene, Purposes: []string{b.Purpose}, Contact: firm.Contact{Name: b.Person, Email: b.Email},
	}); err != nil {
		return err
	}
	sheet, err := story.Sheet()
	if err != nil {
		return err
	}
	if _, err := n.Firms.Attach(ctx, person.By(by), account, sheet); err != nil {
		return err
	}
	_, err = n.Firms.Submit(ctx, person.By(by), account)
	return err
}

// approves lets the house approve the firm of a buyer.
func (n *narrator) approves(ctx context.Context, b story.Buyer) error {
	list, err := n.Firms.List(ctx, n.account(ctx, b), "", "", 1)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return quartet.Errorf(quartet.ErrNotFound, "%s never applied", b.Name)
	}
	_, err = n.Firms.Approve(ctx, storyClerk, list[0].ID, false)
	return err
}

// equips gives a buyer its credentials, and one for the sandbox.
func (n *narrator) equips(ctx context.Context, b story.Buyer) error {
	account, by, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	for i, name := range b.Credentials {
		kind := quartet.KindAppCode
		if i == 1 {
			kind = quartet.KindAppKey
		}
		if _, _, err := n.Desk.Issue(ctx, person.By(by), account, quartet.Credential{Kind: kind, Name: name}); err != nil {
			return err
		}
	}
	_, _, err = n.Desk.Issue(ctx, person.By(by), account, quartet.Credential{Kind: quartet.KindAppCode, Name: "沙箱", Test: true})
	return err
}

// who is the account of a buyer, and its person.
func (n *narrator) who(ctx context.Context, b story.Buyer) (account, id string, err error) {
	account = n.account(ctx, b)
	if account == "" {
		return "", "", quartet.Errorf(quartet.ErrNotFound, "%s did not come", b.Name)
	}
	members, err := n.People.Members(ctx, account)
	if err != nil {
		return "", "", err
	}
	if len(members) == 0 {
		return "", "", quartet.Errorf(quartet.ErrNotFound, "%s has no people", b.Name)
	}
	return account, members[0].ID, nil
}

// none says that an order renews nothing.
const none = -1

// bought are the orders of a buyer, oldest first.
func (n *narrator) bought(ctx context.Context, account string) ([]quartet.Order, error) {
	list, err := n.Billing.Orders(ctx, account, "", "", 100)
	slices.SortFunc(list, func(a, b quartet.Order) int { return a.Created.Compare(b.Created) })
	return list, err
}

// order is one of them.
func (n *narrator) order(ctx context.Context, account string, place int) (quartet.Order, error) {
	list, err := n.bought(ctx, account)
	if err == nil && place >= len(list) {
		err = quartet.Errorf(quartet.ErrNotFound, "order %d of %s was never placed", place, account)
	}
	if err != nil {
		return quartet.Order{}, err
	}
	return list[place], nil
}

// buys orders a plan and pays it by practice; renews is the place of the order whose units live
// on with it.
func (n *narrator) buys(ctx context.Context, b story.Buyer, plan string, renews int) error {
	account, id, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	w := billing.Purchase{Account: account, Person: id, Plan: plan}
	if renews != none {
		old, err := n.order(ctx, account, renews)
		if err != nil {
			return err
		}
		w.Renews = old.Grant
	}
	o, err := n.Billing.Order(ctx, person.By(id), w)
	if err != nil {
		return err
	}
	m, err := n.Billing.BeginPayment(ctx, person.By(id), o.ID, practice.Name, "page")
	if err != nil {
		return err
	}
	n.clock.set(n.clock.now().Add(70 * time.Second)) // somebody looks for their telephone
	at := n.clock.now()
	if err := n.app.rehearsal.Enact(pay.Attempt{Payment: m.ID, Method: "page", Subject: o.PlanName, Amount: o.Amount, PayBy: o.PayBy}, at); err != nil {
		return err
	}
	_, err = n.Billing.Receive(ctx, practice.Name, billing.Money{Payment: m.ID, Reference: "practice-" + m.ID, Received: o.Amount, At: at})
	return err
}

// givesBack refunds an order.
func (n *narrator) givesBack(ctx context.Context, b story.Buyer, place int, why string) error {
	account, id, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	o, err := n.order(ctx, account, place)
	if err != nil {
		return err
	}
	r, err := n.Billing.AskRefund(ctx, person.By(id), account, o.ID, why)
	if err != nil {
		return err
	}
	n.clock.set(n.clock.now().Add(47 * time.Minute))
	if _, err := n.Billing.ApproveRefund(ctx, storyClerk, r.ID); err != nil {
		return err
	}
	n.clock.set(n.clock.now().Add(3 * time.Second))
	if err := n.Billing.Drain(ctx, r.ID); err != nil {
		return err
	}
	if r, err = n.Billing.Refund(ctx, r.ID); err != nil {
		return err
	}
	if r.State != quartet.RefundSending {
		return fmt.Errorf("the refund is %s", r.State)
	}
	back := n.app.rehearsal.EnactReturn(pay.Return{Refund: r.ID, Payment: r.Payment, Amount: r.Amount}, n.clock.now())
	return errors.Join(back, n.Billing.Refunded(ctx, practice.Name, r.ID, "practice-"+r.ID))
}
