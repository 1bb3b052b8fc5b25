package product_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/product"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// shelf is a catalogue with product 1887 and its founding page.
func shelf(t *testing.T) (*product.Pages, *product.Catalogue, *store.Store) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	clock := func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai) }
	c := product.New(st, quartet.DefaultLead, clock)
	p := product.NewPages(st, c, clock)
	if err := p.Seed(t.Context()); err != nil { // before there is a product
		t.Fatal(err)
	}
	if _, err := c.Add(t.Context(), "甲", quartet.FourElements()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Seed(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return p, c, st
}

func TestPage_IsSeededWithWhatItCosts(t *testing.T) {
	p, c, _ := shelf(t)
	shown, err := p.Published(t.Context(), "1887")
	if err != nil || shown.Version != 1 || shown.Content.Name != "银行卡四要素核验" || shown.Content.Coverage != "全部银联卡" || !shown.Of.On {
		t.Fatalf("%+v, %v", shown, err)
	}
	want := []string{"四要素一致（state 1）：扣 1 次", "四要素不一致（state 2）：扣 1 次", "核验异常（state 3）：不计费", "未返回核验结果（返回码 10001 至 10020，或网关拒绝）：不计费"}
	if !slices.Equal(shown.Charges, want) {
		t.Errorf("it costs %q", shown.Charges)
	}
	if _, err := c.Change(t.Context(), "甲", "1887", func(p *quartet.Product) { p.Charge.Undetermined = 2 }); err != nil {
		t.Fatal(err)
	}
	if shown, err = p.Published(t.Context(), "1887"); err != nil || shown.Charges[2] != "核验异常（state 3）：扣 2 次" {
		t.Errorf("after a change it costs %q, %v", shown.Charges, err)
	}
	if _, err := p.Published(t.Context(), "none"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("no product: %v", err)
	}
}

func TestPages_AreThoseOfProductsThatHaveOne(t *testing.T) {
	p, c, _ := shelf(t)
	other := quartet.FourElements()
	other.ID, other.Path = "1979", "/communication/personal/1979"
	if _, err := c.Add(t.Context(), "甲", other); err != nil {
		t.Fatal(err)
	}
	all, err := p.All(t.Context())
	if err != nil || len(all) != 1 || all[0].Product != "1887" || all[0].Of.Path != "/communication/personal/1887" {
		t.Errorf("shown are %+v, %v", all, err)
	}
}

func TestPage_IsShownWhenItIsPublished(t *testing.T) {
	p, _, st := shelf(t)
	ctx := t.Context()
	seen, err := p.Draft(ctx, "1887")
	if err != nil || seen.Revision != 0 {
		t.Fatalf("%+v, %v", seen, err)
	}
	content := seen.Content
	content.Hotline, content.Phone, content.Mail = "400-000-0000", "+86 10 0000 0000", "support@example.com"
	first, err := p.Edit(ctx, "甲", "1887", seen.Revision, content)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Edit(ctx, "乙", "1887", seen.Revision, content); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("over another's edit: %v", err)
	}
	if preview, err := p.Preview(ctx, "1887"); err != nil || preview.Content.Hotline != content.Hotline {
		t.Errorf("the preview is %+v, %v", preview, err)
	}
	if shown, err := p.Published(ctx, "1887"); err != nil || shown.Content.Hotline != "" {
		t.Errorf("shown before it is published: %+v, %v", shown, err)
	}
	if _, err := p.Publish(ctx, "乙", "1887", first.Revision+1); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("another revision: %v", err)
	}
	if v, err := p.Publish(ctx, "乙", "1887", first.Revision); err != nil || v.Version != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	if _, err := p.Publish(ctx, "乙", "1887", first.Revision); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("twice: %v", err)
	}
	history, err := p.History(ctx, "1887", 1)
	if err != nil || len(history) != 1 || history[0].By != "乙" || history[0].Content.Hotline != content.Hotline || history[0].Before.Hotline != "" || history[0].Before.Name == "" {
		t.Errorf("the history is %+v, %v", history, err)
	}
	if _, err := p.Edit(ctx, "丙", "1887", 0, seen.Content); err != nil {
		t.Errorf("a new draft: %v", err)
	}
	if err := p.Discard(ctx, "丙", "1887"); err != nil {
		t.Error(err)
	}
	entries, err := st.AuditEntries(ctx, 9)
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, e := range entries {
		did = append(did, e.Actor+" "+e.Action)
	}
	slices.Reverse(did)
	if want := "甲 product.add,甲 page.edit,乙 page.publish,丙 page.edit,丙 page.discard"; strings.Join(did, ",") != want {
		t.Errorf("the audit has %q", did)
	}
}

func TestPage_RefusesWhatNoPageSays(t *testing.T) {
	p, _, _ := shelf(t)
	for field, spoil := range map[string]func(*quartet.PageContent){
		"name":                func(c *quartet.PageContent) { c.Name = " " },
		"description":         func(c *quartet.PageContent) { c.Description = "a\x00b" },
		"coverage":            func(c *quartet.PageContent) { c.Coverage = strings.Repeat("卡", 201) },
		"phone":               func(c *quartet.PageContent) { c.Phone = "call us" },
		"hotline":             func(c *quartet.PageContent) { c.Hotline = "javascript" },
		"mail":                func(c *quartet.PageContent) { c.Mail = "nobody" },
		"scenes":              func(c *quartet.PageContent) { c.Scenes = make([]string, 31) },
		"scenes[1]":           func(c *quartet.PageContent) { c.Scenes = []string{"贷款", "a\nb"} },
		"questions":           func(c *quartet.PageContent) { c.Questions = make([]quartet.Question, 51) },
		"questions[0].answer": func(c *quartet.PageContent) { c.Questions = []quartet.Question{{Ask: "?"}} },
	} {
		content := quartet.FoundingPage()
		spoil(&content)
		_, err := p.Edit(t.Context(), "甲", "1887", 0, content)
		var wrong *quartet.Error
		if e, is := err.(*quartet.Error); is { //nolint:errorlint // it is made right here
			wrong = e
		}
		if wrong == nil || wrong.Code != quartet.ErrInvalid || wrong.Field != field {
			t.Errorf("%s: %+v", field, err)
		}
	}
}
