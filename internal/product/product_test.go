package product_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/product"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// newCatalogue has product 1887 in it, as every house.
func newCatalogue(t *testing.T) (*product.Catalogue, *store.Store) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.PutProduct(t.Context(), quartet.FourElements(), quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	return product.New(st, quartet.DefaultLead, func() time.Time { return now }), st
}

func two() quartet.Product {
	return quartet.Product{
		ID: "1979", Path: "/communication/personal/1979", Name: "  银行卡二要素核验 ", Need: quartet.NeedCard | quartet.NeedName,
		Detail: quartet.DetailElement, Charge: quartet.ChargeTable{Match: 2, Mismatch: 1}, On: true,
	}
}

func TestAdd_KeepsTheProductWithItsNameTrimmed(t *testing.T) {
	c, st := newCatalogue(t)
	made, err := c.Add(t.Context(), "tester", two())
	if err != nil {
		t.Fatal(err)
	}
	want := two()
	want.Name = "银行卡二要素核验"
	list, err := st.Products(t.Context())
	if err != nil || made != want || !slices.Equal(list, []quartet.Product{quartet.FourElements(), want}) {
		t.Errorf("made %+v, kept %+v, %v", made, list, err)
	}
	if found, err := c.Find(t.Context(), "1979"); err != nil || found != want {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestAdd_Refuses(t *testing.T) {
	c, st := newCatalogue(t)
	for _, tt := range []struct {
		name   string
		change func(p *quartet.Product)
		want   quartet.ErrorCode
		field  string
	}{
		{"an id that is taken", func(p *quartet.Product) { p.ID = "1887" }, quartet.ErrConflict, ""},
		{"a path that is taken", func(p *quartet.Product) { p.Path = quartet.FourElements().Path }, quartet.ErrConflict, ""},
		{"what breaks a rule", func(p *quartet.Product) { p.Need = quartet.NeedName }, quartet.ErrInvalid, "need"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := two()
			tt.change(&p)
			_, err := c.Add(t.Context(), "tester", p)
			fault, ok := errors.AsType[*quartet.Error](err)
			if !ok || fault.Code != tt.want || fault.Field != tt.field {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if list, err := st.Products(t.Context()); err != nil || !slices.Equal(list, []quartet.Product{quartet.FourElements()}) {
		t.Errorf("what was refused left %+v, %v", list, err)
	}
}

func TestAdd_OfTwoAtOnceOneWins(t *testing.T) {
	_, st := newCatalogue(t)
	codes := make(chan quartet.ErrorCode, 8)
	var wg sync.WaitGroup
	for range cap(codes) { // each with a catalogue of its own, as other processes have
		wg.Go(func() {
			_, err := product.New(st, quartet.DefaultLead, time.Now).Add(t.Context(), "tester", two())
			codes <- quartet.CodeOf(err)
		})
	}
	wg.Wait()
	close(codes)
	won := 0
	for code := range codes {
		if code == "" {
			won++
		} else if code != quartet.ErrConflict {
			t.Errorf("got %q", code)
		}
	}
	if won != 1 {
		t.Errorf("%d were added", won)
	}
}

func TestChange_TouchesWhatItIsToldAlone(t *testing.T) {
	c, _ := newCatalogue(t)
	want, err := c.Add(t.Context(), "tester", two())
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Change(t.Context(), "tester", "1979", func(p *quartet.Product) {
		p.ID, p.Charge.Match = "other", 3
	})
	want.Charge.Match = 3
	if found, _ := c.Find(t.Context(), "1979"); err != nil || got != want || found != want {
		t.Errorf("got %+v, kept %+v, %v", got, found, err)
	}
	for name, tt := range map[string]struct {
		id     string
		change func(p *quartet.Product)
		want   quartet.ErrorCode
	}{
		"a path that is taken": {"1979", func(p *quartet.Product) { p.Path = quartet.FourElements().Path }, quartet.ErrConflict},
		"what breaks a rule":   {"1979", func(p *quartet.Product) { p.Charge.Match = -1 }, quartet.ErrInvalid},
		"an unknown product":   {"2000", func(p *quartet.Product) { p.On = false }, quartet.ErrNotFound},
	} {
		if _, err := c.Change(t.Context(), "tester", tt.id, tt.change); quartet.CodeOf(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found, err := c.Find(t.Context(), "1979"); err != nil || found != want {
		t.Errorf("what was refused changed it to %+v, %v", found, err)
	}
}

func TestSwitch_TurnsOffAndOn(t *testing.T) {
	c, _ := newCatalogue(t)
	for _, on := range []bool{false, true} {
		if p, err := c.Switch(t.Context(), "tester", "1887", on); err != nil || p.On != on {
			t.Errorf("to %v: %+v, %v", on, p, err)
		}
		if p, err := c.Find(t.Context(), "1887"); err != nil || p.On != on {
			t.Errorf("to %v: found %+v, %v", on, p, err)
		}
	}
	if _, err := c.Switch(t.Context(), "tester", "2000", true); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("an unknown product: %v", err)
	}
}

// Every change has its entry, and what changes nothing has none.
func TestAudit_TellsWhoChangedWhat(t *testing.T) {
	c, st := newCatalogue(t)
	same := func(*quartet.Product) {}
	for _, act := range []func() (quartet.Product, error){
		func() (quartet.Product, error) { return c.Add(t.Context(), "甲", two()) },
		func() (quartet.Product, error) { return c.Change(t.Context(), "乙", "1979", same) },
		func() (quartet.Product, error) {
			return c.Change(t.Context(), "乙", "1979", func(p *quartet.Product) {
				p.Path, p.Name, p.Need, p.Detail = "/two", "two", quartet.NeedCard|quartet.NeedID, quartet.DetailState
				p.Charge, p.Reuse, p.On = quartet.ChargeTable{Undetermined: 1}, 10*time.Minute, false
			})
		},
		func() (quartet.Product, error) { return c.Switch(t.Context(), "丙", "1979", true) },
		func() (quartet.Product, error) { return c.Switch(t.Context(), "丙", "1979", true) },
		func() (quartet.Product, error) { return c.Switch(t.Context(), "丁", "1979", false) },
	} {
		if _, err := act(); err != nil {
			t.Fatal(err)
		}
	}
	list, err := st.AuditEntries(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	ids := map[string]bool{}
	for i := range list {
		ids[list[i].ID] = true
		list[i].ID = ""
		list[i].At = list[i].At.UTC()
	}
	entry := func(by, action, detail string) quartet.AuditEntry {
		return quartet.AuditEntry{At: now, Actor: by, Action: action, Subject: "1979", Detail: detail}
	}
	want := []quartet.AuditEntry{
		entry("甲", "product.add", "path /communication/personal/1979, name 银行卡二要素核验, need name,card, detail element, units 2/1/0, reuse 0s, on"),
		entry("乙", "product.change", "path /communication/personal/1979 → /two, name 银行卡二要素核验 → two, need name,card → id,card, detail element → state, units 2/1/0 → 0/0/1, reuse 0s → 10m0s, off"),
		entry("丙", "product.on", ""),
		entry("丁", "product.off", ""),
	}
	if len(ids) != len(list) || !slices.Equal(list, want) {
		t.Errorf("the entries are\n%+v\nwant\n%+v", list, want)
	}
}
