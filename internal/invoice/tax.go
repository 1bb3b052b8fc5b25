package invoice

import (
	"context"
	"strconv"

	"quartet"
)

// TaxSettings lists how the house is taxed, oldest first.
func (d *Desk) TaxSettings(ctx context.Context) ([]quartet.TaxSetting, error) {
	return d.store.TaxSettings(ctx)
}

// SetTax says how the house is taxed from an instant on; none is now. What was in force stays
// as it is. ErrInvalid, with the field; ErrConflict: a setting begins then already.
func (d *Desk) SetTax(ctx context.Context, by string, t quartet.TaxSetting) (quartet.TaxSetting, error) {
	now := d.now()
	if t.From.IsZero() {
		t.From = now
	}
	if err := t.Check(); err != nil {
		return t, err
	}
	for field, text := range map[string]string{"item": t.Name, "seller": t.Seller} {
		if n, ok := gbkLength(text); !ok || n > maxGBK {
			return t, &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: "this takes more than 100 bytes of GBK, or holds a sign that GBK lacks"}
		}
	}
	if t.From.Before(now) {
		return t, &quartet.Error{Code: quartet.ErrInvalid, Field: "from", Message: "a setting begins now or later; what was in force is not changed"}
	}
	t.ID, t.By, t.At = newID(), by, now
	all, err := d.store.TaxSettings(ctx)
	if err != nil {
		return t, err
	}
	old, _ := quartet.TaxAt(all, now)
	return t, d.store.AddTaxSetting(ctx, t, entry(now, by, "tax.set", t.ID, "from "+t.From.In(quartet.Shanghai).Format("2006-01-02 15:04"), taxWords(old), taxWords(t)))
}

func taxWords(t quartet.TaxSetting) any {
	if t.ID == "" {
		return nil
	}
	return map[string]string{"rate": strconv.FormatInt(int64(t.Rate), 10), "tax_code": t.Code, "item": t.Name, "seller_tax_id": t.TaxID}
}
