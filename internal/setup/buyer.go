package setup

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/quota"
)

const (
	firstUnits = "100"
	validYears = 2
)

// served tells what a buyer has.
type served struct {
	account quartet.Account
	units   int64
	appcode bool
}

func (b *served) complete() bool { return b.units > 0 && b.appcode }

// buyers gives the first buyer who lacks nothing, and those whom an earlier run may have left
// without units or an AppCode, oldest first. An account with members belongs to somebody who
// registered in the shop or was invited, and one that is suspended is so for a reason: neither
// is given anything here.
func (s *Setup) buyers(ctx context.Context) (whole *served, begun []served, err error) {
	h, err := s.house(ctx)
	if err != nil {
		return nil, nil, err
	}
	list, err := h.Desk.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range list {
		one := served{account: a}
		grants, err := h.Store.Grants(ctx, a.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, g := range grants {
			one.units += g.Units
		}
		credentials, err := h.Desk.Credentials(ctx, a.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range credentials {
			one.appcode = one.appcode || !c.Test && !c.Revoked()
		}
		if one.complete() {
			return &one, nil, nil
		}
		members, err := h.Store.Members(ctx, a.ID)
		if err != nil {
			return nil, nil, err
		}
		if len(members) == 0 && !a.Suspended() {
			begun = append(begun, one)
		}
	}
	return nil, begun, nil
}

// named is the one of the buyers who were begun that a name or an id means; else a new one.
func named(begun []served, name string) served {
	name = strings.TrimSpace(name)
	for _, one := range begun {
		if name == one.account.Name || name == one.account.ID {
			return one
		}
	}
	return served{}
}

func (s *Setup) buyerState(ctx context.Context) (State, error) {
	b, _, err := s.buyers(ctx)
	if err != nil || b == nil {
		return State{}, err
	}
	return State{Done: true, Facts: []Text{
		say("买家 %s（%s），额度 %d", "buyer %s (%s), %d units", b.account.Name, b.account.ID, b.units),
		say("凭证已发出；quartet credential list 列出，quartet credential show ID 再次显示", "its credential was handed out; quartet credential list has it, quartet credential show ID shows it again"),
	}}, nil
}

func (s *Setup) askBuyer(ctx context.Context, given Answers) ([]Question, error) {
	_, begun, err := s.buyers(ctx)
	if err != nil {
		return nil, err
	}
	var list []Question
	name, answered := given["name"]
	if !answered {
		q := Question{Key: "name", Text: say("买家名称", "Name of the buyer"), Help: say("公司或业务线", "a firm, or a line of business")}
		if len(begun) > 0 {
			a := begun[0].account
			q.Default, q.Help = a.Name, say("%s（账户 %s）已开户，缺额度或凭证：填它就补上；填别的名称则另开一户", "%s (account %s) is there and lacks units or a credential: its name gives them to it, another name opens another account", a.Name, a.ID)
			return []Question{q}, nil // what is asked next hangs on it
		}
		list = append(list, q)
	}
	b := named(begun, name)
	if _, answered := given["units"]; !answered && b.units == 0 {
		q := Question{Key: "units", Text: say("赠送的额度（次）", "Units to give"), Default: firstUnits}
		if b.account.ID != "" {
			q.Help = say("给已有的账户 %s（%s）", "to the account %s (%s), which is there", b.account.ID, b.account.Name)
		}
		list = append(list, q)
	}
	return list, nil
}

// actBuyer makes what is missing, each in an act of its own, so that a run that was killed
// between two of them gives nothing twice.
func (s *Setup) actBuyer(ctx context.Context, given Answers) (Outcome, error) {
	_, begun, err := s.buyers(ctx)
	if err != nil {
		return Outcome{}, err
	}
	h, b := s.open, named(begun, given["name"])
	units, err := strconv.ParseInt(strings.TrimSpace(given["units"]), 10, 64)
	if b.units == 0 && (err != nil || units < 1 || units > quota.MaxUnits) {
		return Outcome{}, refuse("units", "额度须为 1 至 %d 的整数", "units are a whole number from 1 to %d", int64(quota.MaxUnits))
	}
	var out Outcome
	if b.account.ID == "" {
		if _, err := account.Draft(given["name"], h.Now()); err != nil {
			return Outcome{}, &Refusal{Text: Text{"买家名称须为 1 至 100 个字符", err.Error()}, Field: "name", Cause: err}
		}
		if b.account, err = h.Desk.Open(ctx, s.o.By, "", given["name"]); err != nil {
			return Outcome{}, because("name", "无法开户", err)
		}
		out.Said = append(out.Said, say("买家 %s 已开户，账户 %s", "opened account %[2]s for %[1]s", b.account.Name, b.account.ID))
	} else {
		out.Said = append(out.Said, say("已有的买家 %s（账户 %s）：补上了所缺的", "the buyer %s (account %s) was there and was given what it lacked", b.account.Name, b.account.ID))
	}
	if b.units == 0 {
		id, err := uuid.NewV7()
		if err != nil {
			return Outcome{}, err
		}
		now := h.Now()
		if err := h.Ledger.Give(ctx, quartet.Grant{
			ID: id.String(), Account: b.account.ID, Units: units, Origin: "gift", CreatedAt: now, ExpiresAt: quartet.ValidUntil(now, 12*validYears),
		}, "units of the first buyer, given by "+s.o.By); err != nil {
			return Outcome{}, err
		}
	}
	if b.appcode {
		return out, h.Changed(ctx)
	}
	c, secret, err := h.Desk.Issue(ctx, s.o.By, b.account.ID, quartet.Credential{Kind: quartet.KindAppCode})
	if err != nil {
		return Outcome{}, err
	}
	out.Once = []Shown{{Text: say("AppCode：请交给买家（再次显示：quartet credential show %s）", "AppCode: hand it to the buyer (quartet credential show %s shows it again)", c.ID), Lines: []string{secret}}}
	return out, h.Changed(ctx)
}
