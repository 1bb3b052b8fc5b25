package console

import (
	"fmt"
	"html/template"
	"net/http"
	"sort"
	"strings"
	"time"

	"quartet"
	"quartet/internal/web"
)

// previewNow is the day on which the previews stand still.
var previewNow = time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)

// preview is a page as it looks with invented content.
type preview struct {
	name string
	path string // of the page it is of
	page page
	form form // what was typed, and what is wrong with it
	out  bool // nobody is signed in
}

// previews lists a fixture of every page, and of those that look different when they are
// empty or were refused.
func previews() []preview {
	list := []preview{
		{name: "proof", path: "/console/credentials/c1/secret", page: ProofPage{To: "/console/credentials/c1/secret", Fields: []kept{{"name", "正式环境"}}}},
		{name: "failure", path: "/console/orders/none", page: FailurePage{
			Status: http.StatusInternalServerError, Heading: "出错了", Reference: "ABCDEFGHJKMN", Helpline: &web.Helpline{Phone: "010-5555 0100", Mail: "help@example.com"},
		}},
	}
	for _, area := range []func() []preview{
		doorPreviews,
		marketPreviews,
		shopPreviews,
		credentialPreviews,
		tokenPreviews,
		usagePreviews,
		alertPreviews,
		invoicePreviews,
		supportPreviews,
		peoplePreviews,
		debugPreviews,
		samplePreviews,
		batchPreviews,
		operatorDoorPreviews,
		moneyPreviews,
		issuePreviews,
		buyerPreviews,
		helpPreviews,
		jobPreviews,
		todayPreviews,
		cataloguePreviews,
		sourcePreviews,
		upkeepPreviews,
	} {
		list = append(list, area()...)
	}
	return list
}

// Preview shows every page with invented content, without a house behind it: for whoever works
// on how they look. / lists them; ?lang=en and ?theme=dark switch.
func Preview() (http.Handler, error) {
	s, err := newStatic()
	if err != nil {
		return nil, err
	}
	v, err := newViews(s, func() time.Time { return previewNow })
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+staticPath, s)
	var names []string
	for _, p := range previews() {
		names = append(names, p.name)
		mux.HandleFunc("GET /"+p.name, func(w http.ResponseWriter, r *http.Request) {
			guardHeaders(w.Header())
			lang := chinese
			if r.URL.Query().Get("lang") == string(english) {
				lang = english
			}
			f := p.frame(lang)
			if theme := r.URL.Query().Get("theme"); theme == "dark" {
				f.Theme = theme
			}
			out, err := v.render(lang, f)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = out.WriteTo(w)
		})
	}
	sort.Strings(names)
	index := template.Must(template.New("").Parse(`<!doctype html><meta charset="utf-8"><title>Previews</title><ul>{{range .}}<li><a href="/{{.}}">{{.}}</a> · <a href="/{{.}}?lang=en">en</a> · <a href="/{{.}}?theme=dark">dark</a>{{end}}</ul>`))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		if err := index.Execute(w, names); err != nil {
			_, _ = fmt.Fprint(w, err)
		}
	})
	return mux, nil
}

func (p *preview) frame(lang language) *frame {
	f := &frame{P: p.page, Form: &p.form, Lang: string(lang), Theme: "light", House: "示例数据服务", Path: p.path}
	if !p.out {
		f.Key = "preview"
	}
	if !p.out && strings.HasPrefix(p.path, housePath) {
		f.Who = &session{Kind: "operator", Name: "qian", Role: "administrator", Rights: houseRights()}
		f.Operator, f.Nav = true, houseNavigation(p.path, f.Who)
	} else if !p.out {
		f.Who = &session{
			Kind: "person", Name: "林晓", Account: "acme", Role: "owner",
			Rights: rightsOf(quartet.RoleOwner),
		}
		f.Place, f.Unread, f.Nav = "测试贸易有限公司", 2, navigationOf(p.path, f.Who)
	}
	return f
}

// houseRights are those of all operators together: a preview shows every button.
func houseRights() (list []string) {
	for _, role := range []quartet.Role{quartet.RoleAdministrator, quartet.RoleTreasurer, quartet.RoleSupport, quartet.RoleAuditor} {
		list = append(list, rightsOf(role)...)
	}
	return list
}

func rightsOf(role quartet.Role) (list []string) {
	for _, r := range role.Rights() {
		list = append(list, string(r))
	}
	return list
}
