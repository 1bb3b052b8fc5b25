package document_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/document"
)

var (
	house = document.House{Name: "示例核验服务", Site: "https://shop.example", Support: quartet.SupportLines{Phone: "021-00000000", Line400: "400-000-0000", Mail: "help@shop.example", Hours: "工作日 9:00-18:00"}}
	buyer = document.Buyer{Name: "演示鑫垚科技有限公司", Code: "91350100M000100Y43", Account: "acc-1"}
	paid  = time.Date(2026, 11, 3, 9, 30, 0, 0, quartet.Shanghai)
	made  = time.Date(2026, 12, 1, 8, 0, 0, 0, quartet.Shanghai)
	order = quartet.Order{
		ID: "20261103000000000042", Account: "acc-1", Plan: "1887-1200", PlanName: "1200 次套餐", Product: "1887", Units: 1200,
		Amount: 500_00, Months: 24, State: quartet.OrderPaid, Created: paid.Add(-time.Minute), Paid: paid,
	}
	payment = quartet.Payment{
		ID: "0123456789abcdef0123456789abcdef", Order: order.ID, Provider: "transfer", Amount: 500_00, Received: 500_00,
		State: quartet.PaymentPaid, Reference: "SN-77", Settled: paid,
	}
)

// text is what a reader of the document sees, without blanks.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "it.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("the document cannot be read: %v: %s", err, out)
	}
	return strings.Join(strings.Fields(string(out)), "")
}

func tells(t *testing.T, what, seen string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(seen, strings.Join(strings.Fields(w), "")) {
			t.Errorf("%s does not say %q: %s", what, w, seen)
		}
	}
}

func TestConfirmation_TellsTheOrderAndThatItIsNoInvoice(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := document.Confirmation(&out, house, buyer, order, made); err != nil {
		t.Fatal(err)
	}
	tells(t, "the confirmation", text(t, out.Bytes()), "订单确认单", order.ID, "已付款", "演示鑫垚科技有限公司", "91350100M000100Y43", "1200 次", "24 个月",
		"¥ 500.00", "2026-11-03 09:30:00", "本单据不是发票", "021-00000000 · 400-000-0000 · help@shop.example · 工作日 9:00-18:00", "1 / 1")
	if out.Len() > 60_000 {
		t.Errorf("one page takes %d bytes; the font was not subset", out.Len())
	}
}

// A name may hold characters that no font of the house has; a document is printed all the same.
func TestDocuments_ArePrintedWhateverTheirNamesHold(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"演示𠮷野家有限公司", "key 😀 prod", "broken \xff\xfe name"} {
		for what, write := range map[string]func(io.Writer) error{
			"confirmation": func(w io.Writer) error {
				o := order
				o.PlanName = name
				return document.Confirmation(w, house, document.Buyer{Name: name, Account: "acc-1"}, o, made)
			},
			"statement": func(w io.Writer) error {
				s := quartet.Statement{Account: "acc-1", From: paid, To: made, Usage: []quartet.StatementUsage{{Product: "1887", Credential: "c", Calls: 1}}}
				return document.Statement(w, document.House{Name: name}, buyer, s, map[string]string{"c": strings.Repeat(name, 9)})
			},
		} {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Errorf("a %s with %q is not printed: %v", what, name, err)
				continue
			}
			tells(t, what, text(t, out.Bytes()), "〓")
		}
	}
}

func TestReceipt_TellsTheMoneyThatCame(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := document.Receipt(&out, house, buyer, order, payment, made); err != nil {
		t.Fatal(err)
	}
	tells(t, "the receipt", text(t, out.Bytes()), "收款收据", "人民币伍佰元整", "¥ 500.00", "银行转账", "SN-77", "本单据不是发票")
}

func TestReceipt_IsNotGivenForMoneyThatDidNotPayTheOrder(t *testing.T) {
	t.Parallel()
	surplus, other, unpaid := payment, payment, order
	surplus.State, other.Order, unpaid.Paid = quartet.PaymentSurplus, "another", time.Time{}
	for name, c := range map[string]struct {
		order   quartet.Order
		payment quartet.Payment
	}{"surplus": {order, surplus}, "of another order": {order, other}, "unpaid": {unpaid, payment}} {
		var out bytes.Buffer
		err := document.Receipt(&out, house, buyer, c.order, c.payment, made)
		if quartet.CodeOf(err) != quartet.ErrConflict || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
	}
}

func statement(rows int) quartet.Statement {
	s := quartet.Statement{
		Account: "acc-1", From: time.Date(2026, 11, 1, 0, 0, 0, 0, quartet.Shanghai), To: time.Date(2026, 12, 1, 0, 0, 0, 0, quartet.Shanghai),
		Made: made, Final: true, Orders: []quartet.Order{order},
		Grants: []quartet.StatementGrant{{
			Grant: "g1", Product: "1887", ExpiresAt: time.Date(2028, 11, 4, 0, 0, 0, 0, quartet.Shanghai), Given: 1200, Used: int64(rows), Closing: 1200 - int64(rows),
		}},
		Refunds: []quartet.Refund{{Order: "20261001000000000007", Amount: 3_21, Ended: paid}},
	}
	for range rows {
		s.Usage = append(s.Usage, quartet.StatementUsage{Product: "1887", Credential: "c1", Code: quartet.CodeOK, Verdict: quartet.Match, Calls: 2, Units: 1})
	}
	return s
}

func TestStatement_TellsAMonthAndItsSums(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := document.Statement(&out, house, buyer, statement(3), map[string]string{"c1": "生产环境"}); err != nil {
		t.Fatal(err)
	}
	seen := text(t, out.Bytes())
	tells(t, "the statement", seen, "2026年11月 对账单", "2026-11-01 至 2026-11-30", "2028-11-03", "1197", "生产环境", "一致", "合计 6 3", "500.00", "3.21", "本对账单不是发票")
	if strings.Contains(seen, "尚未结束") {
		t.Error("a month that is over is said to go on")
	}
}

func TestStatement_OfManyRowsHasItsTitlesAndItsNoticeOnEveryPage(t *testing.T) {
	t.Parallel()
	s := statement(120)
	s.Final = false
	var out bytes.Buffer
	if err := document.Statement(&out, house, buyer, s, nil); err != nil {
		t.Fatal(err)
	}
	seen := text(t, out.Bytes())
	tells(t, "the statement", seen, "尚未结束", "1 / 4", "4 / 4", "合计 240 120")
	if titles, notices := strings.Count(seen, "计费次数"), strings.Count(seen, "本对账单不是发票"); titles < 3 || notices != 4 {
		t.Errorf("%d titles and %d notices on 4 pages", titles, notices)
	}
}

func TestDocument_TheSameDataGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	var one, two bytes.Buffer
	for _, w := range []*bytes.Buffer{&one, &two} {
		if err := document.Statement(w, house, buyer, statement(3), nil); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two printings of one statement differ")
	}
}

func TestDocument_TheFontIsTheOneThatItsPageNames(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("font/NotoSansSC-Regular.ttf")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("font/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(file); !bytes.Contains(page, []byte(hex.EncodeToString(sum[:]))) {
		t.Errorf("the font has the sum %x", sum)
	}
}
