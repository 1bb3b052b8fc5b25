package console

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/web"
)

// sourceStatementRoutes are how a supplier's statement is compared with what was asked, and
// what it says of open questions is written down then.
func (c *Console) sourceStatementRoutes() {
	const at = houseSourcesPath + "/{source}/statements"
	c.housed("GET "+at, c.houseSourceStatementPage)
	c.upload("POST "+at+"/preview", maxBankFile, "the file is larger than 16 MiB; compare it by `quartet source reconcile`", c.compareSourceStatement, c.houseSourceStatementPage)
	c.formOf(maxBankForm, "POST "+at, c.settleSourceStatement, c.houseSourceStatementPage)
}

// statementDifference is where a statement and our attempts disagree.
type statementDifference struct {
	Kind          string    `json:"kind"`
	Line          int       `json:"line"`
	SeqNo         string    `json:"seq_no"`
	Number        string    `json:"number"`
	At            time.Time `json:"at"`
	What          string    `json:"what"`
	OursCharged   string    `json:"ours_charged"`
	Ours          float64   `json:"ours_fen"`
	TheirsCharged string    `json:"theirs_charged"`
	Theirs        float64   `json:"theirs_fen"`
	Settled       bool      `json:"settled"`
}

// Words are what differs.
func (d statementDifference) Words() string {
	return labelIn([]choice{
		{Value: "theirs only", Label: "对账单有，本站没有"},
		{Value: "ours only", Label: "本站有，对账单没有"},
		{Value: "differs", Label: "说法不一致"},
		{Value: "open", Label: "原先未知，对账单给出答案"},
		{Value: "duplicate", Label: "对账单重复"},
		{Value: "bad row", Label: "这一行无法读取"},
	}, d.Kind)
}

// CallPath is where the call is looked at; OursText and TheirsText are what each side says it costs.
func (d statementDifference) CallPath() string   { return pathTo(houseCallsPath+"/", d.SeqNo) }
func (d statementDifference) OursText() string   { return costText(d.Ours) }
func (d statementDifference) TheirsText() string { return costText(d.Theirs) }

// OursWords and TheirsWords are whether it is charged, by each side.
func (d statementDifference) OursWords() string {
	return callAttempt{Charged: d.OursCharged}.ChargedWords()
}

func (d statementDifference) TheirsWords() string {
	return callAttempt{Charged: d.TheirsCharged}.ChargedWords()
}

// statementComparison is what came of comparing a month.
type statementComparison struct {
	Digest      string                `json:"digest"`
	Agrees      bool                  `json:"agrees"`
	Rows        int64                 `json:"rows"`
	Questions   int64                 `json:"questions"`
	Matched     int64                 `json:"matched"`
	TheirsOnly  int64                 `json:"theirs_only"`
	OursOnly    int64                 `json:"ours_only"`
	Differing   int64                 `json:"differing"`
	Open        int64                 `json:"open"`
	Settled     int64                 `json:"settled"`
	Duplicates  int64                 `json:"duplicates"`
	BadRows     int64                 `json:"bad_rows"`
	Priced      bool                  `json:"priced"`
	Theirs      float64               `json:"theirs_fen"`
	Ours        float64               `json:"ours_fen"`
	OpenFen     float64               `json:"ours_open_fen"`
	Differences []statementDifference `json:"differences"`
	More        bool                  `json:"more"`
}

// TheirsText, OursText and OpenText are the sums.
func (c statementComparison) TheirsText() string { return costText(c.Theirs) }
func (c statementComparison) OursText() string   { return costText(c.Ours) }
func (c statementComparison) OpenText() string   { return costText(c.OpenFen) }

// HouseSourceStatementPage is where a supplier's statement is compared.
type HouseSourceStatementPage struct {
	Source     houseSource
	Month      string
	Columns    map[string]string
	Comparison *statementComparison
	Wrote      bool   // what it says was written down, and not only shown
	File       string // the statement in base64, for the form that writes it down
}

func (HouseSourceStatementPage) template() string { return "housesourcestatement" }
func (HouseSourceStatementPage) title() string    { return "供应商对账" }

// statementColumns are the headings that can be named where they are no usual ones. In the form
// of a file their names begin with _, as all that stands before a file.
var statementColumns = []choice{
	{Value: "order_column", Label: "本站单号的列名"}, {Value: "reference_column", Label: "供应商流水号的列名"}, {Value: "charged_column", Label: "是否计费的列名"}, {Value: "amount_column", Label: "金额的列名"}, {Value: "time_column", Label: "时间的列名"},
}

// Headings are those columns, Named whether one was named.
func (HouseSourceStatementPage) Headings() []choice { return statementColumns }
func (p HouseSourceStatementPage) Named() bool      { return len(p.Columns) > 0 }

func (c *Console) houseSourceStatementPage(v *visit) (page, error) {
	s, err := v.source()
	month := v.value("month")
	if month == "" {
		month = c.o.Now().In(quartet.Shanghai).AddDate(0, 0, -15).Format("2006-01")
	}
	return HouseSourceStatementPage{Source: s, Month: month}, err
}

func (c *Console) compareSourceStatement(v *visit, file []byte) (string, error) {
	columns := map[string]string{}
	for _, one := range statementColumns {
		if name := v.value("_" + one.Value); name != "" {
			columns[one.Value] = name
		}
	}
	return "", c.compared(v, file, v.value("_month"), columns, "")
}

func (c *Console) settleSourceStatement(v *visit) (string, error) {
	file, err := base64.URLEncoding.DecodeString(v.value("statement"))
	if err != nil {
		return "", &web.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "the form could not be read"}
	}
	v.form.Values.Del("statement") // what is refused is shown anew, and is long
	columns := map[string]string{}
	for _, one := range statementColumns {
		if name := v.value(one.Value); name != "" {
			columns[one.Value] = name
		}
	}
	return "", c.compared(v, file, v.value("month"), columns, v.value("digest"))
}

// compared compares a statement, or with the digest of its preview writes down what it says, and
// shows what came of it.
func (c *Console) compared(v *visit, file []byte, month string, columns map[string]string, digest string) error {
	at := "/sources/" + v.segment("source") + "/statements"
	if digest == "" {
		at += "/preview"
	}
	pairs := []string{"month", month, "digest", digest}
	for name, heading := range columns {
		pairs = append(pairs, name, heading)
	}
	p := HouseSourceStatementPage{Month: month, Columns: columns, Comparison: &statementComparison{}, Wrote: digest != ""}
	if err := v.send(http.MethodPost, query(at, pairs...), "application/octet-stream", bytes.NewReader(file), p.Comparison); err != nil {
		return err
	}
	var err error
	if p.Source, err = v.source(); err != nil {
		return err
	}
	if !p.Wrote {
		p.File = base64.URLEncoding.EncodeToString(file)
	}
	c.render(v, http.StatusOK, p)
	return nil
}

func sourceStatementPreviews() []preview {
	s := previewSources()[0]
	at := s.Path() + "/statements"
	found := &statementComparison{
		Digest: "9f2c41d7", Rows: 15021, Questions: 15024, Matched: 15018, TheirsOnly: 1, OursOnly: 2, Differing: 1, Open: 2, BadRows: 1, Priced: true, Theirs: 270_378, Ours: 270_342, OpenFen: 36,
		Differences: []statementDifference{
			{Kind: "open", Line: 812, SeqNo: "4XU29Z4D1704061618", At: previewNow.AddDate(0, 0, -20), OursCharged: "unknown", Ours: 18, TheirsCharged: "yes", Theirs: 18},
			{Kind: "theirs only", Line: 940, Number: "A20260210120001", At: previewNow.AddDate(0, 0, -18), TheirsCharged: "yes", Theirs: 18},
			{Kind: "ours only", SeqNo: "QFREFWFM1795610258", At: previewNow.AddDate(0, 0, -9), OursCharged: "yes", Ours: 18},
			{Kind: "bad row", Line: 15020, What: "the time cannot be read"},
		},
	}
	agrees := &statementComparison{Digest: "77ab", Agrees: true, Rows: 120, Questions: 120, Matched: 120, Priced: true, Theirs: 2160, Ours: 2160}
	wrote := *found
	wrote.Open, wrote.Settled, wrote.OpenFen = 0, 2, 0
	return []preview{
		{name: "house-source-statement", path: at, page: HouseSourceStatementPage{Source: s, Month: "2026-02"}},
		{name: "house-source-statement-preview", path: at, page: HouseSourceStatementPage{Source: s, Month: "2026-02", Comparison: found, Columns: map[string]string{"order_column": "order no"}, File: "eA=="}},
		{name: "house-source-statement-agrees", path: at, page: HouseSourceStatementPage{Source: s, Month: "2026-02", Comparison: agrees, File: "eA=="}},
		{name: "house-source-statement-settled", path: at, page: HouseSourceStatementPage{Source: s, Month: "2026-02", Comparison: &wrote, Wrote: true}},
	}
}
