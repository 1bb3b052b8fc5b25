package e2e_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"quartet"
	"quartet/internal/paysim"
)

// counter is a demo that sells, with those of the house who serve there.
type counter struct {
	t      *testing.T
	dir    string
	env    []string
	node   *node
	clerk  *visitor
	wechat *paysim.WeChat
}

// openCounter starts one, where WeChat Pay and Alipay take money beside practice.
func openCounter(t *testing.T) *counter {
	t.Helper()
	w := &walk{t: t}
	c := &counter{t: t, dir: folder(t), env: environ(w.providers()...), wechat: w.wechat}
	c.node = startDemo(t, c.dir, c.env)
	c.node.operator(c.dir, c.env)
	c.clerk = c.operator("wang", "support")
	return c
}

// by is somebody who acts for another test.
func (v *visitor) by(t *testing.T) *visitor { return &visitor{t, v.http, v.url} }

// operator adds another one of the house, who chooses a password at once.
func (c *counter) operator(name, role string) *visitor {
	c.t.Helper()
	if _, errs, exit := typed(c.t, c.env, words+"\n"+given+"\n", "operator", "add", name, "--role", role, "--as", "zhang", "--data", c.dir); exit != 0 {
		c.t.Fatalf("operator add: exit %d %s", exit, errs)
	}
	v := c.node.visitor()
	v.ask(http.StatusNoContent, http.MethodPost, "/session/operator", map[string]string{"name": name, "password": given})
	v.ask(http.StatusNoContent, http.MethodPut, "/session/operator/password", map[string]string{"password": given, "new_password": words})
	return v
}

// approves has the house approve a buyer, who has signed up, as the firm of a number.
func (c *counter) approves(t *testing.T, address string, number int64) *customer {
	t.Helper()
	buyer := &customer{visitor: c.node.visitor().by(t), address: address}
	buyer.ask(http.StatusNoContent, http.MethodPost, "/session", map[string]string{"address": address, "password": passphrase})
	buyer.account = got[struct {
		Account string `json:"account_id"`
	}](buyer.visitor, http.StatusOK, http.MethodGet, "/session", nil).Account
	application := c.submits(t, buyer, number)
	c.clerk.by(t).ask(http.StatusOK, http.MethodPost, "/firm-applications/"+application+"/approval", map[string]bool{})
	return buyer
}

// submits has a buyer say that they are the firm of a number, and gives the id of that.
func (c *counter) submits(t *testing.T, buyer *customer, number int64) (application string) {
	t.Helper()
	name, code := firmOf(number)
	at := "/accounts/" + buyer.account + "/firm"
	buyer.ask(http.StatusOK, http.MethodPut, at, map[string]any{
		"name": name, "credit_code": code, "scene": "发放工资前核对收款人", "purposes": []string{"payroll"}, "contact": map[string]string{"name": "张三丰", "mobile": "13900000001"},
	})
	req, err := http.NewRequest(http.MethodPut, buyer.url+at+"/licence", bytes.NewReader(licence(t)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := buyer.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Fatalf("the licence: %d", resp.StatusCode)
	}
	return got[firmState](buyer.visitor, http.StatusOK, http.MethodPost, at+"/submission", nil).ID
}

// firmOf is the invented firm of a number, under a credit code that checks itself.
func firmOf(number int64) (name, code string) {
	for _, sign := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		code = fmt.Sprintf("91350100M%08d%c", number, sign)
		if quartet.CreditCode(code).Sound() {
			break
		}
	}
	return fmt.Sprintf("示例物流%d有限公司", number), code
}

// pays orders a plan and pays it by practice, over the API.
func (c *counter) pays(t *testing.T, buyer *customer, plan string) (order string) {
	t.Helper()
	at := "/accounts/" + buyer.account + "/orders"
	order = got[orderState](buyer.visitor, http.StatusCreated, http.MethodPost, at, map[string]string{"plan_id": plan}).ID
	p := got[struct{ Show string }](buyer.visitor, http.StatusCreated, http.MethodPost, at+"/"+order+"/payments", map[string]string{"provider": "practice", "method": "page"})
	resp, err := http.Post(c.node.url+pathOf(t, p.Show), "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Fatalf("the practice page: %d", resp.StatusCode)
	}
	if o := got[orderState](buyer.visitor, http.StatusOK, http.MethodGet, at+"/"+order, nil); o.State != "paid" {
		t.Fatalf("the order is %s", o.State)
	}
	return order
}

// pathOf is the path of an address: the house is reached at another one from outside.
func pathOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// notifies has WeChat Pay tell the house of a payment.
func (c *counter) notifies(t *testing.T, payment string) {
	t.Helper()
	d := c.wechat.PaymentNotice(payment, paysim.Twist{Event: payment})
	req, err := http.NewRequest(http.MethodPost, c.node.url+"/api/v1/notices/wechat", bytes.NewReader(d.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = d.Header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode >= http.StatusMultipleChoices {
		t.Fatalf("the notice: %d", resp.StatusCode)
	}
}

// scans reads the QR code of the page as the camera of a telephone would.
func (b *tab) scans() string {
	b.t.Helper()
	b.until(`document.querySelector(".qr")`)
	shot, err := chromedp.Run(b.ctx, chromedp.Screenshot(chromedp.CSS(".qr")))
	b.must(err)
	picture, err := png.Decode(bytes.NewReader(shot))
	b.must(err)
	seen := image.NewRGBA(image.Rect(0, 0, picture.Bounds().Dx(), picture.Bounds().Dy()))
	draw.Draw(seen, seen.Bounds(), picture, picture.Bounds().Min, draw.Src)
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[any](camera(b.t)+"; 1"))
	b.must(err)
	return evaluate[string](b, `jsQR(Uint8ClampedArray.from(atob(%q), (c) => c.charCodeAt(0)), %d, %d)?.data ?? ""`,
		base64.StdEncoding.EncodeToString(seen.Pix), seen.Rect.Dx(), seen.Rect.Dy())
}

// camera is the script that finds QR codes in pictures.
func camera(t *testing.T) string {
	t.Helper()
	cameraOnce.Do(func() {
		b, err := os.ReadFile(filepath.Join(npm(t, "clients/qr"), "node_modules", "jsqr", "dist", "jsQR.js"))
		if err != nil {
			t.Fatal(err)
		}
		cameraScript = string(b)
	})
	return cameraScript
}

var (
	cameraOnce   sync.Once
	cameraScript string
)

// chosen is the button of a plan.
func chosen(plan string) string {
	return fmt.Sprintf(`form:has([name="plan_id"][value="%s"]) button`, plan)
}

// left is how many units the overview says are left.
func (b *tab) left() string {
	b.t.Helper()
	b.open("/console/")
	return strings.ReplaceAll(b.text(".row-cards .h1"), ",", "")
}
