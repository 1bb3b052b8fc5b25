package console_test

import (
	"net/http"
	"testing"

	"quartet"
)

func TestCalls_AreChosenByTimesOfShanghai(t *testing.T) {
	f := &fake{}
	page := f.look(t, "/console/calls?from=2026-03-01T00:00&to=2026-03-01T23:59&verdict=mismatch&code=10000")
	f.was(t, "GET /accounts/acme/calls?code=10000&from_at=2026-02-28T16%3A00%3A00Z&limit=50&to_at=2026-03-01T16%3A00%3A00Z&verdict=mismatch")
	page.says(t, "没有符合条件的调用", `value="2026-03-01T00:00"`, `<option value="mismatch" selected>`)
}

func TestCalls_GoOnWithTheSameFilter(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/calls": map[string]any{
		"items": []map[string]any{{"seq_no": "4XU29Z4D1704061618", "at": "2026-03-01T01:02:03Z", "code": "10003", "message": "请求超时", "latency_ms": 3001}}, "next": "4XU29Z4D1704061618",
	}}}
	f.look(t, "/console/calls?to=2026-03-01T23:59&code=10003").says(t, "2026-03-01 09:02:03", "3,001 毫秒", "未出结果", "不扣费",
		`href="/console/calls?after=4XU29Z4D1704061618&amp;code=10003&amp;to=2026-03-01T23%3A59"`,
		`href="/api/v1/accounts/acme/calls.csv?code=10003&amp;from=2026-01-31&amp;to=2026-03-01"`, "calls.xlsx?")
}

func TestCalls_OfATimeThatEndsBeforeItBeginsAreNotAskedFor(t *testing.T) {
	for _, query := range []string{"from=2026-03-02T00:00&to=2026-03-01T00:00", "from=yesterday"} {
		f := &fake{answers: map[string]any{"GET /accounts/acme/calls": refusal{500, "internal", "asked", ""}}}
		f.look(t, "/console/calls?"+query).is(t, http.StatusOK).says(t, `aria-invalid="true"`, "请更正后再查询")
	}
}

func TestCalls_OfAPageThatIsGoneAreExplained(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/calls": refusal{422, "invalid", "after is not next of an earlier page; begin at the first one", "after"}}}
	f.look(t, "/console/calls?after=nothing").says(t, "页码已失效")
}

func TestCalls_AreFoundBySeqNoHoweverItWasPasted(t *testing.T) {
	(&fake{}).look(t, "/console/calls?seq_no=+4xu29z4d1704061618+").leads(t, "/console/calls/4XU29Z4D1704061618")
}

func TestCall_ThatNobodyKnowsIsExplained(t *testing.T) {
	unknown := refusal{404, "not_found", "no call bears this seqNo; check it letter by letter", ""}
	f := &fake{answers: map[string]any{"GET /accounts/acme/calls/4XU29Z4D1704061618": unknown, "GET /accounts/acme/calls/4XU2": unknown}}
	f.look(t, "/console/calls/4XU29Z4D1704061618").is(t, http.StatusNotFound).says(t, "属于另一个账户", "/console/support/new?seq_no=4XU29Z4D1704061618", "but not", "18 个字符")
	f.look(t, "/console/calls/4xu2").says(t, "18 个字符", "but not", "属于另一个账户")
}

func TestCall_TellsWhyAndWhatItCost(t *testing.T) {
	f := &fake{role: quartet.RoleReader, answers: map[string]any{"GET /accounts/acme/calls/4XU29Z4D1704061618": map[string]any{
		"seq_no": "4XU29Z4D1704061618", "at": "2026-03-01T01:02:03Z", "code": "10000", "message": "成功", "verdict": "mismatch", "reason": "mobile_mismatch", "differs": []string{"mobile"},
		"units": 1, "latency_ms": 164, "product_id": "1887", "credential_id": "c1", "credential_name": "正式环境",
	}}}
	f.look(t, "/console/calls/4XU29Z4D1704061618").says(t, "手机号与银行预留不一致", "预留手机号", "扣 1 次", "银行卡四要素核验", "正式环境", "/docs/result-codes#code-10000", "/console/support/new?seq_no=4XU29Z4D1704061618",
		"but not", "/console/credentials/c1") // readers have no page of credentials
}
