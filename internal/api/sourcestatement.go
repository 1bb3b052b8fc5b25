package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"quartet"
	"quartet/internal/reconcile"
)

// Reconciliations is where suppliers' statements are compared with what was asked.
type Reconciliations interface {
	Reconcile(ctx context.Context, by, source, month string, file io.Reader, c reconcile.Columns, settle bool, put func(reconcile.Difference) error) (reconcile.Sum, error)
	SeqNo(no quartet.SeqNo) string
}

const (
	// maxStatement is the largest statement, and shownDifferences how many differences are shown.
	maxStatement     = 32 << 20
	shownDifferences = 500
)

type statementDifference struct {
	Kind          string    `json:"kind" enum:"theirs only,ours only,differs,open,duplicate,bad row" doc:"theirs only: a row that no question belongs to; ours only: a question that is or may be charged and has no row; open: we did not know, and the row tells"`
	Line          int       `json:"line,omitempty"`
	SeqNo         string    `json:"seq_no,omitempty"`
	Number        string    `json:"number,omitempty" doc:"The supplier's, of a row without a question"`
	At            time.Time `json:"at,omitzero"`
	What          string    `json:"what,omitempty" doc:"What differs, or cannot be read"`
	OursCharged   string    `json:"ours_charged,omitempty" enum:"no,yes,unknown"`
	OursFen       float64   `json:"ours_fen,omitempty"`
	TheirsCharged string    `json:"theirs_charged,omitempty" enum:"no,yes"`
	TheirsFen     float64   `json:"theirs_fen,omitempty"`
	Settled       bool      `json:"settled,omitempty"`
}

type comparison struct {
	Digest      string                `json:"digest" doc:"What settling names, so that what was shown is what is settled"`
	Agrees      bool                  `json:"agrees" doc:"Nothing is left to be looked at"`
	Rows        int64                 `json:"rows"`
	Questions   int64                 `json:"questions" doc:"Of the month"`
	Matched     int64                 `json:"matched"`
	TheirsOnly  int64                 `json:"theirs_only"`
	OursOnly    int64                 `json:"ours_only"`
	Differing   int64                 `json:"differing"`
	Open        int64                 `json:"open"`
	Settled     int64                 `json:"settled"`
	Duplicates  int64                 `json:"duplicates"`
	BadRows     int64                 `json:"bad_rows"`
	Priced      bool                  `json:"priced" doc:"The statement has amounts"`
	TheirsFen   float64               `json:"theirs_fen"`
	OursFen     float64               `json:"ours_fen"`
	OpenFen     float64               `json:"ours_open_fen" doc:"What may be charged beside, before settling"`
	Differences []statementDifference `json:"differences" nullable:"false" doc:"The first 500"`
	More        bool                  `json:"more" doc:"There are further differences"`
}

// StatementIn is a supplier's statement, and how it is read.
type StatementIn struct {
	SourceIn

	Month     string `query:"month" required:"true" pattern:"^\\d{4}-\\d{2}$" patternDescription:"2026-10" doc:"Of Asia/Shanghai"`
	Reference string `query:"reference_column" maxLength:"80" doc:"Heading of the supplier's number, where it is no usual one"`
	Order     string `query:"order_column" maxLength:"80" doc:"Heading of our number, likewise as all that follow"`
	Charged   string `query:"charged_column" maxLength:"80"`
	Amount    string `query:"amount_column" maxLength:"80"`
	Time      string `query:"time_column" maxLength:"80"`
	RawBody   []byte `contentType:"application/octet-stream"`
}

func (a *API) compare(ctx context.Context, by string, in *StatementIn, digest string, settle bool) (*struct{ Body comparison }, error) {
	sum256 := sha256.Sum256(append([]byte(in.Source+"/"+in.Month+"\n"), in.RawBody...))
	v := comparison{Digest: hex.EncodeToString(sum256[:]), Differences: []statementDifference{}}
	if settle && v.Digest != digest {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "digest", Message: "digest must be that of the preview of this very statement; look at it again"}
	}
	columns := reconcile.Columns{Reference: in.Reference, Order: in.Order, Charged: in.Charged, Amount: in.Amount, Time: in.Time}
	sum, err := a.o.Reconciliations.Reconcile(ctx, by, in.Source, in.Month, bytes.NewReader(in.RawBody), columns, settle, func(d reconcile.Difference) error {
		if len(v.Differences) == shownDifferences {
			v.More = true
			return nil
		}
		v.Differences = append(v.Differences, a.differenceOf(&d))
		return nil
	})
	if err != nil {
		return nil, ofStatement(err)
	}
	v.Agrees, v.Rows, v.Questions, v.Matched, v.TheirsOnly, v.OursOnly, v.Differing = sum.Agrees(), sum.Rows, sum.Attempts, sum.Matched, sum.TheirsOnly, sum.OursOnly, sum.Differing
	v.Open, v.Settled, v.Duplicates, v.BadRows, v.Priced = sum.Open, sum.Settled, sum.Duplicates, sum.Bad, sum.Priced
	v.TheirsFen, v.OursFen, v.OpenFen = fenOf(sum.Theirs), fenOf(sum.Ours), fenOf(sum.Unsure)
	return &struct{ Body comparison }{v}, nil
}

// ofStatement tells a fault of a header in the names that columns have here.
func ofStatement(err error) error {
	e, ok := errors.AsType[*quartet.Error](err)
	if !ok {
		return err
	}
	told := *e
	for _, column := range []string{"reference", "order", "charged", "amount", "time"} {
		told.Message = strings.ReplaceAll(told.Message, "--"+column+"-column", column+"_column")
	}
	return &told
}

func (a *API) differenceOf(d *reconcile.Difference) statementDifference {
	v := statementDifference{Kind: string(d.Kind), Line: d.Line, Number: d.Number, At: d.At, What: d.What, Settled: d.Done}
	if !d.No.IsZero() {
		v.SeqNo, v.OursCharged, v.OursFen = a.o.Reconciliations.SeqNo(d.No), d.Ours.String(), fenOf(d.Cost)
	}
	if d.Theirs != quartet.ChargedUnknown {
		v.TheirsCharged, v.TheirsFen = d.Theirs.String(), fenOf(d.Amount)
	}
	return v
}

func (a *API) registerSourceStatements() {
	const tag, path = "sources", "/sources/{source}/statements"
	keepers := []quartet.Right{quartet.MayRunHouse, quartet.MayMoveMoney}
	register(a, operation{
		ID: "previewSourceStatement", Method: http.MethodPost, Path: path + "/preview", Tag: tag, MaxBody: maxStatement, Within: 5 * time.Minute, Rights: keepers,
		Summary: "Compare a supplier's statement of a month with what was asked", Doc: "The body is the file: CSV in UTF-8 or GBK, or XLSX. Columns of elements are not read. Nothing is written.",
	}, func(ctx context.Context, c Caller, in *StatementIn) (*struct{ Body comparison }, error) {
		return a.compare(ctx, c.By(), in, "", false)
	})
	register(a, operation{
		ID: "settleSourceStatement", Method: http.MethodPost, Path: path, Tag: tag, MaxBody: maxStatement, Within: 10 * time.Minute, Rights: keepers,
		Summary: "Write down what a supplier's statement says of open questions, as its preview showed it", Doc: "Each with an entry of the audit. What has no row stays open. Doing it again changes nothing.",
	}, func(ctx context.Context, c Caller, in *struct {
		StatementIn

		Digest string `query:"digest" required:"true" minLength:"64" maxLength:"64" doc:"Of the preview"`
	},
	) (*struct{ Body comparison }, error) {
		return a.compare(ctx, c.By(), &in.StatementIn, in.Digest, true)
	})
}
