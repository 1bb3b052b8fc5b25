package e2e_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// An operator adds a supplier, drills it, changes how it is asked, and sees its breaker open
// when it cannot be reached. In turn, since a house makes one drill at a time.
func TestHouse_ASourceIsDrilledAndItsBreakerSeen(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff)
	n := startDemo(t, dir, env)
	n.operator(dir, env)
	report := ""
	for _, width := range []int64{narrow, wide} {
		b := sit(t, n.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/house/")
		b.arrives("zhang", words)
		name := fmt.Sprintf("supplier-%d", width)
		at := "/house/sources/" + name

		b.open("/house/sources/new")
		b.chooses("way", "sim")
		b.presses("选定")
		b.types("spec", "default: {fault: unreachable}")
		b.types("id", "No such name")
		b.types("price_yuan", "0.22")
		b.looks("house-source-new")
		b.clicks(`form[action="/house/sources"] button.btn-primary`)
		b.proven(words, "以字母或数字开头")
		b.types("id", name)
		b.clicks(`form[action="/house/sources"] button.btn-primary`)
		b.proven(words, "渠道已添加")
		b.at(at)
		b.looks("house-source-new-one")
		b.within("操作", "启用渠道")
		evaluate[bool](b, `(() => { document.querySelector("#f-on").value = "合同已签"; return true; })()`)
		b.looks("house-source-enable")
		b.within("操作", "启用")
		b.proven(words, "渠道已启用，立即生效")

		report = drills(b, name, report)

		// It comes first now, and is left alone after two failures.
		b.open(at + "/terms")
		b.types("priority", "-10")
		b.types("failures", "2")
		b.types("open_ms", "600000")
		b.types("maintenance", "sometimes")
		b.looks("house-source-terms")
		b.presses("保存")
		b.proven(words, "维护时段写作")
		b.types("maintenance", "")
		evaluate[bool](b, `(() => { document.querySelector("[name=maintenance]").value = ""; return true; })()`)
		b.presses("保存")
		b.proven(words, "条款已更改，立即生效")
		b.seesNot("熔断中")
		for range 3 {
			if a := n.buyer().mustAsk(t, n.demo.People[0].form()); a.result() != "1" {
				t.Fatalf("a buyer got %s while the registry knows the person", a.body)
			}
		}
		b.awaits(at, "熔断中")
		b.sees("连接不上")
		b.looks("house-source")
		b.open("/house/sources")
		b.sees("¥0.22")
		b.looks("house-sources")
		b.open("/house/sandbox")
		b.sees("6200000000000000018")
		b.looks("house-sandbox")
	}
}

// drills begins a drill of the suppliers that are on and reads its report; where one was made
// before, it is cancelled, and that report is read.
func drills(b *tab, supplier, before string) (report string) {
	b.t.Helper()
	b.open("/house/drills")
	b.sees(supplier)
	b.types("calls", "5")
	b.types("callers", "4")
	b.types("deadline_ms", "500")
	b.looks("house-drills")
	b.clicks(`form[action="/house/drills"] button`)
	b.until(`location.pathname.startsWith("/house/drills/")`)
	b.sees("次调用")
	b.looks("house-drill-running")
	if before != "" {
		b.presses("取消演练")
		b.sees("演练已取消")
		b.open("/house/drills")
		b.sees("已取消")
		b.looks("house-drills-past")
		b.open(before)
	}
	// The page follows by itself.
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end) && !evaluate[bool](b, `document.body.innerText.includes("必须成立的事")`); {
		time.Sleep(250 * time.Millisecond)
	}
	b.sees("必须成立的事")
	b.sees("次数账平衡")
	b.sees("恢复正常")
	b.looks("house-drill")
	return evaluate[string](b, `location.pathname`)
}

// A file of people with a damaged row is imported: who was a stranger is known then, and the
// row that was left out is told.
func TestHouse_AFileIsImportedIntoTheRegistry(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff)
	n := startDemo(t, dir, env)
	n.operator(dir, env)
	people := invent(t, 4, importSeed)
	for i, width := range []int64{narrow, wide} { // in turn: one import goes on at a time
		file := filepath.Join(t.TempDir(), fmt.Sprintf("people-%d.csv", width))
		who := people[i]
		writePeople(t, file, who, person{Name: "张三丰", IDCard: who.IDCard, AccNo: "6200", Mobile: who.Mobile})
		if a := n.buyer().mustAsk(t, who.form()); a.result() != "10015" {
			t.Fatalf("a stranger got %s", a.body)
		}
		b := sit(t, n.url, width)
		b.arrives("zhang", words)
		b.open("/house/imports")
		b.run(chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{file}))
		b.looks("house-imports")
		b.clicks(`form[action="/house/imports"] button`)
		b.sees("整体替换")
		b.looks("house-import-ready")
		b.clicks(`form[action$="/start"] button`)
		b.proven(words, "导入结果")
		b.sees("完成，有损坏行")
		b.sees("卡号长度不对")
		b.seesNot(who.AccNo)
		b.looks("house-import")
		if a := n.buyer().mustAsk(t, who.form()); a.result() != "1" {
			t.Errorf("after the import: %s", a.body)
		}
		b.open("/house/imports?count=1")
		b.sees("名册现状")
		b.looks("house-imports-past")
	}
}

func writePeople(t *testing.T, file string, people ...person) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	_ = w.Write([]string{"卡号", "姓名", "身份证号", "手机号"})
	for _, p := range people {
		_ = w.Write([]string{p.AccNo, p.Name, p.IDCard, p.Mobile})
	}
	w.Flush()
	if err := w.Error(); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
}
