package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/billing"
	"quartet/internal/job"
)

// Repurchases keeps what accounts want ordered by itself, and what came of it.
type Repurchases interface {
	Repurchases(ctx context.Context, account string) ([]quartet.Repurchase, error)
	PutRepurchase(ctx context.Context, r quartet.Repurchase, e quartet.AuditEntry) error
	RemoveRepurchase(ctx context.Context, account, product string, e quartet.AuditEntry) error
	BeginRepurchase(ctx context.Context, try quartet.RepurchaseTry, month time.Time) (quartet.RepurchaseTry, quartet.RepurchaseHistory, error)
	RefuseRepurchase(ctx context.Context, id, why string, told quartet.Telling) error
	Tell(ctx context.Context, t quartet.Telling) error
}

// Shop places orders.
type Shop interface {
	Order(ctx context.Context, by string, w billing.Purchase) (quartet.Order, error)
}

// JobRepurchase is the kind of the job that orders what is wanted; its key is the alert, a
// blank, and the product.
const JobRepurchase = "alert.repurchase"

const maxMonthly = 10

// Wishes lists what an account wants ordered by itself.
func (d *Desk) Wishes(ctx context.Context, account string) ([]quartet.Repurchase, error) {
	return d.o.Store.Repurchases(ctx, account)
}

// Wish lets a plan be ordered when a rule of units left fires. ErrInvalid; ErrNotFound: the
// product has no such plan.
func (d *Desk) Wish(ctx context.Context, by string, r quartet.Repurchase) (quartet.Repurchase, error) {
	if r.Monthly < 1 || r.Monthly > maxMonthly {
		return r, &quartet.Error{Code: quartet.ErrInvalid, Field: "monthly", Message: "from 1 to 10 orders a month"}
	}
	r.Created, r.By = d.o.Now(), by
	e := audit.Entry(r.Created, by, "repurchase.set", r.Account, fmt.Sprintf("product %s: plan %s, at most %d a month", r.Product, r.Plan, r.Monthly))
	e.After = audit.JSON(map[string]any{"product_id": r.Product, "plan_id": r.Plan, "monthly": r.Monthly})
	return r, d.o.Store.PutRepurchase(ctx, r, e)
}

// Unwish lets nothing of a product be ordered by itself any more. ErrNotFound.
func (d *Desk) Unwish(ctx context.Context, by, account, product string) error {
	e := audit.Entry(d.o.Now(), by, "repurchase.remove", account, "product "+product)
	e.Before = audit.JSON(map[string]string{"product_id": product})
	return d.o.Store.RemoveRepurchase(ctx, account, product, e)
}

// repurchases are the jobs that order what an alert makes due.
func (d *Desk) repurchases(ctx context.Context, a *quartet.Alert) ([]quartet.Job, error) {
	if a.Kind != quartet.AlertRemaining {
		return nil, nil
	}
	wishes, err := d.o.Store.Repurchases(ctx, a.Account)
	if err != nil {
		return nil, err
	}
	var jobs []quartet.Job
	now := d.o.Now()
	for _, w := range wishes {
		if a.Product == "" || a.Product == w.Product {
			jobs = append(jobs, job.At(JobRepurchase, a.ID+" "+w.Product, now, now))
		}
	}
	return jobs, nil
}

// Repurchase orders what is wanted when units run out, once for each alert and within bounds,
// and tells those who may buy: the handler of the job JobRepurchase. The order waits for money
// like any other.
func (d *Desk) Repurchase(ctx context.Context, key string) error {
	id, product, _ := strings.Cut(key, " ")
	a, err := d.o.Store.Alert(ctx, id)
	if err != nil {
		return err
	}
	now := d.o.Now()
	local := now.In(quartet.Shanghai)
	month := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, quartet.Shanghai)
	try, h, err := d.o.Store.BeginRepurchase(ctx, quartet.RepurchaseTry{ID: newID(), Account: a.Account, Product: product, Alert: id, State: quartet.RepurchaseTrying, At: now}, month)
	switch {
	case quartet.CodeOf(err) == quartet.ErrNotFound: // the wish is gone
		return nil
	case err != nil:
		return err
	case try.State != quartet.RepurchaseTrying: // spared, or an earlier try of this job did it
		return nil
	}
	told := func(kind, about, subject, text string) (quartet.Telling, error) {
		return d.Notice(ctx, a.Account, quartet.MayBuy, kind, about, subject, text)
	}
	placed, err := told("repurchase.placed", try.ID, "已自动下单，等待付款",
		fmt.Sprintf("产品 %s 的额度不足，已按您的设置为套餐 %s 下单。请在订单有效期内付款，逾期自动关闭，不会自动扣款。", product, h.Wish.Plan))
	if err != nil {
		return err
	}
	_, err = d.o.Shop.Order(ctx, "repurchase "+a.Account, billing.Purchase{Account: a.Account, Plan: h.Wish.Plan, Try: try.ID, Told: placed})
	if err == nil {
		return nil
	}
	e, known := errors.AsType[*quartet.Error](err)
	if !known || e.Code != quartet.ErrForbidden && e.Code != quartet.ErrConflict && e.Code != quartet.ErrNotFound && e.Code != quartet.ErrUnsupported {
		return err
	}
	refused, err := told("repurchase.refused", try.ID, "自动下单未成功", fmt.Sprintf("产品 %s 的额度不足，但按您的设置为套餐 %s 下单未成功。请检查企业认证、套餐与未付款订单后手动购买。", product, h.Wish.Plan))
	if err != nil {
		return err
	}
	if err := d.o.Store.RefuseRepurchase(ctx, try.ID, string(e.Code), refused); quartet.CodeOf(err) != quartet.ErrConflict {
		return err
	}
	return nil
}
