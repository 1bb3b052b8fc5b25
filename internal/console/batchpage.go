package console

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"quartet"
)

// BatchPage is one batch: where it stands, and what can be done about it.
type BatchPage struct {
	Batch       ownBatch
	Product     string
	Faults      []batchFault
	Faulty      []faultyRow // the first of them
	Credentials []choice    // in whose name it can be started
	Failure     string      // why its file could not be read
	Account     string
	Writes      bool
	Proved      bool // elements in clear can be taken away now
	Done        string
}

func (BatchPage) template() string { return "batch" }
func (BatchPage) title() string    { return "批量核验" }

// scripts: what is on its way asks for itself.
func (BatchPage) scripts() []string { return []string{"vendor/htmx/htmx.min.js"} }

// Follows reports whether something comes to it by itself. While there is a form to fill in the
// page stays as it is.
func (p BatchPage) Follows() bool {
	return p.Batch.Is("uploading", "checking", "running") || p.Flying()
}

// Flying reports whether it stands still and rows of it are on the road yet. Of one whose job was
// given up nobody learns what became of them before it goes on.
func (p BatchPage) Flying() bool {
	return p.Batch.Is("paused", "cancelled") && p.Batch.Rows.Sent > 0 && p.Batch.Reason != quartet.PausedFault
}

// Checked reports whether it is known which of its rows can be asked about.
func (p BatchPage) Checked() bool {
	return p.Batch.Is("checked", "running", "paused", "done") || p.Batch.Is("cancelled") && p.Batch.Rows.Total > 0
}

// Faulted is how many of its rows are not asked about.
func (p BatchPage) Faulted() int64 { return p.Batch.Rows.Broken + p.Batch.Rows.Duplicates }

// Enough reports whether the account has units for all that it may cost.
func (p BatchPage) Enough() bool { return p.Batch.Left >= p.Batch.Most }

// Short is how many units it lacks.
func (p BatchPage) Short() int64 { return p.Batch.Most - p.Batch.Left }

// Remaining is how long it takes yet, to the minute; "": nobody knows.
func (p BatchPage) Remaining(lang string) string {
	if p.Batch.ETA == 0 || !p.Batch.Is("running") {
		return ""
	}
	l, left := language(lang), time.Duration(p.Batch.ETA)*time.Millisecond
	switch {
	case left < time.Minute:
		return l.word("不到 1 分钟")
	case left < time.Hour:
		return l.word("约 %d 分钟", int(left.Round(time.Minute).Minutes()))
	default:
		return l.word("约 %d 小时", int(left.Round(time.Hour).Hours()))
	}
}

// pauses are why a batch stands still, and what helps.
var pauses = map[string]string{
	quartet.PausedAsked:      "由成员暂停。",
	quartet.PausedCeiling:    "已达到次数上限，调高上限后可以继续。",
	quartet.PausedUnits:      "账户的次数已用完，购买套餐后可以继续。",
	quartet.PausedExpired:    "账户的次数已过有效期，购买套餐后可以继续。",
	quartet.PausedCredential: "凭证已失效，或不允许调用这个产品。恢复后可以继续；不能恢复时，请取消任务，把未核验的行重新上传。",
	quartet.PausedAccount:    "账户已停用或次数被冻结，请联系客服。",
	quartet.PausedDay:        "凭证今天的次数已用完，明天可以继续，或调高凭证的每日上限。",
	quartet.PausedRefused:    "连续 100 行因服务原因没有得到结果，为避免浪费已自动暂停。请稍后继续。",
	quartet.PausedProduct:    "产品已停用，恢复后可以继续。",
	quartet.PausedFault:      "系统故障，任务中断。已核验的行不受影响，可以继续。",
}

// PauseWords tell why it stands still.
func (p BatchPage) PauseWords() string { return pauses[p.Batch.Reason] }

// Suggested is what a ceiling is asked for with: as before, or as much as the rest may cost.
func (p BatchPage) Suggested() string {
	b := &p.Batch
	if b.Is("checked") || b.Reason == quartet.PausedCeiling {
		return strconv.FormatInt(b.Charged+b.Reserved+b.Most, 10)
	}
	return strconv.FormatInt(b.Ceiling, 10)
}

// Resumes, Cancels, Erases and Asks report what can be done about it now.
func (p BatchPage) Resumes() bool {
	return p.Writes && p.Batch.Is("paused") && !p.Batch.Erased() && !p.Flying()
}

func (p BatchPage) Cancels() bool {
	return p.Writes && p.Batch.Is("running", "paused") && !p.Batch.Erased()
}

func (p BatchPage) Erases() bool {
	return p.Writes && !p.Batch.Erased() && !p.Batch.Is("running", "uploading") && p.Batch.Rows.Sent == 0
}

// Asks are the kinds of rows without a verdict that can be asked about once more.
func (p BatchPage) Asks() (list []choice) {
	b := &p.Batch
	if !p.Writes || b.Erased() || !b.Is("done", "paused") || b.Rows.Sent > 0 {
		return nil
	}
	if b.Rows.Unknown > 0 {
		list = append(list, choice{Value: "unknown", Label: "结果未知的 %s 行", Chosen: true})
	}
	if b.Rows.Refused > 0 {
		list = append(list, choice{Value: "refused", Label: "没有得到结论的 %s 行", Chosen: b.Rows.Unknown == 0})
	}
	return list
}

// Rows is how many rows are of such a kind.
func (p BatchPage) Rows(kind string) int64 {
	if kind == "unknown" {
		return p.Batch.Rows.Unknown
	}
	return p.Batch.Rows.Refused
}

// Results and Report are the addresses of files that are taken away.
func (p BatchPage) Results(format string) string { return p.at("/results." + format) }
func (p BatchPage) Report(format string) string  { return p.at("/faults." + format) }
func (p BatchPage) Clear(format string) string {
	return p.at("/results." + format + "?elements=clear")
}

func (p BatchPage) at(what string) string {
	return apiPrefix + "/accounts/" + url.PathEscape(p.Account) + "/batches/" + url.PathEscape(p.Batch.ID) + what
}

// faultsShown is how many rows stand on the page of a batch; a page of their own has all.
const faultsShown = "10"

func (c *Console) batchPage(v *visit) (page, error) {
	p := BatchPage{Account: v.who().Account, Writes: v.who().May("credential.write"), Proved: v.who().FreshTill.After(c.o.Now()), Done: v.done(map[string]string{
		"named": "列已保存，正在检查", "started": "已开始核验", "paused": "已暂停，已发出的行会等到结果", "resumed": "已继续", "cancelled": "已取消，已核验的结果可以下载",
		"asked": "正在重新核验", "erased": "人员信息和结果已删除", "proved": "已确认密码，10 分钟内可以下载明文结果",
	})}
	if err := v.get(v.batchAt(""), &p.Batch); err != nil {
		return nil, err
	}
	names, err := v.productNames()
	if err != nil {
		return nil, err
	}
	p.Product = names[p.Batch.Product]
	if p.Batch.Is("failed") {
		p.Failure = v.lang.problem(p.Batch.Reason)
	}
	if p.Checked() && p.Faulted() > 0 && !p.Batch.Erased() {
		if p.Faults, err = all[batchFault](v, v.batchAt("/faults")); err != nil {
			return nil, err
		}
		var first list[faultyRow]
		if err := v.get(v.batchAt("/faulty-rows?limit="+faultsShown), &first); err != nil {
			return nil, err
		}
		p.Faulty = first.Items
	}
	if p.Batch.Is("checked") && p.Writes {
		p.Credentials, err = v.batchCredentials(p.Batch.Product)
	}
	return p, err
}

// batchCredentials are those in whose name a batch of a product can be asked, real ones first.
func (v *visit) batchCredentials(product string) ([]choice, error) {
	mine, err := v.credentials()
	if err != nil {
		return nil, err
	}
	var paid, test []choice
	for _, c := range mine {
		if !c.Active() || len(c.Products) > 0 && !slices.Contains(c.Products, product) {
			continue
		}
		one := choice{Value: c.ID, Label: v.labelOf(c)}
		if c.Test {
			test = append(test, one)
		} else {
			paid = append(paid, one)
		}
	}
	list := slices.Concat(paid, test)
	if wanted := v.form.Values.Get("credential_id"); wanted != "" {
		return chosen(list, wanted), nil
	}
	return list, nil
}

func (c *Console) startBatch(v *visit) (string, error) {
	return v.atBatch("started"), v.post(v.batchAt("/start"), map[string]any{"credential_id": v.value("credential_id"), "max_units": v.number("max_units")}, nil)
}

func (c *Console) pauseBatch(v *visit) (string, error) {
	return v.atBatch("paused"), v.post(v.batchAt("/pause"), nil, nil)
}

func (c *Console) resumeBatch(v *visit) (string, error) {
	return v.atBatch("resumed"), v.post(v.batchAt("/resume"), map[string]any{"max_units": v.number("max_units")}, nil)
}

func (c *Console) cancelBatch(v *visit) (string, error) {
	return v.atBatch("cancelled"), v.post(v.batchAt("/cancel"), nil, nil)
}

func (c *Console) askBatchAgain(v *visit) (string, error) {
	return v.atBatch("asked"), v.post(v.batchAt("/ask-again"), map[string]any{"rows": v.value("rows"), "max_units": v.number("max_units")}, nil)
}

func (c *Console) eraseBatch(v *visit) (string, error) {
	return v.atBatch("erased"), v.remove(v.batchAt(""))
}

// proveForBatch asks for the password before elements in clear are taken away; the links to
// them stand on the page as long as the proof counts.
func (c *Console) proveForBatch(v *visit) (string, error) {
	if !v.who().FreshTill.After(c.o.Now()) {
		return "", proofWanted()
	}
	return v.atBatch("proved"), nil
}
