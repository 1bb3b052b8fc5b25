package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
)

type batchView struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Rows   struct {
		Total, Broken, Duplicates, Ready, Unknown int64
	} `json:"rows"`
	MaxUnits int64     `json:"max_units"`
	Most     int64     `json:"most_units"`
	EraseAt  time.Time `json:"erase_at"`
}

const batchesPath = "/api/v1/accounts/buyer/batches"

const batchFile = "姓名,身份证号,银行卡号,手机号\n张三,110101199003078670,6200000000000000018,13800138000\n李四,110101199003078670,622,13800138000\n张三,110101199003078670,6200000000000000018,13800138000\n"

func (b *browser) bring(t *testing.T, query, file string) batchView {
	t.Helper()
	return read[batchView](t, b.want(http.StatusCreated, http.MethodPost, batchesPath+"?product_id=1887"+query, file, "Content-Type", "application/octet-stream"))
}

// check does the job that checks batches.
func (h *house) check(t *testing.T) {
	t.Helper()
	jobs, err := h.store.ClaimJobs(t.Context(), []string{quartet.JobBatchCheck}, h.clock(), h.clock().Add(time.Hour), 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if err := h.batches.Jobs()[j.Kind](t.Context(), j.Key); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBatches_AreBroughtCheckedAndStarted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dev, reader := h.as(quartet.RoleDeveloper), h.as(quartet.RoleReader)
	v := dev.bring(t, "&name=%E4%B8%89%E6%9C%88", batchFile)
	at := batchesPath + "/" + v.ID
	if v.State != "checking" {
		t.Fatalf("it is %+v", v)
	}
	h.check(t)
	v = read[batchView](t, reader.want(http.StatusOK, http.MethodGet, at, ""))
	if v.State != "checked" || v.Rows.Total != 3 || v.Rows.Broken != 1 || v.Rows.Duplicates != 1 || v.Rows.Ready != 1 || v.Most != 1 || v.EraseAt.IsZero() {
		t.Errorf("it is %+v", v)
	}
	report := reader.want(http.StatusOK, http.MethodGet, at+"/faults.csv", "").text
	for _, want := range []string{"2,3,10001,", "card_length,acc_no", "3,4,,重复,duplicate,,1"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if strings.Contains(report, "622") || strings.Contains(report, "张三") {
		t.Errorf("the report holds elements:\n%s", report)
	}
	if faults := reader.want(http.StatusOK, http.MethodGet, at+"/faults", "").text; !strings.Contains(faults, `"code":"10001"`) || !strings.Contains(faults, `"acc_no"`) {
		t.Errorf("the faults are %s", faults)
	}
	broken := reader.want(http.StatusOK, http.MethodGet, at+"/faulty-rows?limit=1", "")
	if !strings.Contains(broken.text, `"row":2,"line":3,"code":"10001"`) || !strings.Contains(broken.text, `"rule":"card_length","elements":["acc_no"]`) {
		t.Errorf("the first faulty row is %s", broken.text)
	}
	if twin := reader.want(http.StatusOK, http.MethodGet, at+"/faulty-rows?after="+field(t, broken, "next"), "").text; !strings.Contains(twin, `[{"row":3,"line":4,"elements":[],"duplicate_of":1}]`) {
		t.Errorf("the one behind it is %s", twin)
	}
	reader.want(http.StatusForbidden, http.MethodPost, at+"/start", `{"credential_id":"c","max_units":1}`)
	c := field(t, dev.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts/buyer/credentials", `{"kind":"appcode"}`), "id")
	start := `{"credential_id":"` + c + `","max_units":5}`
	for range 2 { // the same start again changes nothing
		v = read[batchView](t, dev.want(http.StatusOK, http.MethodPost, at+"/start", start))
		if v.State != "running" || v.MaxUnits != 5 {
			t.Errorf("it is %+v", v)
		}
	}
	dev.want(http.StatusConflict, http.MethodPost, at+"/start", strings.Replace(start, "5}", "6}", 1))
	if v = read[batchView](t, dev.want(http.StatusOK, http.MethodPost, at+"/pause", "")); v.State != "paused" || v.Reason != "asked" {
		t.Errorf("it is %+v", v)
	}
	if v = read[batchView](t, dev.want(http.StatusOK, http.MethodPost, at+"/resume", `{"max_units":7}`)); v.State != "running" || v.MaxUnits != 7 {
		t.Errorf("it is %+v", v)
	}
	dev.want(http.StatusConflict, http.MethodDelete, at, "")
	dev.want(http.StatusOK, http.MethodPost, at+"/cancel", "")
	results := reader.want(http.StatusOK, http.MethodGet, at+"/results.csv", "")
	if !strings.Contains(results.text, "not_asked") || strings.Contains(results.text, "6200000000000000018") {
		t.Errorf("the results are %s", results.text)
	}
	if xlsx := reader.want(http.StatusOK, http.MethodGet, at+"/results.xlsx", ""); !strings.HasPrefix(xlsx.text, "PK") {
		t.Error("the workbook is none")
	}
	reader.want(http.StatusForbidden, http.MethodGet, at+"/results.csv?elements=clear", "")
	shown := dev.want(http.StatusOK, http.MethodGet, at+"/results.csv?elements=clear", "")
	if !strings.Contains(shown.text, "6200000000000000018") {
		t.Errorf("in clear they are %s", shown.text)
	}
	list, err := h.store.AccountAudit(t.Context(), "buyer", "", 20)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range list {
		acts = append(acts, strings.TrimPrefix(e.Action, "batch."))
	}
	if got := strings.Join(acts, " "); got != "reveal cancel resume pause start credential.issue upload account.open" {
		t.Errorf("the audit of the account says %s", got)
	}
	dev.want(http.StatusNoContent, http.MethodDelete, at, "")
	reader.want(http.StatusConflict, http.MethodGet, at+"/results.csv", "")
	reader.want(http.StatusConflict, http.MethodGet, at+"/faulty-rows", "")
	if v = read[batchView](t, reader.want(http.StatusOK, http.MethodGet, at, "")); v.State != "cancelled" || v.Rows.Total != 3 {
		t.Errorf("erased it is %+v", v)
	}
}

func TestBatches_WaitForSomebodyToNameTheirColumns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dev := h.as(quartet.RoleDeveloper)
	v := dev.bring(t, "", "甲;乙;丙;丁;戊\n张三;110101199003078670;6200000000000000018;13800138000;A-1\n")
	at := batchesPath + "/" + v.ID
	if v.State != "uploaded" {
		t.Fatalf("it is %+v", v)
	}
	shown := dev.want(http.StatusOK, http.MethodGet, at+"/preview", "").text
	if !strings.Contains(shown, `["某某","000000000000000070","0000000000000000018","00000000000","x-0"]`) && !strings.Contains(shown, "某某") {
		t.Errorf("the preview is %s", shown)
	}
	for _, secret := range []string{"张三", "110101199003078670", "13800138000"} {
		if strings.Contains(shown, secret) {
			t.Errorf("the preview shows %s: %s", secret, shown)
		}
	}
	for _, bad := range []string{`["name"]`, `["name","name","acc_no","mobile","cvv"]`, `["name","idcard","acc_no","mobile","reference","reference"]`} {
		if a := dev.want(http.StatusUnprocessableEntity, http.MethodPut, at+"/columns", `{"columns":`+bad+`}`); len(a.Errors) != 1 || !strings.HasPrefix(a.Errors[0].Detail, "columns must") {
			t.Errorf("%s: %s", bad, a.text)
		}
	}
	v = read[batchView](t, dev.want(http.StatusOK, http.MethodPut, at+"/columns", `{"columns":["name","idcard","acc_no","mobile","reference"]}`))
	h.check(t)
	if v = read[batchView](t, dev.want(http.StatusOK, http.MethodGet, at, "")); v.State != "checked" || v.Rows.Ready != 1 {
		t.Errorf("it is %+v", v)
	}
	// Named as a file without a heading, it has one more row, which is no person.
	dev.want(http.StatusOK, http.MethodPut, at+"/columns", `{"columns":["name","idcard","acc_no","mobile"],"headless":true}`)
	h.check(t)
	if v = read[batchView](t, dev.want(http.StatusOK, http.MethodGet, at, "")); v.Rows.Total != 2 || v.Rows.Broken != 1 {
		t.Errorf("it is %+v", v)
	}
}

func TestBatches_RefuseFilesThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dev := h.as(quartet.RoleDeveloper)
	for name, c := range map[string]struct {
		file   string
		status int
		word   string
	}{
		"empty":           {"", http.StatusUnprocessableEntity, "the file must not be empty"},
		"no table":        {"\x00\x01\x02", http.StatusUnprocessableEntity, ""},
		"too large":       {strings.Repeat("姓名,身份证号\n", 60_000), http.StatusRequestEntityTooLarge, "at most 1 MiB"},
		"a security code": {"name,idcard,acc_no,mobile,cvv\n", http.StatusUnprocessableEntity, "column 5 must go"},
	} {
		a := dev.ask(http.MethodPost, batchesPath+"?product_id=1887", c.file, "Content-Type", "application/octet-stream")
		if a.status != c.status || !strings.Contains(a.Detail, c.word) {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := dev.ask(http.MethodPost, batchesPath+"?product_id=1887&name=6200000000000000018", batchFile, "Content-Type", "application/octet-stream"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a name that is a card: %d %s", a.status, a.text)
	}
	list := dev.want(http.StatusOK, http.MethodGet, batchesPath, "").text
	if strings.Contains(list, `"state":"uploading"`) {
		t.Errorf("something is left: %s", list)
	}
	v := dev.bring(t, "", strings.Repeat(batchFile, 1)+strings.Repeat("张三,110101199003078670,6200000000000000018,13800138000\n", 200))
	h.check(t)
	if v = read[batchView](t, dev.want(http.StatusOK, http.MethodGet, batchesPath+"/"+v.ID, "")); v.State != "failed" || !strings.Contains(v.Reason, "at most 100 people") {
		t.Errorf("too many rows: %+v", v)
	}
}
