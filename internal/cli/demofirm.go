package cli

import (
	"context"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/firm"
	"quartet/internal/story"
)

// proveDemo lets the demo's buyer be an invented firm that is approved, as every buyer must be
// who buys. What an earlier start left half done goes on.
func proveDemo(ctx context.Context, a *app.App) error {
	last, err := a.Firms.Last(ctx, demoAccount)
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return err
	}
	if last.ID == "" || last.State == quartet.FirmDraft {
		if last, err = sayDemo(ctx, a); err != nil {
			return err
		}
	}
	if last.State == quartet.FirmSubmitted {
		_, err = a.Firms.Approve(ctx, demoActor, last.ID, false)
		return err
	}
	return nil // approved; or somebody decided otherwise since
}

// sayDemo submits what the demo's buyer says of its firm.
func sayDemo(ctx context.Context, a *app.App) (quartet.FirmApplication, error) {
	_, err := a.Firms.Save(ctx, demoActor, demoAccount, firm.Draft{
		Name: "演示贸易有限公司", Code: "91350100M000100Y43", Scene: "试用", Purposes: []string{"payroll"},
		Contact: firm.Contact{Name: "张三丰", Mobile: "13900000001"},
	})
	if err != nil {
		return quartet.FirmApplication{}, err
	}
	sheet, err := story.Sheet()
	if err != nil {
		return quartet.FirmApplication{}, err
	}
	if _, err := a.Firms.Attach(ctx, demoActor, demoAccount, sheet); err != nil {
		return quartet.FirmApplication{}, err
	}
	return a.Firms.Submit(ctx, demoActor, demoAccount)
}
