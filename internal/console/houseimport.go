package console

import (
	"encoding/csv"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const houseImportsPath = "/house/imports"

const (
	// maxRegistryFile is what the API takes of a file, and a little more, so that it says itself
	// that there is too much.
	maxRegistryFile = 1<<30 + 1<<20
	// mostDamaged is the longest report that is shown on a page; longer ones are a file.
	mostDamaged  = 20_000
	shownDamaged = 200
)

func (c *Console) importRoutes() {
	c.housed("GET "+houseImportsPath, c.houseImportsPage)
	c.mux.HandleFunc("POST "+houseImportsPath, c.sendImport)
	const one = houseImportsPath + "/{import}"
	c.housed("GET "+one, c.houseImportPage)
	c.form("POST "+one+"/start", c.startImport, c.houseImportPage)
	c.form("POST "+one+"/cancellation", func(v *visit) (string, error) {
		at := v.segment("import")
		return v.houseAct(houseImportsPath+"/"+at, "cancelled", "/registry-imports/"+at+"/cancellation", nil)
	}, c.houseImportPage)
}

// registryImport is a file of people on its way into the registry.
type registryImport struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	By         actor     `json:"by"`
	State      string    `json:"state"`
	Replace    bool      `json:"replace"`
	Size       int64     `json:"size_bytes"`
	Read       int64     `json:"read_bytes"`
	Rows       int64     `json:"rows"`
	Loaded     int64     `json:"loaded"`
	Damaged    int64     `json:"damaged"`
	PerSecond  float64   `json:"rows_per_second"`
	ETA        int64     `json:"eta_seconds"`
	Generation int64     `json:"generation"`
	Reason     string    `json:"reason"`
	CreatedAt  time.Time `json:"created_at"`
	BegunAt    time.Time `json:"begun_at"`
	EndedAt    time.Time `json:"ended_at"`
}

// Path is where it is watched, CSV the address of its report as a file.
func (i registryImport) Path() string { return pathTo(houseImportsPath+"/", i.ID) }

func (i registryImport) CSV() string {
	return pathTo(apiPrefix+"/registry-imports/", i.ID) + "/report.csv"
}

// Running and Ready are where it stands, Open whether something may still come of it.
func (i registryImport) Running() bool { return i.State == "running" }
func (i registryImport) Ready() bool   { return i.State == "ready" }
func (i registryImport) Open() bool    { return i.Running() || i.Ready() }

// Badge is where it stands, in a word.
func (i registryImport) Badge() badge {
	if i.State == "done" && i.Damaged > 0 {
		return badge{"完成，有损坏行", "yellow"}
	}
	return map[string]badge{
		"ready": {"待导入", "yellow"}, "running": {"导入中", "blue"}, "done": {"已完成", "green"}, "failed": {"导入失败", "red"}, "cancelled": {"已取消", "secondary"}, "expired": {"已过期", "secondary"},
	}[i.State]
}

// SizeText is the size of its file.
func (i registryImport) SizeText() string { return sizeText(i.Size) }

func sizeText(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MiB"
	case bytes >= 1<<10:
		return strconv.FormatFloat(float64(bytes)/(1<<10), 'f', 1, 64) + " KiB"
	}
	return strconv.FormatInt(bytes, 10) + " B"
}

// Speed is how many rows a second it makes, in whole ones.
func (i registryImport) Speed() int64 { return int64(i.PerSecond + 0.5) }

// registryStat is what the registry holds.
type registryStat struct {
	Generation     int64  `json:"generation"`
	Records        int64  `json:"records"`
	Bytes          int64  `json:"bytes"`
	Key            string `json:"key"`
	Unfinished     int64  `json:"unfinished_generation"`
	UnfinishedRows int64  `json:"unfinished_rows"`
}

// SizeText is what it takes on disk.
func (s registryStat) SizeText() string { return sizeText(s.Bytes) }

// HouseImportsPage lists imports into the registry, and takes a file.
type HouseImportsPage struct {
	Imports []registryImport
	Stat    *registryStat // only when it is asked for: it is counted then
	Next    string
	Runs    bool
}

func (HouseImportsPage) template() string { return "houseimports" }
func (HouseImportsPage) title() string    { return "名册导入" }

func (c *Console) houseImportsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseImportsPage{Runs: v.who().May("house.write")}
	var imports list[registryImport]
	if err := v.get(query("/registry-imports", "limit", "30", "after", q.Get("after")), &imports); err != nil {
		return nil, err
	}
	p.Imports, p.Next = imports.Items, following(houseImportsPath, imports.Next)
	if q.Has("count") {
		_ = http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(answerWithin)) // a server without deadlines has none to move
		p.Stat = &registryStat{}
		return p, v.get("/registry", p.Stat)
	}
	return p, nil
}

// sendImport hands a file of a form on to the API as it comes: it may be larger than memory.
func (c *Console) sendImport(w http.ResponseWriter, r *http.Request) {
	v := c.newVisit(w, r)
	if to := v.houseDoor(); to != "" {
		v.redirect(to)
		return
	}
	var sent registryImport
	err := v.handOn("file", maxRegistryFile, nil, func(file *multipart.Part) error {
		return v.send(http.MethodPost, query("/registry-imports", "name", file.FileName()), "application/octet-stream", file, &sent)
	})
	problem := problemOf(err)
	switch {
	case err == nil:
		v.redirect(sent.Path())
	case problem != nil && shownInForm(problem):
		v.form.refuse(v, problem)
		c.answer(v, problem.Status, c.houseImportsPage)
	default:
		c.refused(v, err)
	}
}

// damagedRow is a row that was left out, and why. Nothing of its content is told.
type damagedRow struct{ Line, Field, Code string }

// FieldWords and Words are which element it is and what is wrong with it.
func (d damagedRow) FieldWords() string {
	return labelIn([]choice{{Value: "name", Label: "姓名"}, {Value: "id", Label: "证件号"}, {Value: "card", Label: "银行卡号"}, {Value: "mobile", Label: "预留手机号"}, {Value: "status", Label: "卡状态"}, {Value: "row", Label: "整行"}}, d.Field)
}

func (d damagedRow) Words() string { return labelWord(rejectWords, d.Code) }

// rejectWords are why an element is refused, as docs/elements.md explains them.
var rejectWords = map[string]string{
	"name_char": "姓名中有不会出现的字符", "name_length": "姓名过长", "id_format": "不符合证件格式", "id_length": "证件号长度不对", "id_checksum": "证件号校验位不符", "id_birth": "出生日期不存在或尚未到来", "id_province": "省份不存在", "id_excel": "证件号被电子表格四舍五入",
	"card_format": "卡号不是数字", "card_length": "卡号长度不对", "mobile_format": "手机号格式不对", "mobile_length": "手机号不是 11 位", "mobile_region": "不是中国大陆手机号", "type_error": "不是文本", "missing": "缺少内容", "status_unknown": "无法识别的卡状态",
}

// HouseImportPage is how far an import is, and what came of it.
type HouseImportPage struct {
	Import registryImport
	Rows   []damagedRow // the first of those that are damaged
	Causes []cause      // of all of them
	Runs   bool
	Done   string
}

func (HouseImportPage) template() string { return "houseimport" }
func (HouseImportPage) title() string    { return "导入进度" }
func (p HouseImportPage) scripts() []string {
	if p.Import.Running() {
		return []string{"vendor/htmx/htmx.min.js"}
	}
	return nil
}

func (c *Console) houseImportPage(v *visit) (page, error) {
	p := HouseImportPage{Runs: v.who().May("house.write"), Done: v.done(map[string]string{"started": "导入已开始", "cancelled": "导入已取消"})}
	at := "/registry-imports/" + v.segment("import")
	if err := v.get(at, &p.Import); err != nil {
		return nil, err
	}
	if p.Import.Open() || p.Import.Damaged == 0 || p.Import.Damaged > mostDamaged {
		return p, nil
	}
	var report []byte
	if err := v.get(at+"/report.csv", &report); err != nil {
		return nil, err
	}
	return p, p.read(string(report))
}

// read takes the report apart: line, field and code of each damaged row.
func (p *HouseImportPage) read(report string) error {
	const columns = 3
	counts := map[string]int64{}
	lines := csv.NewReader(strings.NewReader(strings.TrimPrefix(report, "\ufeff")))
	lines.FieldsPerRecord = columns
	for first := true; ; first = false {
		row, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			for code, n := range counts {
				p.Causes = append(p.Causes, cause{damagedRow{Code: code}.Words(), n})
			}
			slices.SortFunc(p.Causes, func(a, b cause) int {
				if a.Count != b.Count {
					return int(b.Count - a.Count)
				}
				return strings.Compare(a.Words, b.Words)
			})
			return nil
		case err != nil:
			return err
		case first && row[0] == "line":
			continue
		}
		counts[row[2]]++
		if len(p.Rows) < shownDamaged {
			p.Rows = append(p.Rows, damagedRow{row[0], row[1], row[2]})
		}
	}
}

func (c *Console) startImport(v *visit) (string, error) {
	at := v.segment("import")
	return v.houseAct(houseImportsPath+"/"+at, "started", "/registry-imports/"+at+"/start", map[string]bool{"replace": v.value("replace") == "true"})
}

func importPreviews() []preview {
	at := previewNow
	ready := registryImport{ID: "i4", Name: "people.csv", By: "qian", State: "ready", Size: 842_113, CreatedAt: at.Add(-time.Minute)}
	running := registryImport{ID: "i3", Name: "people-2026-03.csv", By: "qian", State: "running", Replace: true, Size: 71_303_168, Read: 24_117_248, Rows: 338_000, Loaded: 337_996, Damaged: 4, PerSecond: 48_200.4, ETA: 14, CreatedAt: at.Add(-time.Minute), BegunAt: at.Add(-7 * time.Second)}
	done := registryImport{ID: "i2", Name: "people-2026-02.csv", By: "qian", State: "done", Size: 71_303_168, Read: 71_303_168, Rows: 1_000_000, Loaded: 999_997, Damaged: 3, PerSecond: 47_910, Generation: 12, CreatedAt: at.AddDate(0, -1, 0), BegunAt: at.AddDate(0, -1, 0), EndedAt: at.AddDate(0, -1, 0).Add(21 * time.Second)}
	clean := done
	clean.ID, clean.Damaged, clean.Loaded = "i1", 0, 1_000_000
	failed := registryImport{ID: "i0", Name: "people.xlsx", By: "sun", State: "failed", Size: 1024, Reason: "the columns of the file cannot be told", CreatedAt: at.AddDate(0, -2, 0), BegunAt: at.AddDate(0, -2, 0), EndedAt: at.AddDate(0, -2, 0)}
	many := done
	many.Damaged = 44_000
	report := HouseImportPage{Import: done, Runs: true, Rows: []damagedRow{{"12", "card", "card_length"}, {"881", "id", "id_checksum"}, {"4023", "card", "card_length"}}, Causes: []cause{{rejectWords["card_length"], 2}, {rejectWords["id_checksum"], 1}}}
	return []preview{
		{name: "house-imports", path: houseImportsPath, page: HouseImportsPage{Imports: []registryImport{ready, running, done, failed}, Runs: true}},
		{name: "house-imports-counted", path: houseImportsPath, page: HouseImportsPage{Imports: []registryImport{clean}, Runs: true, Stat: &registryStat{Generation: 12, Records: 1_000_000, Bytes: 68_157_440, Key: "k1", Unfinished: 13, UnfinishedRows: 338_000}}},
		{name: "house-imports-empty", path: houseImportsPath, page: HouseImportsPage{Runs: true}},
		{name: "house-imports-refused", path: houseImportsPath, page: HouseImportsPage{Runs: true}, form: form{Detail: "请选择文件"}},
		{name: "house-import-ready", path: ready.Path(), page: HouseImportPage{Import: ready, Runs: true}},
		{name: "house-import-running", path: running.Path(), page: HouseImportPage{Import: running, Runs: true}},
		{name: "house-import", path: done.Path(), page: report},
		{name: "house-import-clean", path: clean.Path(), page: HouseImportPage{Import: clean, Runs: true}},
		{name: "house-import-many", path: many.Path(), page: HouseImportPage{Import: many, Runs: true}},
		{name: "house-import-failed", path: failed.Path(), page: HouseImportPage{Import: failed, Runs: true}},
	}
}
