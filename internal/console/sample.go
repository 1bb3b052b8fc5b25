package console

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"quartet/internal/sample"
	"quartet/internal/web"
)

const samplesPath = "/console/samples"

// sampleRoutes are the pages of sample code.
func (c *Console) sampleRoutes() {
	c.open("GET /products/{product}/samples", c.publicSample)
	c.open("GET /products/{product}/samples/file", c.sampleFile)
	c.signed("GET "+samplesPath, c.ownSample)
	c.form("POST "+samplesPath, c.fillSample, c.ownSample)
}

// SamplePage shows a call of a product in a language, ready to copy. Own are the credentials that
// can be filled in; Filled tells that one was.
type SamplePage struct {
	Public               bool
	Products             []choice // where there are several
	Product, ProductName string
	Languages, Proofs    []tab
	Language, Proof      string
	Name, Needs          string
	Run, MacOS           string
	Client               bool
	File, Code, Download string
	Own                  []choice
	MayFill, Filled      bool
	SignIn               string // where an own credential can be filled in
}

// tab is a link to the same page about something else.
type tab struct {
	ID, Name, Path string
	Active         bool
}

func (*SamplePage) template() string { return "sample" }
func (*SamplePage) title() string    { return "示例代码" }

// callable is a product as far as samples need it.
type callable struct {
	Product    string   `json:"product_id"`
	Path       string   `json:"path"`
	Parameters []string `json:"parameters"`
	Content    struct {
		Name string `json:"name"`
	} `json:"content"`
}

// wanted is which sample is looked at. Words that mean none stand for the first one: nobody
// gets lost by a link that was cut.
type wanted struct {
	language sample.Language
	proof    sample.Proof
}

func wantedOf(q url.Values) wanted {
	w := wanted{proof: sample.AppCode}
	if sample.Proof(q.Get("proof")) == sample.Signature {
		w.proof = sample.Signature
	}
	var ok bool
	if w.language, ok = sample.Find(q.Get("language")); !ok {
		w.language = sample.Languages()[0]
	}
	return w
}

// samplePage is the page about a product, without a credential in it.
func samplePage(path string, about *callable, w wanted, r *sample.Request) (*SamplePage, error) {
	made, err := sample.Render(&w.language, r)
	if err != nil {
		return nil, err
	}
	p := &SamplePage{
		Product: about.Product, ProductName: about.Content.Name, Language: w.language.ID, Proof: string(w.proof), Name: w.language.Name, Needs: w.language.Needs,
		Run: w.language.Run(w.proof), MacOS: w.language.MacOS(w.proof), Client: w.language.Client, File: made.File, Code: made.Code,
	}
	product := ""
	if path == samplesPath {
		product = about.Product
	}
	to := func(language, proof string) string {
		return query(path, "product", product, "language", language, "proof", proof)
	}
	for _, l := range sample.Languages() {
		p.Languages = append(p.Languages, tab{l.ID, l.Name, to(l.ID, p.Proof), l.ID == p.Language})
	}
	for _, proof := range sample.Proofs() {
		name := "AppCode"
		if proof == sample.Signature {
			name = "签名（AppKey）"
		}
		p.Proofs = append(p.Proofs, tab{string(proof), name, to(p.Language, string(proof)), proof == w.proof})
	}
	p.Download = query("/products/"+url.PathEscape(about.Product)+"/samples/file", "language", p.Language, "proof", p.Proof)
	p.SignIn = signInPath + "?" + url.Values{"next": {query(samplesPath, "product", about.Product, "language", p.Language, "proof", p.Proof)}}.Encode()
	return p, nil
}

// sampleRequest is the call that a sample makes, at the address of this house.
func (v *visit) sampleRequest(about *callable, w wanted) *sample.Request {
	r := sample.For(about.Path, about.Parameters, w.proof)
	r.At(v.base())
	return &r
}

// base is where the house is called: as its settings say, else as this page was. Only on the
// reader's own machine is it called without TLS.
func (v *visit) base() string {
	if v.c.o.Site != "" {
		return strings.TrimRight(v.c.o.Site, "/")
	}
	name := (&url.URL{Host: v.r.Host}).Hostname()
	here, err := netip.ParseAddr(name)
	if !v.c.o.Proxies.HTTPS(v.r) && (name == "localhost" || err == nil && here.IsLoopback()) {
		return "http://" + v.r.Host
	}
	return "https://" + v.r.Host
}

// publicSample shows samples to everybody.
func (c *Console) publicSample(v *visit) (page, error) {
	about, err := v.callable(v.r.PathValue("product"))
	if err != nil {
		return nil, err
	}
	w := wantedOf(v.r.URL.Query())
	p, err := samplePage("/products/"+url.PathEscape(about.Product)+"/samples", about, w, v.sampleRequest(about, w))
	if err != nil {
		return nil, err
	}
	p.Public = true
	if v.who() != nil {
		p.SignIn = query(samplesPath, "product", about.Product, "language", p.Language, "proof", p.Proof)
	}
	return p, nil
}

func (v *visit) callable(product string) (*callable, error) {
	var about callable
	err := v.get("/products/"+url.PathEscape(product)+"/page", &about)
	return &about, err
}

// sampleFile is a sample as a file, with places for the credential.
func (c *Console) sampleFile(v *visit) (page, error) {
	about, err := v.callable(v.r.PathValue("product"))
	if err != nil {
		return nil, err
	}
	w := wantedOf(v.r.URL.Query())
	made, err := sample.Render(&w.language, v.sampleRequest(about, w))
	if err != nil {
		return nil, err
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+made.File+`"`)
	_, _ = v.w.Write([]byte(made.Code))
	return nil, nil //nolint:nilnil // it has answered
}

// ownSample shows samples to a buyer, with a choice of credentials that can be filled in.
func (c *Console) ownSample(v *visit) (page, error) {
	if v.who() == nil {
		return nil, &web.Problem{Status: http.StatusUnauthorized, Code: "unauthenticated"}
	}
	q := v.r.URL.Query()
	if v.form.Values != nil {
		q = v.form.Values
	}
	p, err := c.sampleWith(v, q, nil)
	if p == nil {
		return &SamplePage{}, err
	}
	return p, err
}

// fillSample shows the page with the secret of a credential in the program. It is shown as the
// answer of the form and stands in no address; that it was shown is in the audit.
func (c *Console) fillSample(v *visit) (string, error) {
	if to := v.door(); to != "" {
		return to, nil
	}
	var own ownCredential
	if err := v.post(v.account("/credentials/"+url.PathEscape(v.value("credential"))+"/secret"), nil, &own); err != nil {
		return "", err
	}
	p, err := c.sampleWith(v, v.form.Values, &own)
	if err != nil || p == nil {
		return samplesPath, err
	}
	c.render(v, http.StatusOK, p)
	return "", nil
}

// ownCredential is one of the account.
type ownCredential struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	AppKey string `json:"app_key"`
	Test   bool   `json:"test"`
	State  string `json:"state"`
	Secret string `json:"secret"`
}

// kindOf is the kind of credential that proves so.
func kindOf(p sample.Proof) string {
	if p == sample.Signature {
		return "appkey"
	}
	return "appcode"
}

// sampleWith is the page of a buyer; nil: nothing is sold yet.
func (c *Console) sampleWith(v *visit, q url.Values, own *ownCredential) (*SamplePage, error) {
	products, err := all[callable](v, "/pages")
	if err != nil || len(products) == 0 {
		return nil, err
	}
	about := &products[0]
	for i := range products {
		if products[i].Product == q.Get("product") {
			about = &products[i]
		}
	}
	w := wantedOf(q)
	if own != nil && own.Kind == kindOf(sample.Signature) {
		w.proof = sample.Signature
	}
	r := v.sampleRequest(about, w)
	filled := own != nil && own.Kind == kindOf(w.proof)
	switch {
	case filled && w.proof == sample.Signature:
		r.AppKey, r.AppSecret = own.AppKey, own.Secret
	case filled:
		r.AppCode = own.Secret
	}
	p, err := samplePage(samplesPath, about, w, r)
	if err != nil {
		return nil, err
	}
	p.Filled = filled
	if len(products) > 1 {
		for i := range products {
			one := &products[i]
			p.Products = append(p.Products, choice{one.Product, one.Content.Name, one.Product == about.Product})
		}
	}
	if p.MayFill = v.who().May("credential.write"); p.MayFill {
		p.Own, err = v.fillable(w.proof)
	}
	return p, err
}

// fillable are the credentials that can be put into a program.
func (v *visit) fillable(proof sample.Proof) (choices []choice, err error) {
	mine, err := all[ownCredential](v, v.account("/credentials"))
	if err != nil {
		return nil, err
	}
	for i := range mine {
		one := &mine[i]
		if one.Kind != kindOf(proof) || one.State != "active" {
			continue
		}
		name := one.Name
		if name == "" {
			name = one.ID
		}
		if one.Test {
			name += " · " + v.lang.word("测试")
		}
		choices = append(choices, choice{Value: one.ID, Label: name, Chosen: one.ID == v.value("credential")})
	}
	return choices, nil
}

func samplePreviews() []preview {
	about := &callable{Product: "1887", Path: "/communication/personal/1887", Parameters: []string{"name", "idcard", "acc_no", "mobile"}}
	about.Content.Name = "银行卡四要素核验"
	show := func(name, language string, proof sample.Proof, change func(*SamplePage, *sample.Request)) preview {
		w := wanted{proof: proof}
		w.language, _ = sample.Find(language)
		r := sample.For(about.Path, about.Parameters, proof)
		r.At("https://api.shili-data.example")
		change(&SamplePage{}, &r)
		p := must(samplePage(samplesPath, about, w, &r))
		p.MayFill = true
		change(p, &r)
		return preview{name: name, path: samplesPath, page: p}
	}
	public := show("samples-public", "python", sample.Signature, func(p *SamplePage, _ *sample.Request) { p.Public, p.MayFill = true, false })
	public.path, public.out = "/products/1887/samples", true
	return []preview{
		show("samples", "curl", sample.AppCode, func(p *SamplePage, _ *sample.Request) {
			p.Own = []choice{{"c1", "正式环境", false}, {"c2", "联调 · 测试", false}}
			p.Products = []choice{{"1887", "银行卡四要素核验", true}, {"1886", "银行卡三要素核验", false}}
		}),
		show("samples-filled", "java", sample.AppCode, func(p *SamplePage, r *sample.Request) {
			r.AppCode = "0123456789abcdef0123456789abcdef"
			p.Filled, p.Own = true, []choice{{"c1", "正式环境", true}}
		}),
		show("samples-client", "wechat", sample.Signature, func(*SamplePage, *sample.Request) {}),
		show("samples-mac", "objective-c", sample.AppCode, func(p *SamplePage, _ *sample.Request) { p.MayFill = false }),
		public,
		{name: "samples-empty", path: samplesPath, page: &SamplePage{}},
	}
}
