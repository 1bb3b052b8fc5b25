package console

import (
	"net/url"
	"time"

	"quartet"
)

func batchPreviews() []preview {
	var list []preview
	for _, part := range []func() []preview{batchListPreviews, batchUploadPreviews, batchPagePreviews} {
		list = append(list, part()...)
	}
	return list
}

func previewBatch(state quartet.BatchState) ownBatch {
	return ownBatch{
		ID: "019a2185-8c44-79cc-ba56-76d8e6392619", Product: "1887", Credential: "c1", Name: "三月工资核对.xlsx", State: string(state), Bytes: 812_000,
		Rows: batchRows{Total: 10_000, Broken: 36, Duplicates: 14, Ready: 9950}, CreatedAt: previewNow.Add(-2 * time.Hour), Most: 9950, Left: 15_812, EraseAt: previewNow.AddDate(0, 0, 7),
	}
}

// previewBegun is one of which so many rows have an end.
func previewBegun(state quartet.BatchState, finished int64) ownBatch {
	b := previewBatch(state)
	b.Rows = batchRows{Total: 10_000, Broken: 36, Duplicates: 14, Match: finished * 9 / 10, Mismatch: finished / 20, Undetermined: finished / 100}
	b.Rows.Refused = finished - b.Rows.Match - b.Rows.Mismatch - b.Rows.Undetermined
	b.Rows.Ready = b.Rows.Asked() - finished
	b.Ceiling, b.Charged, b.StartedAt, b.Most = 9950, b.Rows.Match+b.Rows.Mismatch, previewNow.Add(-time.Hour), b.Rows.Ready
	return b
}

func batchListPreviews() []preview {
	running, done := previewBegun(quartet.BatchRunning, 4321), previewBegun(quartet.BatchDone, 9950)
	erased := previewBegun(quartet.BatchDone, 9950)
	erased.ErasedAt, erased.Name = previewNow.AddDate(0, 0, -1), ""
	waits := previewBatch(quartet.BatchUploaded)
	waits.Rows = batchRows{}
	return []preview{
		{name: "batches", path: batchesPath, page: BatchesPage{Batches: []ownBatch{running, previewBatch(quartet.BatchChecked), waits, done, erased}, Next: batchesPath + "?after=b5", Writes: true}},
		{name: "batches-empty", path: batchesPath, page: BatchesPage{Writes: true}},
		{name: "batches-reader", path: batchesPath, page: BatchesPage{}},
	}
}

func batchUploadPreviews() []preview {
	products := []choice{{"1887", "银行卡四要素核验", true}, {"1886", "银行卡三要素核验", false}}
	column := func(place int, heading, role string, cells ...string) batchColumn {
		return batchColumn{Place: place, Heading: heading, Cells: cells, Roles: chosen(columnRoles, role)}
	}
	columns := &BatchColumnsPage{Batch: previewBatch(quartet.BatchUploaded), Missing: []string{"手机号"}, Columns: []batchColumn{
		column(1, "姓名", "name", "某某", "某某某"), column(2, "身份证号", "idcard", "000000000000000070", "00000000000000002X"),
		column(3, "卡号", "acc_no", "0000000000000000018", "0000000000000000026"), column(4, "联系方式", "", "00000000000", "00000000000"), column(5, "", "", "x-0", "x-0"),
	}}
	return []preview{
		{name: "batch-new", path: batchesPath + "/new", page: NewBatchPage{Products: products, Example: batchesPath + "/sample.xlsx?product=1887"}},
		{name: "batch-new-refused", path: batchesPath + "/new", page: NewBatchPage{Products: products[:1], Example: batchesPath + "/sample.xlsx?product=1887"}, form: form{
			Values: url.Values{"file": {""}, "name": {""}}, Detail: "请删去第 5 列：表头像是安全码、有效期、密码或验证码，这些内容不得提交",
		}},
		{name: "batch-columns", path: columns.Batch.Path() + "/columns", page: columns},
		{name: "batch-columns-refused", path: columns.Batch.Path() + "/columns", page: columns, form: form{Detail: "还缺少 手机号，请指定所在的列"}},
	}
}

// previewFaults are what a check found, counted and row by row.
func previewFaults() ([]batchFault, []faultyRow) {
	return []batchFault{
			{Code: "10001", Rule: "rounded", Columns: []string{"acc_no"}, Rows: 21},
			{Code: "10001", Rule: "id_checksum", Columns: []string{"idcard"}, Rows: 9},
			{Code: "10008", Rule: "missing", Columns: []string{"name", "mobile"}, Rows: 5},
			{Code: "10006", Columns: []string{"mobile"}, Rows: 1},
		}, []faultyRow{
			{Row: 7, Line: 8, Code: "10001", Rule: "id_checksum", Columns: []string{"idcard"}},
			{Row: 31, Line: 32, Code: "10001", Rule: "rounded", Columns: []string{"acc_no"}},
			{Row: 44, Line: 45, Code: "10008", Rule: "missing", Columns: []string{"name", "mobile"}},
			{Row: 52, Line: 53, Twin: 12, Columns: []string{}},
		}
}

func batchPagePreviews() []preview {
	one := func(name string, b ownBatch, change ...func(*BatchPage)) preview {
		p := BatchPage{Batch: b, Product: "银行卡四要素核验", Account: "acme", Writes: true}
		for _, f := range change {
			f(&p)
		}
		return preview{name: name, path: b.Path(), page: p}
	}
	faults, faulty := previewFaults()
	report := func(p *BatchPage) { p.Faults, p.Faulty = faults, faulty }
	credentials := func(p *BatchPage) {
		p.Credentials = []choice{{"c1", "正式环境", true}, {"c2", "联调", false}}
	}
	checking, short, failed := previewBatch(quartet.BatchChecking), previewBatch(quartet.BatchChecked), previewBatch(quartet.BatchFailed)
	checking.Rows, checking.EraseAt = batchRows{Total: 4500}, time.Time{}
	short.Left = 1200
	failed.Rows, failed.Reason = batchRows{}, "the file must have people below its heading"
	none := previewBatch(quartet.BatchChecked)
	none.Rows, none.Most = batchRows{Total: 36, Broken: 36}, 0
	running := previewBegun(quartet.BatchRunning, 4321)
	running.ETA, running.EraseAt = 192_000, time.Time{}
	paused, flying := previewBegun(quartet.BatchPaused, 6000), previewBegun(quartet.BatchPaused, 6000)
	paused.Reason, paused.Ceiling = quartet.PausedCeiling, paused.Charged
	flying.Reason, flying.Rows.Sent = quartet.PausedAsked, 32
	done := previewBegun(quartet.BatchDone, 9950)
	done.Rows.Refused -= 3
	done.Rows.Unknown, done.EndedAt = 3, previewNow.Add(-time.Minute)
	cancelled, erased := previewBegun(quartet.BatchCancelled, 6000), previewBegun(quartet.BatchDone, 9950)
	cancelled.EndedAt = previewNow
	erased.ErasedAt, erased.EraseAt = previewNow.Add(-time.Hour), time.Time{}
	return []preview{
		one("batch-uploaded", previewBatch(quartet.BatchUploaded)),
		one("batch-checking", checking),
		one("batch-checked", previewBatch(quartet.BatchChecked), report, credentials),
		one("batch-short", short, credentials),
		one("batch-no-credential", short),
		one("batch-none", none, report),
		one("batch-failed", failed, func(p *BatchPage) { p.Failure = "表头下面没有数据" }),
		one("batch-running", running, report),
		one("batch-paused", paused),
		one("batch-flying", flying),
		one("batch-done", done, func(p *BatchPage) { p.Proved = true }),
		one("batch-cancelled", cancelled),
		one("batch-erased", erased),
		one("batch-reader", previewBatch(quartet.BatchChecked), report, func(p *BatchPage) { p.Writes = false }),
		{name: "batch-faults", path: done.Path() + "/faults", page: BatchFaultsPage{BatchPage: BatchPage{Batch: done, Account: "acme", Faulty: faulty}, Next: done.Path() + "/faults?after=52"}},
	}
}
