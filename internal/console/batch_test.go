package console_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"quartet"
)

const (
	batchesAt = "/accounts/acme/batches"
	oneBatch  = batchesAt + "/b1"
)

// batchOf is a batch as the API tells it, with more after its state.
func batchOf(state, more string) string {
	return `{"id":"b1","product_id":"1887","name":"三月.csv","state":"` + state + `","created_at":"2026-03-02T02:00:00Z","rows":{"total":12,"broken":1,"duplicates":1,"ready":10},"most_units":10,"left_units":30,"erase_at":"2026-03-09T02:00:00Z"` + more + `}`
}

// A file is sent on as it came, and who sent it goes on where something is asked of them.
func TestBatches_AFileIsBrought(t *testing.T) {
	t.Parallel()
	for state, to := range map[string]string{"checking": "/console/batches/b1", "uploaded": "/console/batches/b1/columns"} {
		f := &fake{answers: map[string]any{"POST " + batchesAt: batchOf(state, "")}}
		f.upload(t, "/console/batches", "file", "三月.csv", "姓名,身份证号\n", "product_id", "1887", "name", "", "_key", "k").leads(t, to)
		f.did(t, "POST "+batchesAt+"?name=%E4%B8%89%E6%9C%88.csv&product_id=1887 姓名,身份证号")
		if len(f.keys) != 1 || f.keys[0] != "k:1 POST "+batchesAt {
			t.Errorf("it came under %q", f.keys)
		}
	}
}

func TestBatches_AFileIsRefusedInWordsOfItsOwner(t *testing.T) {
	t.Parallel()
	f := &fake{answers: map[string]any{"POST " + batchesAt: refusal{422, "invalid", "column 5 must go: its heading names a security code, an expiry, a PIN or a one-time code of cards, which must never be sent here", ""}}}
	f.upload(t, "/console/batches", "file", "people.csv", "name,cvv\n", "product_id", "1887", "name", "三月").is(t, http.StatusUnprocessableEntity).
		says(t, "请删去第 5 列", `value="三月"`, `type="file"`)
	f = &fake{}
	f.upload(t, "/console/batches", "file", "", "", "product_id", "1887", "name", "").is(t, http.StatusUnprocessableEntity).says(t, "请选择文件")
	f.did(t)
	f = &fake{answers: stranger}
	f.upload(t, "/console/batches", "file", "people.csv", "x", "product_id", "1887").leads(t, "/sign-in?next=%2Fconsole%2F")
	f.did(t)
}

func TestBatches_SomebodyNamesTheColumns(t *testing.T) {
	t.Parallel()
	answers := map[string]any{
		"GET " + oneBatch:              batchOf("uploaded", ""),
		"GET " + oneBatch + "/preview": `{"headings":["甲","乙","卡号"],"columns":["","","acc_no"],"missing":["name","idcard","mobile"],"rows":[["某某","000070","0018"],["某","00"]]}`,
	}
	f := &fake{answers: answers}
	f.look(t, "/console/batches/b1/columns").says(t, "在哪一列： <span class=\"badge bg-secondary-lt\">姓名</span> <span class=\"badge bg-secondary-lt\">证件号</span>", "000070", `<option value="acc_no" selected>`)
	f.send(t, "/console/batches/b1/columns", "column-1", "name", "column-2", "", "column-3", "acc_no", "headless", "yes").leads(t, "/console/batches/b1?done=named")
	f.did(t, `PUT `+oneBatch+`/columns {"columns":["name","","acc_no"],"headless":true}`)
	f = &fake{answers: but(answers, map[string]any{"PUT " + oneBatch + "/columns": refusal{422, "invalid", "columns must hold idcard, mobile too; say which column does", "columns"}})}
	f.send(t, "/console/batches/b1/columns", "column-1", "name", "column-2", "reference", "column-3", "acc_no").is(t, http.StatusUnprocessableEntity).
		says(t, "还缺少 证件号、手机号，请指定所在的列", `<option value="reference" selected>`)
}

func TestBatches_TheCheckSaysRowByRowWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := &fake{answers: map[string]any{
		"GET " + oneBatch:                  batchOf("checked", ""),
		"GET " + oneBatch + "/faults":      `{"items":[{"code":"10001","message":"参数传入有误","rule":"card_length","elements":["acc_no"],"rows":1}]}`,
		"GET " + oneBatch + "/faulty-rows": `{"items":[{"row":2,"line":3,"code":"10001","message":"参数传入有误","rule":"card_length","elements":["acc_no"]},{"row":3,"line":4,"elements":[],"duplicate_of":1}]}`,
		"GET /accounts/acme/credentials":   `{"items":[{"id":"t","kind":"appcode","name":"联调","state":"active","test":true},{"id":"c","kind":"appcode","name":"正式","state":"active"},{"id":"x","kind":"appcode","name":"别的产品","state":"active","products":["1886"]},{"id":"r","kind":"appcode","name":"旧的","state":"revoked"}]}`,
	}}
	f.look(t, "/console/batches/b1").says(t, "第 3 行", "银行卡号应为 12 到 19 位", "与前面的人重复（名单中第 1 人）", "次数足够", `name="max_units" type="text" value="10"`,
		`<option value="c">正式</option><option value="t">联调 · 沙箱</option>`, "2026-03-09", "but not", "别的产品", "旧的", "hx-get")
	f.look(t, "/console/batches/b1/faults").says(t, "第 3 行", "有误 1 行，重复 1 行")
	f.role = quartet.RoleReader
	f.look(t, "/console/batches/b1").says(t, "第 3 行", "but not", "/start", "erasure")
}

func TestBatches_AreTurnedByTheirOwners(t *testing.T) {
	t.Parallel()
	f := &fake{}
	f.send(t, "/console/batches/b1/start", "credential_id", "c", "max_units", "1,000").leads(t, "/console/batches/b1?done=started")
	f.send(t, "/console/batches/b1/pause").leads(t, "/console/batches/b1?done=paused")
	f.send(t, "/console/batches/b1/resume", "max_units", "20").leads(t, "/console/batches/b1?done=resumed")
	f.send(t, "/console/batches/b1/question", "rows", "unknown", "max_units", "20").leads(t, "/console/batches/b1?done=asked")
	f.send(t, "/console/batches/b1/cancellation").leads(t, "/console/batches/b1?done=cancelled")
	f.send(t, "/console/batches/b1/erasure").leads(t, "/console/batches/b1?done=erased")
	f.did(t, `POST `+oneBatch+`/start {"credential_id":"c","max_units":1000}`, `POST `+oneBatch+`/pause`, `POST `+oneBatch+`/resume {"max_units":20}`,
		`POST `+oneBatch+`/ask-again {"max_units":20,"rows":"unknown"}`, `POST `+oneBatch+`/cancel`, `DELETE `+oneBatch)
	f = &fake{answers: map[string]any{
		"GET " + oneBatch:                batchOf("checked", ""),
		"GET /accounts/acme/credentials": `{"items":[{"id":"c","kind":"appcode","name":"正式","state":"active"}]}`,
		"POST " + oneBatch + "/start":    refusal{409, "conflict", "credential_id must name a credential that is in force", "credential_id"},
	}}
	f.send(t, "/console/batches/b1/start", "credential_id", "c", "max_units", "7").is(t, http.StatusConflict).says(t, "请选择有效的凭证")
}

// A page that looks after a batch asks for itself as long as something comes by itself.
func TestBatches_ThePageFollowsWhatComesByItself(t *testing.T) {
	t.Parallel()
	for state, follows := range map[string]bool{"checking": true, "running": true, "checked": false, "done": false, "failed": false} {
		f := &fake{answers: map[string]any{"GET " + oneBatch: batchOf(state, `,"started_at":"2026-03-02T02:00:00Z","reason":"the file must not be empty"`)}}
		if page := f.look(t, "/console/batches/b1"); strings.Contains(page.text, `hx-get="/console/batches/b1"`) != follows {
			t.Errorf("%s: it follows: %t", state, !follows)
		}
	}
	paused := func(reason string) seen {
		return (&fake{answers: map[string]any{"GET " + oneBatch: `{"id":"b1","state":"paused","reason":"` + reason + `","started_at":"2026-03-02T02:00:00Z","rows":{"total":9,"sent":2,"ready":7}}`}}).look(t, "/console/batches/b1")
	}
	paused("asked").says(t, "由成员暂停", "已发出的 2 行正在等结果", "hx-get", "but not", "继续核验</h2>")
	paused("fault").says(t, "系统故障", "继续核验</h2>", "but not", "正在等结果", "hx-get")
}

// Elements in clear want the password, which the page itself asks for.
func TestBatches_ClearResultsWantThePassword(t *testing.T) {
	t.Parallel()
	done := batchOf("done", `,"started_at":"2026-03-02T02:00:00Z"`)
	f := &fake{answers: map[string]any{"GET " + oneBatch: done}}
	f.look(t, "/console/batches/b1").says(t, "/api/v1/accounts/acme/batches/b1/results.xlsx", "but not", "elements=clear")
	f.send(t, "/console/batches/b1/proof").is(t, http.StatusOK).says(t, "确认密码")
	fresh := map[string]any{"id": "s1", "kind": "person", "name": "林晓", "account_id": "acme", "role": quartet.RoleOwner, "rights": quartet.RoleOwner.Rights(), "fresh_until": "2026-03-02T05:00:00Z"}
	f = &fake{answers: map[string]any{"GET " + oneBatch: done, "GET /session": fresh}}
	f.send(t, "/console/batches/b1/proof", "_password", "four words in a row").leads(t, "/console/batches/b1?done=proved")
	f.look(t, "/console/batches/b1").says(t, "/api/v1/accounts/acme/batches/b1/results.csv?elements=clear")
}

// The file to begin with is read as it is: its headings are known, and its numbers are text.
func TestBatches_TheExampleIsAWorkbookOfText(t *testing.T) {
	t.Parallel()
	f := &fake{answers: map[string]any{"GET /products/1887/page": `{"product_id":"1887","path":"/communication/personal/1887","parameters":["name","idcard","acc_no","mobile"]}`}}
	got := f.look(t, "/console/batches/sample.xlsx?product=1887").is(t, http.StatusOK)
	z, err := zip.NewReader(bytes.NewReader([]byte(got.text)), int64(len(got.text)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"姓名", "身份证号", "银行卡号", "手机号", "业务编号", "6200000000000000026", "A-002"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("it lacks %q", want)
		}
	}
}
