package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"quartet"
)

// A buyer claims an invoice for what was paid, sees it issued, and downloads it.
func TestConsole_AnInvoiceIsClaimedAndDownloaded(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	li := c.operator("li", "treasurer")
	li.ask(http.StatusCreated, http.MethodPost, "/tax-settings", map[string]any{
		"item": "*信息技术服务*数据核验服务", "tax_code": "3040201010000000000", "rate": 600, "seller": "四要素科技有限公司", "seller_tax_id": "91350100M000100Y43",
	})
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("invoice%d@example.com", width)
		b := sit(t, c.node.url, width)
		b.forgive(http.StatusConflict, "/console/")
		b.forgive(http.StatusUnprocessableEntity, "/console/")
		b.registers(c.dir, address)
		buyer := c.approves(t, address, width)
		b.open("/console/invoices")
		b.sees("还没有可开票的订单")
		b.looks("invoices-empty")
		b.open("/console/invoices/new")
		b.sees("没有可开票的订单")
		b.looks("invoice-new-empty")
		b.titles(width)

		c.pays(t, buyer, "1887-1200")
		order := c.pays(t, buyer, "1887-6000")
		b.open("/console/invoices")
		b.sees("¥2,500.00")
		b.looks("invoices-first")
		b.open("/console/orders/" + order)
		b.presses("申请发票")
		b.until(`document.querySelectorAll("[name=orders]:checked").length === 1 && document.querySelector("#sum").innerText === "¥2,000.00"`)
		b.open("/console/invoices")
		b.presses("申请发票")
		b.applies(address)

		b.stays(func() {
			invoice := strings.TrimPrefix(evaluate[string](b, `location.pathname`), "/console/invoices/")
			li.by(t).ask(http.StatusOK, http.MethodPost, "/invoices/"+invoice+"/approval", nil)
			b.sees("发票已开具")
			b.sees("SHA-256")
		})
		b.looks("invoice")
		b.downloads(t)
		b.open("/console/invoices")
		b.sees("已开具")
		b.sees("¥2,200.00") // of 2,500 yuan 300 are in the invoice
		b.looks("invoices")
		b.presses("发票抬头")
		b.sees("林晓")
		b.looks("titles")
		b.open("/console/invoices")
		b.inTheDark()
	})
}

// inTheDark looks at the pages of orders and invoices in English and in dark colours.
func (b *tab) inTheDark() {
	b.t.Helper()
	b.presses("English")
	b.presses("Dark")
	b.until(`document.documentElement.dataset.bsTheme === "dark"`)
	b.presses("View, download")
	b.sees("SHA-256")
	b.looks("dark-invoice")
	order := evaluate[string](b, `document.querySelector('td a[href^="/console/orders/"]').getAttribute("href")`)
	for name, path := range map[string]string{
		"order": order, "plans": "/console/plans", "repurchases": "/console/repurchases", "statement": "/console/statements/" + time.Now().In(quartet.Shanghai).Format("2006-01"),
		"invoice-new": "/console/invoices/new", "titles": "/console/titles", "title-new": "/console/titles/new",
	} {
		b.open(path)
		b.until(`document.documentElement.lang === "en" && document.documentElement.dataset.bsTheme === "dark"`)
		b.looks("dark-" + name)
	}
}

// titles makes the title of the firm, and writes it wrong at first.
func (b *tab) titles(firm int64) {
	b.t.Helper()
	name, code := firmOf(firm)
	b.open("/console/titles")
	b.looks("titles-empty")
	b.presses("新建抬头")
	b.at("/console/titles/new")
	b.looks("title-new")
	wrong := code[:17] + map[bool]string{true: "1", false: "0"}[code[17] == '0']
	b.types("title", name)
	b.types("tax_id", wrong)
	b.types("bank", "示例银行海淀支行")
	b.presses("保存")
	b.sees("校验位不对")
	b.until(`document.querySelector("[name=title]").value === %q && document.querySelector("[name=tax_id]").value === %q && document.querySelector("[name=bank]").value === "示例银行海淀支行"`, name, wrong)
	b.looks("title-refused")
	b.types("tax_id", code)
	b.presses("保存")
	b.at("/console/titles")
	b.sees("抬头已添加")
}

// applies asks for an invoice of a part of an order, of more than there is at first.
func (b *tab) applies(address string) {
	b.t.Helper()
	b.at("/console/invoices/new")
	b.looks("invoice-new")
	firm := evaluate[string](b, `document.querySelector("[name=title_id]").value`)
	amount := evaluate[string](b, `[...document.querySelectorAll(".bill-order")].find((e) => e.innerText.includes("500元/1200次")).querySelector("[data-most]").name`)
	b.types(amount, "600")
	b.until(`document.querySelector("#sum").innerText === "¥600.00"`)
	b.types("email", address)
	b.presses("提交申请")
	b.sees("最多可开")
	b.until(`document.querySelector('[name="%s"]').value === "600" && document.querySelector("[name=email]").value === %q && document.querySelectorAll("[name=orders]:checked").length === 1`, amount, address)
	b.looks("invoice-new-refused")
	b.types(amount, "300")
	b.until(`document.querySelector("#sum").innerText === "¥300.00"`)

	// A title is missing: what was typed is there when it was made.
	b.presses("新建抬头")
	b.at("/console/titles/new")
	b.chooses("kind", "personal")
	b.until(`!document.querySelector("[name=tax_id]").checkVisibility()`)
	b.types("title", "林晓")
	b.presses("保存")
	b.at("/console/invoices/new")
	b.until(`document.querySelector("[name=title_id]").selectedOptions[0].innerText.includes("林晓") && document.querySelector("#sum").innerText === "¥300.00" && document.querySelector("[name=email]").value === %q`, address)
	b.chooses("title_id", firm)
	b.chooses("kind", "special")
	b.presses("提交申请")
	b.sees("申请已提交")
	b.sees("等待商家审核")
	b.looks("invoice-submitted")
}

// downloads presses what downloads the PDF, and reads it.
func (b *tab) downloads(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	b.must(err)
	b.clicks(`a[download][href$="/files/pdf"]`)
	var files []string
	for range 300 {
		if files, _ = filepath.Glob(filepath.Join(dir, "*.pdf")); len(files) == 1 { // until it is whole, Chromium names it otherwise
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if len(files) != 1 {
		t.Fatal("no PDF came")
	}
	pdf, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", "-layout", files[0], "-").CombinedOutput()
	if number := b.text("dd.font-monospace"); err != nil || !strings.HasPrefix(string(pdf), "%PDF-") || !strings.Contains(string(text), number) || !strings.Contains(string(text), "300.00") {
		t.Errorf("%s of %d bytes says %q, %v; want the invoice %s over 300.00", filepath.Base(files[0]), len(pdf), text, err, number)
	}
}
