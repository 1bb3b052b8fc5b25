package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// maxSpecForm is a form that holds the text by which a source is asked: the API takes 256 KiB
// of it, which may grow to three times as much when a browser encodes it.
const maxSpecForm = 1 << 20

// newSourceRoutes are how a source is added: first is chosen how it is asked, then what that
// needs is given.
func (c *Console) newSourceRoutes() {
	c.housed("GET "+houseSourcesPath+"/new", c.houseSourceNewPage)
	c.formOf(maxSpecForm, "POST "+houseSourcesPath+"/new/check", c.checkManifest, c.houseSourceNewPage)
	c.formOf(maxSpecForm, "POST "+houseSourcesPath, c.addSource, c.houseSourceNewPage)
}

// manifest is how a supplier is asked over HTTP.
type manifest struct {
	Name        string         `json:"name"`
	Title       string         `json:"title"`
	Host        string         `json:"host"`
	Placeholder bool           `json:"address_needed"`
	Credentials []manifestSlot `json:"credentials"`
	QPS         int64          `json:"qps"`
	Inquires    bool           `json:"inquires"`
	Unconfirmed string         `json:"unconfirmed"`
}

type manifestSlot struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

type manifestFault struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Key    string `json:"key"`
	Detail string `json:"detail"`
}

// manifestCheck is what was found in a manifest of the house's own.
type manifestCheck struct {
	OK       bool            `json:"ok"`
	Manifest *manifest       `json:"manifest"`
	Faults   []manifestFault `json:"faults"`
}

// cloudSlots are the credentials of the kinds that need no manifest.
var cloudSlots = map[string][]manifestSlot{
	"tencent": {{"secret_id", "SecretId"}, {"secret_key", "SecretKey"}},
	"aliyun":  {{"access_key_id", "AccessKey ID"}, {"access_key_secret", "AccessKey Secret"}},
}

// HouseSourceNewPage is where a source is added.
type HouseSourceNewPage struct {
	Manifests []manifest
	Kind      string    // "": nothing is chosen yet
	Shipped   *manifest // that comes with the program
	Check     *manifestCheck
}

func (HouseSourceNewPage) template() string { return "housesourcenew" }
func (HouseSourceNewPage) title() string    { return "添加渠道" }

// Ways are how the new one may be asked.
func (p HouseSourceNewPage) Ways() []choice {
	list := []choice{
		{Value: "httpjson", Label: "供应商接口，自备清单"}, {Value: "tencent", Label: "腾讯云"}, {Value: "aliyun", Label: "阿里云"}, {Value: "registry", Label: "自有名册"}, {Value: "sim", Label: "模拟渠道"},
	}
	way := p.Kind
	if p.Shipped != nil {
		way = "httpjson/" + p.Shipped.Name
	}
	return chosen(list, way)
}

// ShippedWays are the manifests that come with the program, as choices.
func (p HouseSourceNewPage) ShippedWays() []choice {
	list := make([]choice, len(p.Manifests))
	for i := range p.Manifests {
		list[i] = choice{Value: "httpjson/" + p.Manifests[i].Name, Label: p.Manifests[i].Title, Chosen: p.Shipped != nil && p.Shipped.Name == p.Manifests[i].Name}
	}
	return list
}

// Own reports whether a manifest of the house's own is written, Described whether its text was
// found whole, or none is needed.
func (p HouseSourceNewPage) Own() bool       { return p.Kind == "httpjson" && p.Shipped == nil }
func (p HouseSourceNewPage) Described() bool { return !p.Own() || p.Check != nil && p.Check.OK }

// Takes reports whether the kind reads a text: settings or a script.
func (p HouseSourceNewPage) Takes() bool { return p.Kind != "registry" && p.Shipped == nil }

// SpecWords is what that text is.
func (p HouseSourceNewPage) SpecWords() string { return specWords(p.Kind) }

func specWords(kind string) string {
	switch kind {
	case "httpjson":
		return "清单（YAML）"
	case "sim":
		return "应答脚本（YAML）"
	}
	return "设置（YAML，可不填）"
}

// Manifest is the one that the new source goes by, if it does.
func (p HouseSourceNewPage) Manifest() *manifest {
	if p.Check != nil {
		return p.Check.Manifest
	}
	return p.Shipped
}

// Slots are the credentials that it needs.
func (p HouseSourceNewPage) Slots() []manifestSlot {
	if m := p.Manifest(); m != nil {
		return m.Credentials
	}
	return cloudSlots[p.Kind]
}

func (c *Console) houseSourceNewPage(v *visit) (page, error) {
	var p HouseSourceNewPage
	var err error
	if p.Manifests, err = all[manifest](v, "/source-manifests"); err != nil {
		return nil, err
	}
	way := v.r.URL.Query().Get("way")
	if v.form.Values.Has("way") {
		way = v.value("way")
	}
	kind, name, _ := strings.Cut(way, "/")
	p.Kind = oneOf(sourceKinds, kind)
	for i := range p.Manifests {
		if kind == "httpjson" && p.Manifests[i].Name == name {
			p.Shipped = &p.Manifests[i]
		}
	}
	if p.Own() && v.value("spec") != "" { // a form that was refused: what the manifest asks for is still there
		check, err := v.check()
		problem := problemOf(err)
		if err != nil && problem == nil {
			return nil, err
		}
		if problem != nil && len(v.form.Faults) == 0 && v.form.Detail == "" { // else the form says already why it was refused
			v.form.refuse(v, problem)
		}
		p.Check = check
	}
	return p, nil
}

// check has a manifest of the form read.
func (v *visit) check() (*manifestCheck, error) {
	var found manifestCheck
	if err := v.post("/source-manifests/check", map[string]string{"spec": lines(v.form.Values.Get("spec"))}, &found); err != nil {
		return nil, err
	}
	return &found, nil
}

// checkManifest answers by itself: nothing is kept.
func (c *Console) checkManifest(v *visit) (string, error) {
	p, err := c.houseSourceNewPage(v)
	if err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, p)
	return "", nil
}

// credentialField is the name under which a form brings a credential.
const credentialField = "credentials."

// typedCredentials are those of the form that are not empty.
func (v *visit) typedCredentials() map[string]string {
	list := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(v.form.Values)) {
		if slot, is := strings.CutPrefix(name, credentialField); is && v.secret(name) != "" {
			list[slot] = v.secret(name)
		}
	}
	return list
}

func (c *Console) addSource(v *visit) (string, error) {
	kind, name, shipped := strings.Cut(v.value("way"), "/")
	in := map[string]any{"id": v.value("id"), "kind": kind, "off": v.checked("off"), "credentials": v.typedCredentials()}
	if shipped {
		in["manifest"] = name
	} else if spec := lines(v.form.Values.Get("spec")); spec != "" {
		in["spec"] = spec
	}
	if err := v.whole(in, "priority"); err != nil {
		return "", err
	}
	if v.value("qps") != "" {
		if err := v.whole(in, "qps"); err != nil {
			return "", err
		}
	}
	if text := v.value("price_yuan"); text != "" {
		cost, err := costOf("price_yuan", text)
		if err != nil {
			return "", err
		}
		in["prices"] = []sourcePrice{{Cost: cost}}
	}
	var made houseSource
	if err := v.post("/sources", in, &made); err != nil {
		return "", err
	}
	return query(pathTo(houseSourcesPath+"/", v.value("id")), "done", "added"), nil
}

func (c *Console) setSourceCredentials(v *visit) (string, error) {
	in := map[string]any{"credentials": v.typedCredentials()}
	return query(houseSourcesPath+"/"+v.segment("source"), "done", "credentials"), v.put("/sources/"+v.segment("source")+"/credentials", in, nil)
}

// HouseSourceSpecPage is the text by which a source is asked.
type HouseSourceSpecPage struct {
	Source houseSource
	Spec   string
}

func (HouseSourceSpecPage) template() string { return "housesourcespec" }
func (HouseSourceSpecPage) title() string    { return "接入描述" }

// SpecWords is what the text is.
func (p HouseSourceSpecPage) SpecWords() string { return specWords(p.Source.Kind) }

func (c *Console) houseSourceSpecPage(v *visit) (page, error) {
	s, err := v.source()
	if err != nil {
		return nil, err
	}
	var text struct {
		Spec string `json:"spec"`
	}
	err = v.get("/sources/"+v.segment("source")+"/spec", &text)
	return HouseSourceSpecPage{s, text.Spec}, err
}

func (c *Console) changeSourceSpec(v *visit) (string, error) {
	in := map[string]string{"spec": lines(v.form.Values.Get("spec"))}
	return query(houseSourcesPath+"/"+v.segment("source"), "done", "spec"), v.put("/sources/"+v.segment("source"), in, nil)
}

func newSourcePreviews() []preview {
	shipped := []manifest{
		{Name: "acme", Title: "Acme", Host: "api.acme.example", Credentials: []manifestSlot{{"app_key", "AppKey"}, {"app_secret", "AppSecret"}}, QPS: 20, Inquires: true},
		{Name: "market", Title: "Market", Host: "market.example", Placeholder: true, Credentials: []manifestSlot{{"appcode", "AppCode"}}, Unconfirmed: "whether a time-out is charged"},
	}
	at := houseSourcesPath + "/new"
	own := form{Values: map[string][]string{"way": {"httpjson"}, "spec": {"name: acme\ntitle: Acme\n"}}}
	faults := &manifestCheck{Faults: []manifestFault{{3, 1, "url", "a manifest needs a url"}}}
	return []preview{
		{name: "house-source-new", path: at, page: HouseSourceNewPage{Manifests: shipped}},
		{name: "house-source-new-shipped", path: at, page: HouseSourceNewPage{Manifests: shipped, Kind: "httpjson", Shipped: &shipped[1]}},
		{name: "house-source-new-own", path: at, page: HouseSourceNewPage{Manifests: shipped, Kind: "httpjson"}},
		{name: "house-source-new-faults", path: at, page: HouseSourceNewPage{Manifests: shipped, Kind: "httpjson", Check: faults}, form: own},
		{name: "house-source-new-checked", path: at, page: HouseSourceNewPage{Manifests: shipped, Kind: "httpjson", Check: &manifestCheck{OK: true, Manifest: &shipped[0]}}, form: own},
		{name: "house-source-new-cloud", path: at, page: HouseSourceNewPage{Manifests: shipped, Kind: "tencent"}, form: form{Values: map[string][]string{"id": {"Cloud"}}, Faults: map[string]string{"id": "渠道编号为 1 到 32 个小写字母、数字和 -，以字母或数字开头"}}},
		{name: "house-source-spec", path: previewSources()[0].Path() + "/spec", page: HouseSourceSpecPage{previewSources()[0], "name: union-a\nurl: https://api.union-a.example.com/v1/verify\n"}},
	}
}
