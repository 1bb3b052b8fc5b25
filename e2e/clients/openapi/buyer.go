package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"quartet-client/quartet"
)

const address = "generated@example.com"

// buy walks the way of a buyer: registers, proves the firm, takes the trial, orders, pays by
// practice, calls, buys again, is paid back the first order and rates the second. house is an
// administrator's client.
func buy(ctx context.Context, house *quartet.Client, t *task) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	browser, d := &http.Client{Jar: jar}, &door{}
	c, err := quartet.NewClient(t.URL, d, quartet.WithClient(browser))
	if err != nil {
		return "", err
	}
	account, err := register(ctx, c, t)
	if err != nil {
		return "", fmt.Errorf("registering: %w", err)
	}
	if _, err := is[quartet.OperatorView](house.AddOperator(ctx, &quartet.AddOperatorRequest{Name: "wang", Role: quartet.AddOperatorRequestRoleSupport, Password: t.Password}, quartet.AddOperatorParams{})); err != nil {
		return "", fmt.Errorf("adding support: %w", err)
	}
	support, err := enter(ctx, t, "wang")
	if err != nil {
		return "", fmt.Errorf("support signs in: %w", err)
	}
	treasurer, err := enter(ctx, t, t.Treasurer)
	if err != nil {
		return "", fmt.Errorf("the treasurer signs in: %w", err)
	}
	if err := prove(ctx, c, support, account); err != nil {
		return "", fmt.Errorf("proving the firm: %w", err)
	}
	trial, err := is[quartet.Order](c.TakeTrial(ctx, &quartet.TakeTrialRequest{PlanID: "1887-trial"}, quartet.TakeTrialParams{Account: account}))
	if err != nil {
		return "", fmt.Errorf("taking the trial: %w", err)
	}
	first, err := order(ctx, c, browser, t.URL, account)
	if err != nil {
		return "", err
	}
	secret, err := is[quartet.SecretBody](c.IssueCredential(ctx, &quartet.IssueCredentialRequest{Kind: quartet.IssueCredentialRequestKindAppcode}, quartet.IssueCredentialParams{Account: account}))
	if err != nil {
		return "", fmt.Errorf("integrating: %w", err)
	}
	d.appCode = secret.Secret
	answer, err := is[quartet.VerifyOK](c.Verify(ctx, &quartet.VerifyReq{Name: t.Person.Name, Idcard: t.Person.IDCard, AccNo: t.Person.Card, Mobile: t.Person.Mobile}))
	if err != nil {
		return "", fmt.Errorf("calling: %w", err)
	}
	second, err := order(ctx, c, browser, t.URL, account)
	if err != nil {
		return "", fmt.Errorf("buying again: %w", err)
	}
	refund, err := giveBack(ctx, c, treasurer, account, first)
	if err != nil {
		return "", fmt.Errorf("giving back: %w", err)
	}
	rating, err := is[quartet.Rating](c.RateOrder(ctx, &quartet.RateOrderRequest{Stars: 5, Text: quartet.NewOptString("好用")}, quartet.RateOrderParams{Account: account, Order: second}))
	if err != nil {
		return "", fmt.Errorf("rating: %w", err)
	}
	balance, err := is[quartet.Balance](c.ShowBalance(ctx, quartet.ShowBalanceParams{Account: account}))
	if err != nil {
		return "", fmt.Errorf("reading the balance: %w", err)
	}
	return fmt.Sprintf("trial %s, answered %s, refund of %d fen %s, %d stars, %d units remain", trial.State, answer.Code, refund.AmountFen.Value, refund.State, rating.Stars, balance.Items[0].Remaining), nil
}

// register registers somebody by the code in the mailbox of the demo.
func register(ctx context.Context, c *quartet.Client, t *task) (account string, err error) {
	asked, err := is[quartet.Asked](c.AskForCode(ctx, &quartet.AskForCodeRequest{Purpose: quartet.AskForCodeRequestPurposeSignup, Address: address}, quartet.AskForCodeParams{}))
	if err != nil {
		return "", err
	}
	digits := ""
	if err := until("a code in "+t.Mailbox, func() (bool, error) { digits = codeIn(t.Mailbox); return digits != "", nil }); err != nil {
		return "", err
	}
	if _, err := is[quartet.RegisterNoContent](c.Register(ctx, &quartet.Registration{Code: asked.ID, Digits: digits, Name: "买家", Password: t.Password, AccountName: quartet.NewOptString("生成的客户端")}, quartet.RegisterParams{})); err != nil {
		return "", err
	}
	s, err := is[quartet.Session](c.ShowSession(ctx))
	if err != nil {
		return "", err
	}
	return s.AccountID.Value, nil
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// codeIn is the newest code that was sent to our address, or nothing.
func codeIn(folder string) string {
	names, _ := filepath.Glob(filepath.Join(folder, "*.txt")) // the pattern is ours
	for _, name := range slices.Backward(names) {
		if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), address) {
			_, body, _ := strings.Cut(string(text), "\n\n")
			return sixDigits.FindString(body)
		}
	}
	return ""
}

// enter signs an operator in whom somebody else added, and who chooses a password first.
func enter(ctx context.Context, t *task, name string) (*quartet.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c, err := quartet.NewClient(t.URL, &door{}, quartet.WithClient(&http.Client{Jar: jar}))
	if err != nil {
		return nil, err
	}
	if _, err := is[quartet.SignInOperatorNoContent](c.SignInOperator(ctx, &quartet.SignInOperatorRequest{Name: name, Password: t.Password}, quartet.SignInOperatorParams{})); err != nil {
		return nil, err
	}
	_, err = is[quartet.ChangeOperatorPasswordNoContent](c.ChangeOperatorPassword(ctx, &quartet.ChangeOperatorPasswordRequest{Password: t.Password, NewPassword: t.Password + " again"}))
	return c, err
}

func prove(ctx context.Context, c, support *quartet.Client, account string) error {
	if _, err := is[quartet.Application](c.SaveFirm(ctx, &quartet.SaveFirmRequest{
		Name: quartet.NewOptString("测试贸易有限公司"), CreditCode: quartet.NewOptString("91350100M000100Y43"), Scene: quartet.NewOptString("发放工资前核对收款人"), Purposes: []string{"payroll"},
		Contact: quartet.NewOptFirmContact(quartet.FirmContact{Name: quartet.NewOptString("张三丰"), Mobile: quartet.NewOptString("13900000001")}),
	}, quartet.SaveFirmParams{Account: account})); err != nil {
		return err
	}
	var page bytes.Buffer // a licence that was made up
	if err := png.Encode(&page, image.NewGray(image.Rect(0, 0, 210, 297))); err != nil {
		return err
	}
	scan := quartet.AttachLicenceReq{Data: &page}
	if _, err := is[quartet.Application](c.AttachLicence(ctx, scan, quartet.AttachLicenceParams{Account: account})); err != nil {
		return err
	}
	sent, err := is[quartet.Application](c.SubmitFirm(ctx, quartet.SubmitFirmParams{Account: account}))
	if err != nil {
		return err
	}
	_, err = is[quartet.Application](support.ApproveApplication(ctx, quartet.OptApproveApplicationRequest{}, quartet.ApproveApplicationParams{Application: sent.ID}))
	return err
}

// order orders a plan and pays for it.
func order(ctx context.Context, c *quartet.Client, browser *http.Client, site, account string) (id string, err error) {
	o, err := is[quartet.Order](c.PlaceOrder(ctx, &quartet.PlaceOrderRequest{PlanID: "1887-1200"}, quartet.PlaceOrderParams{Account: account}))
	if err != nil {
		return "", fmt.Errorf("ordering: %w", err)
	}
	if err := pay(ctx, c, browser, site, account, o.ID); err != nil {
		return "", fmt.Errorf("paying: %w", err)
	}
	return o.ID, nil
}

// giveBack asks for the money of an order, has the treasurer approve, and waits until it is back.
func giveBack(ctx context.Context, c, treasurer *quartet.Client, account, order string) (*quartet.Refund, error) {
	asked, err := is[quartet.Refund](c.AskRefund(ctx, &quartet.ReasonBody{Reason: "买多了"}, quartet.AskRefundParams{Account: account, Order: order}))
	if err != nil {
		return nil, err
	}
	if _, err := is[quartet.Refund](treasurer.ApproveRefund(ctx, quartet.ApproveRefundParams{Refund: asked.ID})); err != nil {
		return nil, err
	}
	var back *quartet.Refund
	return back, until("the refund", func() (bool, error) {
		all, err := is[quartet.PageRefundBody](c.ListOrderRefunds(ctx, quartet.ListOrderRefundsParams{Account: account, Order: order}))
		if err != nil {
			return false, err
		}
		back = &all.Items[0]
		return back.State == quartet.RefundStateDone, nil
	})
}

// pay presses the button of the practice page, and waits until the order says it is paid.
func pay(ctx context.Context, c *quartet.Client, browser *http.Client, site, account, order string) error {
	p, err := is[quartet.Payment](c.PayOrder(ctx, &quartet.PayOrderRequest{Provider: "practice", Method: "page"}, quartet.PayOrderParams{Account: account, Order: order}))
	if err != nil {
		return err
	}
	page, err := url.Parse(site)
	if err != nil {
		return err
	}
	if page, err = page.Parse(p.Show.Value); err != nil { // the demo's page is below its own address
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, page.String(), http.NoBody)
	if err != nil {
		return err
	}
	resp, err := browser.Do(req)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	return until("the payment", func() (bool, error) {
		o, err := is[quartet.PaidOrder](c.ShowOrder(ctx, quartet.ShowOrderParams{Account: account, Order: order}))
		return err == nil && o.State == quartet.PaidOrderStatePaid, err
	})
}

// until asks again and again, for half a minute.
func until(what string, ready func() (bool, error)) error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if done, err := ready(); done || err != nil {
			return err
		}
	}
	return fmt.Errorf("waited in vain for %s", what)
}
