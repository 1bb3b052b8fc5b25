package console

import (
	"fmt"
	"net/http"
	"strings"

	"quartet/internal/web"
)

// columnRoles are what a column of a file can hold.
var columnRoles = []choice{
	{Label: "不使用"}, {Value: "name", Label: "姓名"}, {Value: "idcard", Label: "证件号"}, {Value: "acc_no", Label: "银行卡号"}, {Value: "mobile", Label: "手机号"}, {Value: "reference", Label: "业务编号"},
}

// columnWords is what an element is called.
func columnWords(parameter string) string { return labelIn(columnRoles, parameter) }

// batchPreview is the beginning of a file, masked.
type batchPreview struct {
	Headings []string   `json:"headings"`
	Columns  []string   `json:"columns"`
	Missing  []string   `json:"missing"`
	Rows     [][]string `json:"rows"`
}

// BatchColumnsPage asks what the columns of a file hold.
type BatchColumnsPage struct {
	Batch    ownBatch
	Columns  []batchColumn
	Missing  []string // elements that no column holds yet
	Headless bool
}

func (BatchColumnsPage) template() string { return "batchcolumns" }
func (BatchColumnsPage) title() string    { return "指定各列内容" }

// batchColumn is a column of a file with what stands in it first.
type batchColumn struct {
	Place   int // from 1
	Heading string
	Cells   []string
	Roles   []choice
}

// Field is its name in the form.
func (c batchColumn) Field() string { return fmt.Sprintf("column-%d", c.Place) }

func (c *Console) batchColumnsPage(v *visit) (page, error) {
	p := &BatchColumnsPage{}
	if err := v.get(v.batchAt(""), &p.Batch); err != nil {
		return nil, err
	}
	var seen batchPreview
	if err := v.get(v.batchAt("/preview"), &seen); err != nil {
		return nil, err
	}
	typed := v.form.Values
	p.Headless = typed.Has("headless") || typed == nil && len(seen.Headings) == 0
	for _, e := range seen.Missing {
		p.Missing = append(p.Missing, columnWords(e))
	}
	width := len(seen.Headings)
	for _, row := range seen.Rows {
		width = max(width, len(row))
	}
	for i := range width {
		col := batchColumn{Place: i + 1, Heading: at(seen.Headings, i)}
		for _, row := range seen.Rows {
			col.Cells = append(col.Cells, at(row, i))
		}
		role := at(seen.Columns, i)
		if typed.Has(col.Field()) {
			role = typed.Get(col.Field())
		}
		col.Roles = chosen(columnRoles, role)
		p.Columns = append(p.Columns, col)
	}
	return p, nil
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// nameColumns says what the columns hold, as far as a form names them.
func (c *Console) nameColumns(v *visit) (string, error) {
	columns := []string{}
	for i := 1; v.form.Values.Has(batchColumn{Place: i}.Field()); i++ {
		columns = append(columns, v.value(batchColumn{Place: i}.Field()))
	}
	err := v.put(v.batchAt("/columns"), map[string]any{"columns": columns, "headless": v.checked("headless")}, nil)
	return v.atBatch("named"), v.namedElements(err)
}

// namedElements says in a refusal what elements are called, where the API says what a call
// names them.
func (v *visit) namedElements(err error) error {
	p := problemOf(err)
	if p == nil || v.lang != chinese {
		return err
	}
	for i := range p.Errors {
		said, missing := strings.CutPrefix(p.Errors[i].Detail, "columns must hold ")
		if !missing {
			continue
		}
		list, _, _ := strings.Cut(said, " too")
		var named []string
		for e := range strings.SplitSeq(list, ", ") {
			named = append(named, columnWords(e))
		}
		p.Errors[i].Detail = strings.Replace(p.Errors[i].Detail, list, strings.Join(named, "、"), 1)
	}
	return p
}

// batchFault counts rows of a batch that are wrong alike.
type batchFault struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Rule    string   `json:"rule"`
	Columns []string `json:"elements"`
	Rows    int64    `json:"rows"`
}

// Words are what is wrong, and Elements where.
func (f batchFault) Words() string { return faultWords(f.Code, f.Rule, f.Message) }

func (f batchFault) Elements() []string { return elementsWords(f.Columns) }

// faultyRow is a row of a batch that is not asked about.
type faultyRow struct {
	Row     int64    `json:"row"`
	Line    int64    `json:"line"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Rule    string   `json:"rule"`
	Columns []string `json:"elements"`
	Twin    int64    `json:"duplicate_of"`
}

// Words are what is wrong with it, and Elements where.
func (r faultyRow) Words() string { return faultWords(r.Code, r.Rule, r.Message) }

func (r faultyRow) Elements() []string { return elementsWords(r.Columns) }

func elementsWords(parameters []string) (list []string) {
	for _, e := range parameters {
		list = append(list, columnWords(e))
	}
	return list
}

// ruleWords are what the rules that a row can break ask for, so that whoever mends the file knows
// what to write.
var ruleWords = map[string]string{
	"missing":       "缺少内容",
	"type_error":    "该行无法读取，请检查引号和分隔符",
	"name_char":     "姓名里有不应出现的字符，或混用了汉字和字母",
	"name_length":   "姓名超过 50 个字符",
	"id_length":     "证件号位数不对，身份证号应为 18 位",
	"id_format":     "不符合任何证件号的格式",
	"id_province":   "证件号开头的省份不存在",
	"id_birth":      "证件号里的出生日期不存在",
	"id_checksum":   "证件号校验位不对，请核对是否抄错",
	"id_excel":      "号码被表格软件改成了科学计数法，请把该列设为文本后重新填写",
	"card_format":   "银行卡号只能是数字；被改成科学计数法的，请把该列设为文本后重新填写",
	"card_length":   "银行卡号应为 12 到 19 位",
	"mobile_format": "手机号只能是数字，以 13 到 19 开头",
	"mobile_length": "手机号应为 11 位",
	"mobile_region": "不是中国大陆的手机号",
	"rounded":       "号码末尾被表格软件改成了 0，请把该列设为文本后重新填写",
}

func faultWords(code, rule, message string) string {
	if code == "10006" {
		return "两列内容互相矛盾"
	}
	if code == "10009" && rule == "type_error" {
		return "该行无法读取，或号码没有按文本填写"
	}
	if words := ruleWords[rule]; words != "" {
		return words
	}
	return message
}

// BatchFaultsPage lists the rows of a batch that are not asked about.
type BatchFaultsPage struct {
	BatchPage

	Next string
}

func (BatchFaultsPage) template() string { return "batchfaults" }
func (BatchFaultsPage) title() string    { return "不核验的行" }

func (c *Console) batchFaultsPage(v *visit) (page, error) {
	p := BatchFaultsPage{BatchPage: BatchPage{Account: v.who().Account}}
	if err := v.get(v.batchAt(""), &p.Batch); err != nil {
		return nil, err
	}
	var part list[faultyRow]
	if err := v.get(query(v.batchAt("/faulty-rows"), "after", v.r.URL.Query().Get("after"), "limit", "100"), &part); err != nil {
		return nil, err
	}
	if p.Faulty = part.Items; part.Next != "" {
		p.Next = query(p.Batch.Path()+"/faults", "after", part.Next)
	}
	return p, nil
}

// proofWanted asks for a fresh proof of the password.
func proofWanted() *web.Problem {
	return &web.Problem{Status: http.StatusForbidden, Code: codeProofNeeded}
}
