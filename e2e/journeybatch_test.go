package e2e_test

import (
	"encoding/csv"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// A buyer takes a file of people through the road in the browser.

const longBatch = 10_000 // as many as the registry of a demo knows

// inFile is a file of some content in a folder of the test.
func inFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// registryFile is a file of all the people whom the registry of a demo knows.
func registryFile(t *testing.T) string {
	t.Helper()
	out := must(t, environ(), "registry", "synth", "--count", strconv.Itoa(longBatch), "--seed", strconv.Itoa(demoSeed), "--csv", "-")
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out, "\ufeff"))).ReadAll()
	if err != nil || len(records) != longBatch+1 {
		t.Fatal(len(records), err)
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	var text strings.Builder
	text.WriteString("姓名,身份证号,银行卡号,手机号,业务编号\n")
	for i, r := range records[1:] {
		text.WriteString(strings.Join([]string{r[column["name"]], r[column["idcard"]], r[column["acc_no"]], r[column["mobile"]], "R-" + strconv.Itoa(i+1)}, ",") + "\n")
	}
	return text.String()
}

// freeAddress is one that nobody listens at: a server that is killed comes back at it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// brings sends a file.
func (b *tab) brings(file string) {
	b.t.Helper()
	b.open("/console/batches/new")
	b.until(`document.querySelector("#f-file")`)
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{file}))
	b.presses("上传并检查")
}

// takes presses a link that downloads a file whose name ends so, and reads it.
func (b *tab) takes(selector, ending string) string {
	b.t.Helper()
	dir := b.t.TempDir()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	b.must(err)
	b.clicks(selector)
	for range 300 {
		if files, _ := filepath.Glob(filepath.Join(dir, "*"+ending)); len(files) == 1 { // until it is whole, Chromium names it otherwise
			text, err := os.ReadFile(files[0])
			b.must(err)
			return string(text)
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("no %s came", ending)
	return ""
}

// A newcomer's file is refused, mended by saying what its columns hold, and judged row by row.
func (b *tab) mends(t *testing.T, known *person) {
	t.Helper()
	b.open("/console/batches/new")
	b.looks("batch-new")
	if example := b.takes(`a[href*="sample.xlsx"]`, ".xlsx"); !strings.HasPrefix(example, "PK") {
		t.Error("the example is no workbook")
	}
	b.brings(inFile(t, "wrong.csv", "姓名,身份证号,银行卡号,手机号,CVV\n"))
	b.sees("请删去第 5 列")
	b.looks("batch-new-refused")
	line := known.Name + "," + known.IDCard + "," + known.AccNo + "," + known.Mobile
	text, err := simplifiedchinese.GBK.NewEncoder().String("甲,乙,丙,丁\n" + line + "\n" + known.Name + "," + known.IDCard + ",6.21E+18," + known.Mobile + "\n" + line + "\n" + known.Name + "," + known.IDCard + "," + known.AccNo + ",\n")
	b.must(err)
	b.brings(inFile(t, "people.csv", text))
	b.sees("表头没有说明这些内容在哪一列")
	b.seesNot(known.AccNo)
	b.looks("batch-columns")
	for i, role := range []string{"name", "idcard", "acc_no"} {
		b.chooses("column-"+strconv.Itoa(i+1), role)
	}
	b.presses("保存并检查")
	b.sees("还缺少 手机号")
	b.until(`document.querySelector("[name=column-3]").value === "acc_no"`)
	b.chooses("column-4", "mobile")
	b.presses("保存并检查")
	b.sees("检查完成，还没有扣次数")
	for _, said := range []string{"第 3 行", "银行卡号只能是数字", "第 4 行", "与前面的人重复", "第 5 行", "缺少内容", "要核验"} {
		b.sees(said)
	}
	b.seesNot(known.AccNo)
	b.looks("batch-checked")
	b.presses("逐行查看全部 3 行")
	b.sees("有误 2 行，重复 1 行")
	b.looks("batch-faults")
	b.run(chromedp.NavigateBack())
	b.presses("立即删除")
	b.sees("只留下统计数")
	b.looks("batch-erased")
}

// halfway waits until the bar stands about there.
func (b *tab) halfway() {
	b.t.Helper()
	b.until(`document.querySelector("#bar")?.value >= %d`, longBatch*2/5)
	if at := evaluate[float64](b, `document.querySelector("#bar").value`); at >= longBatch {
		b.t.Errorf("the bar stands at %v: the server was not killed half-way", at)
	}
}

// The server of a batch is killed while the page shows how far it is: the page comes back with it,
// no row is charged twice and none skipped, and the file of results agrees with the book.
func TestConsole_ABatchSurvivesTheKillOfItsServer(t *testing.T) {
	t.Parallel()
	dir, env, address := folder(t), environ(guardOff), freeAddress(t)
	start := func() *node { return startDemo(t, dir, env, "--listen", address) }
	n := start()
	const buyer = "batch@example.com"
	small, large := sit(t, n.url, narrow), sit(t, n.url, wide)
	small.registers(dir, buyer)
	account := n.resident(buyer).account
	must(t, env, "grant", "add", "--account", account, "--units", strconv.Itoa(2*longBatch), "--data", dir)
	large.open("/sign-in")
	large.types("address", buyer)
	large.types("password", passphrase)
	large.presses("登录")
	large.at("/console/")
	for _, b := range []*tab{small, large} {
		b.forgive(http.StatusUnprocessableEntity, "/console/batches")
		b.outlives()
		b.open("/console/batches")
		b.sees("还没有批量任务")
		b.looks("batches-empty")
	}
	for _, b := range []*tab{small, large} {
		b.mends(t, &n.demo.People[0])
	}
	small.creates("appcode", "工资核对", false)
	slowed(t, n, buyer)

	large.brings(inFile(t, "三月工资.csv", registryFile(t)))
	large.sees("要核验")
	large.sees("次数足够")
	large.looks("batch-ready")
	large.types("max_units", "12000")
	large.presses("开始核验")
	large.sees("核验中")
	large.until(`document.querySelector("#bar")?.value > 0`)
	page := evaluate[string](large, "location.pathname")
	small.open(page)
	small.halfway()
	small.looks("batch-running")
	n.kill()
	for _, b := range []*tab{small, large} {
		b.until(`!document.querySelector("[data-lost]").hidden`)
	}
	large.looks("batch-lost")
	n = start()
	for _, b := range []*tab{small, large} {
		b.until(`document.querySelector("[data-lost]").hidden`)
	}
	large.lasts()
	small.sees("已完成")
	for _, b := range []*tab{small, large} {
		b.looks("batch-done")
		b.open("/console/batches")
		b.sees("三月工资.csv")
		b.looks("batches")
	}
	small.open(page)
	var line batchLine
	for _, b := range lines[batchLine](t, must(t, env, "batch", "list", "--json", "--data", dir)) {
		if strings.HasSuffix(page, b.ID) {
			line = b
		}
	}
	if line.State != "done" || line.Rows != longBatch || line.Ready != 0 || line.Charged == 0 || line.Charged > 12000 {
		t.Errorf("it is %+v\n%s", line, n.log)
	}
	checkResults(t, dir, env, account, small.takes(`a[href$="/results.csv"]`, ".csv"), line, longBatch)
	small.clears(n.demo.People[0].AccNo)
}

// slowed makes the credentials of a buyer slow, so that a batch takes a while.
func slowed(t *testing.T, n *node, buyer string) {
	t.Helper()
	c := n.resident(buyer)
	at := "/accounts/" + c.account + "/credentials"
	for _, one := range got[struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}](c.visitor, http.StatusOK, http.MethodGet, at, nil).Items {
		c.ask(http.StatusOK, http.MethodPut, at+"/"+one.ID, map[string]any{"name": "工资核对", "qps": 800, "burst": 800})
	}
}

// lasts waits for the end of a batch.
func (b *tab) lasts() {
	b.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if evaluate[bool](b, `document.body.innerText.includes("已完成")`) {
			return
		}
	}
	b.sees("已完成")
}

// clears takes the results in clear away, for which the password is asked for unless it was just
// proved.
func (b *tab) clears(card string) {
	b.t.Helper()
	if !evaluate[bool](b, `Boolean(document.querySelector('a[href$="results.csv?elements=clear"]'))`) {
		b.presses("下载明文结果")
		b.proves()
		b.sees("10 分钟内可以下载明文结果")
	}
	if text := b.takes(`a[href$="results.csv?elements=clear"]`, ".csv"); !strings.Contains(text, card) {
		b.t.Error("the results are not in clear")
	}
}
