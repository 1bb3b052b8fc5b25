package support

import (
	"context"
	"strings"

	"quartet"
	"quartet/internal/audit"
)

const maxCanned = 2000

// Canned lists what support answers to questions about result codes, by code; for a code,
// about that one. ErrNotFound: there is no such code.
func (d *Desk) Canned(ctx context.Context, code string) ([]quartet.CannedAnswer, error) {
	written, err := d.o.Store.CannedAnswers(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string]quartet.CannedAnswer{}
	for _, a := range written {
		by[a.Code] = a
	}
	var list []quartet.CannedAnswer
	for _, a := range cannedTexts() {
		if code != "" && a.Code != code {
			continue
		}
		if w, ok := by[a.Code]; ok {
			a = w
		}
		list = append(list, a)
	}
	if len(list) == 0 {
		return nil, quartet.Errorf(quartet.ErrNotFound, "there is no such result code")
	}
	return list, nil
}

// SetCanned writes what support answers about a code, over what was there; without words, what
// comes with the product is given again. ErrInvalid, ErrNotFound.
func (d *Desk) SetCanned(ctx context.Context, who Who, code, text string) (quartet.CannedAnswer, error) {
	list, err := d.Canned(ctx, code)
	if err != nil {
		return quartet.CannedAnswer{}, err
	}
	a := quartet.CannedAnswer{Code: list[0].Code, By: who.By, At: d.o.Now()}
	if strings.TrimSpace(text) != "" {
		clean, found, err := said("text", text, maxCanned)
		if err != nil {
			return a, err
		}
		if found {
			return a, &quartet.Error{Code: quartet.ErrInvalid, Field: "text", Message: "this looks as if it held an ID number, a card or a mobile; buyers would read it"}
		}
		a.Text = clean
	}
	e := audit.Entry(a.At, who.By, "canned.write", code, "")
	e.Before, e.After = audit.JSON(map[string]string{"text": list[0].Text}), audit.JSON(map[string]string{"text": a.Text})
	if err := d.o.Store.PutCannedAnswer(ctx, a, e); err != nil || a.Text != "" {
		return a, err
	}
	list, err = d.Canned(ctx, code)
	if err != nil {
		return a, err
	}
	return list[0], nil
}
