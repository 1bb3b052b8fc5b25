package console

import (
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"unicode"
)

// maxBatchFile is more than a house takes of a file by its settings: the API says itself that there
// is too much.
const maxBatchFile = 1 << 34

// NewBatchPage is where a file is brought.
type NewBatchPage struct {
	Products []choice
	Example  string // address of a file to begin with
}

func (NewBatchPage) template() string { return "batchnew" }
func (NewBatchPage) title() string    { return "上传文件" }

func (c *Console) newBatchPage(v *visit) (page, error) {
	names, err := v.productNames()
	if err != nil {
		return nil, err
	}
	p := NewBatchPage{Products: named(names)}
	wanted := v.r.URL.Query().Get("product")
	if v.form.Values != nil {
		wanted = v.form.Values.Get("product_id")
	}
	if wanted == "" && len(p.Products) > 0 {
		wanted = p.Products[0].Value
	}
	p.Products, p.Example = chosen(p.Products, wanted), query(batchesPath+"/sample.xlsx", "product", wanted)
	return p, nil
}

// bringBatch sends a file of a form on to the API as it comes.
func (c *Console) bringBatch(w http.ResponseWriter, r *http.Request) {
	v := c.newVisit(w, r)
	if to := v.door(); to != "" {
		v.redirect(to)
		return
	}
	var made ownBatch
	err := v.handOn("file", maxBatchFile, []string{"product_id", "name"}, func(file *multipart.Part) error {
		at := query(v.account("/batches"), "product_id", v.value("product_id"), "name", batchName(v.value("name"), file.FileName()))
		return v.send(http.MethodPost, at, "application/octet-stream", file, &made)
	})
	problem := problemOf(err)
	switch {
	case err == nil && made.State == "uploaded":
		v.redirect(made.Path() + "/columns")
	case err == nil:
		v.redirect(made.Path())
	case problem != nil && shownInForm(problem):
		v.form.refuse(v, problem)
		c.answer(v, problem.Status, c.newBatchPage)
	default:
		c.refused(v, err)
	}
}

// batchName is what its owner calls a batch, or what they call the file.
func batchName(typed, file string) string {
	if typed != "" {
		return typed
	}
	const most = 80
	name := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(filepath.Base(file), "")))
	return string(name[:min(len(name), most)])
}
