package setup

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/sourcebook"
)

const (
	registry  = string(quartet.SourceRegistry)
	simulator = string(quartet.SourceSim)
	manifest  = "manifest" // a supplier whom a file of the house describes
	yes       = "yes"
	no        = "no"
)

// clouds are suppliers that need no manifest, and the credentials that each wants.
var clouds = map[string][]sourcebook.Slot{
	string(quartet.SourceTencent): {{Name: "secret_id", Title: "SecretId"}, {Name: "secret_key", Title: "SecretKey"}},
	string(quartet.SourceAliyun):  {{Name: "access_key_id", Title: "AccessKey ID"}, {Name: "access_key_secret", Title: "AccessKey Secret"}},
}

// sourceState is done when somebody who can know a person is asked. The registry that every
// house has counts when it holds people, or when the buyer behind it is there already.
func (s *Setup) sourceState(ctx context.Context) (State, error) {
	h, err := s.house(ctx)
	if err != nil {
		return State{}, err
	}
	list, err := h.Sources.List(ctx)
	if err != nil {
		return State{}, err
	}
	var st State
	for _, one := range list {
		switch {
		case !one.On:
		case one.Kind == quartet.SourceRegistry:
			// Counting people reads them all, so it is done only where there is no buyer yet.
			buyers, err := h.Desk.List(ctx)
			if err != nil {
				return State{}, err
			}
			records := int64(0)
			if len(buyers) == 0 && !s.chosen {
				if records, err = holds(ctx, h); err != nil {
					return State{}, err
				}
			}
			if records > 0 || len(buyers) > 0 || s.chosen {
				st.Done, st.Facts = true, append(st.Facts, say("名册（导入：quartet registry import 文件）", "the registry (quartet registry import FILE fills it)"))
			}
		case one.Kind == quartet.SourceSim:
			if s.public() {
				return State{}, refuse("", "渠道 %s 是模拟器，它的结果毫无意义，而这里有其他机器调用；请停用它：quartet source disable %[1]s", "source %s is a simulator, whose verdicts are worth nothing, and other machines call here; run quartet source disable %[1]s", one.Name)
			}
			st.Done, st.Facts = true, append(st.Facts, say("模拟器 %s", "simulator %s", one.Name))
			st.Warnings = append(st.Warnings, say("模拟器的结果毫无意义，只能试用", "the verdicts of a simulator are worth nothing: it is for trying out alone"))
		default:
			st.Done, st.Facts = true, append(st.Facts, say("渠道 %s", "source %s", one.Name))
		}
	}
	return st, nil
}

func holds(ctx context.Context, h *app.House) (int64, error) {
	r, err := h.Registry()
	if err != nil {
		return 0, err
	}
	stat, err := r.Stat(ctx)
	return stat.Records, err
}

func (s *Setup) askSource(ctx context.Context, given Answers) ([]Question, error) {
	h, err := s.house(ctx)
	if err != nil {
		return nil, err
	}
	which, answered := given["source"]
	if !answered {
		return askWhich(h)
	}
	_, answered = given["price"]
	switch {
	case which == registry:
		return nil, nil
	case which == simulator:
		if _, sure := given["sure"]; sure {
			return nil, nil
		}
		return []Question{{
			Key: "sure", Default: no, Text: say("模拟器的结果毫无意义，只用于试用。确定吗", "Its verdicts are worth nothing, and it is for trying out alone. Sure"),
			Choices: []Choice{{no, say("不，另选一个", "no, choose another one")}, {yes, say("是，只是试用", "yes, to try it out")}},
		}}, nil
	case answered:
		return nil, nil
	case which == manifest && given[manifest] == "":
		return []Question{{Key: manifest, Text: say("渠道描述文件", "File of the manifest"), Help: say("写法：quartet source manifest template", "quartet source manifest template shows how one is written")}}, nil
	}
	m, _, err := s.describe(h, which, given[manifest])
	if err != nil {
		return nil, err
	}
	var list []Question
	if m.Placeholder || which == manifest {
		list = append(list, Question{Key: "url", Optional: !m.Placeholder, Text: say("渠道给你的地址", "Address that the supplier gave you"), Help: say("形如 https://…", "such as https://…")})
	}
	for _, slot := range m.Slots {
		list = append(list, Question{Key: "secret." + slot.Name, Text: Text{slot.Title, slot.Name}, Secret: true})
	}
	list = append(list, Question{Key: "price", Text: say("每次查询的成本（元）", "What one question costs, in yuan"), Optional: true, Help: say("如 0.22；留空则毛利报表里没有它", "such as 0.22; empty: reports of margin do without")})
	return list, nil
}

func askWhich(h *app.House) ([]Question, error) {
	choices := []Choice{{registry, say("名册：自己导入的数据", "the registry: data of your own, imported")}}
	shipped, err := h.Manifests()
	if err != nil {
		return nil, err
	}
	for _, m := range shipped {
		if m.Name != "template" {
			choices = append(choices, Choice{m.Name, Text{m.Title, m.Name + " " + m.Title}})
		}
	}
	choices = append(choices,
		Choice{manifest, say("其他渠道：自己写的描述文件", "another supplier: a manifest of your own")},
		Choice{string(quartet.SourceTencent), say("腾讯云 人脸核身", "Tencent Cloud FaceID")},
		Choice{string(quartet.SourceAliyun), say("阿里云 实人认证", "Alibaba Cloud BankMetaVerify")},
		Choice{simulator, say("模拟器：结果毫无意义，只用于试用", "a simulator: its verdicts are worth nothing, for trying out alone")})
	return []Question{{Key: "source", Text: say("渠道", "Source"), Default: registry, Choices: choices}}, nil
}

// describe is what a supplier asks for, and what describes it as a source. file is the
// manifest of one that the program does not come with.
func (s *Setup) describe(h *app.House, which, file string) (sourcebook.Manifest, quartet.Source, error) {
	if slots, cloud := clouds[which]; cloud {
		return sourcebook.Manifest{Name: which, Slots: slots}, quartet.Source{Name: which, Kind: quartet.SourceKind(which)}, nil
	}
	var text string
	if which == manifest {
		own, err := os.ReadFile(s.path(file))
		if err != nil {
			return sourcebook.Manifest{}, quartet.Source{}, refuse(manifest, "读不到描述文件：%v", "cannot read the manifest: %v", err)
		}
		text = string(own)
	} else {
		var err error
		if text, err = h.Manifest(which); err != nil {
			return sourcebook.Manifest{}, quartet.Source{}, because("source", "没有这个渠道", err)
		}
	}
	m, faults := h.ReadManifest(text)
	if len(faults) > 0 {
		f := faults[0]
		return m, quartet.Source{}, refuse(manifest, "描述文件第 %d 行第 %d 列有误：%s %s", "the manifest is wrong, at line %d, column %d: %s %s", f.Line, f.Column, f.Key, f.Message)
	}
	one := quartet.Source{Name: m.Name, Kind: quartet.SourceHTTPJSON, Spec: text}
	if which != manifest {
		one.Name = which
	}
	one.Terms.Rate.QPS = m.QPS
	return m, one, nil
}

func (s *Setup) actSource(ctx context.Context, given Answers) (Outcome, error) {
	h, err := s.house(ctx)
	if err != nil {
		return Outcome{}, err
	}
	switch which := given["source"]; which {
	case registry:
		if _, err := h.Sources.Switch(ctx, s.o.By, registry, true, ""); err != nil {
			return Outcome{}, because("source", "无法启用名册", err)
		}
		s.chosen = true
		return Outcome{Said: []Text{say("用 quartet registry import 文件 导入数据", "import the data with quartet registry import FILE")}}, nil
	case simulator:
		switch {
		case s.public():
			return Outcome{}, refuse("source", "这里有其他机器调用：模拟器会让真实买家为毫无意义的结果付费，所以不行", "other machines call here, and real buyers would pay for verdicts that are worth nothing: no simulator")
		case given["sure"] != yes:
			return Outcome{}, refuse("source", "没有添加模拟器，请另选", "the simulator was not added; choose another one")
		}
		return s.admit(ctx, h, quartet.Source{Name: simulator, Kind: quartet.SourceSim}, nil)
	default:
		m, one, err := s.describe(h, which, given[manifest])
		if err != nil {
			return Outcome{}, err
		}
		credentials := map[string]string{}
		for _, slot := range m.Slots {
			credentials[slot.Name] = given["secret."+slot.Name]
		}
		url := given["url"]
		if m.Placeholder && url == "" {
			return Outcome{}, refuse("url", "请填写渠道给你的地址", "the address that the supplier gave you is needed")
		}
		if url != "" {
			credentials["url"] = url
		}
		if text := strings.TrimSpace(given["price"]); text != "" {
			price, err := quartet.ParsePrice(text)
			if err != nil {
				return Outcome{}, because("price", "成本应是金额，如 0.22", err)
			}
			one.Terms.Prices = []quartet.Price{price}
		}
		return s.admit(ctx, h, one, credentials)
	}
}

// admit adds a source that is not asked yet, asks it once about its own test person, and only
// then switches it on. What an earlier run added and could not try is described anew.
func (s *Setup) admit(ctx context.Context, h *app.House, one quartet.Source, credentials map[string]string) (out Outcome, err error) {
	switch known, found := h.Sources.Find(ctx, one.Name); {
	case quartet.CodeOf(found) == quartet.ErrNotFound:
		_, err = h.Sources.Add(ctx, s.o.By, one, credentials)
	case found != nil:
		return out, found
	case known.Kind != one.Kind:
		return out, refuse("source", "已有名为 %s 的渠道，种类是 %s；请另选，或先改它：quartet source", "there is a source %s already, of kind %s; choose another one, or change it with quartet source", one.Name, known.Kind)
	default:
		_, err = h.Sources.Change(ctx, s.o.By, one.Name, func(known *quartet.Source) {
			known.Spec = one.Spec
			for _, price := range one.Terms.Prices { // the other terms are as somebody made them
				known.Terms.Prices = append(slices.DeleteFunc(slices.Clone(known.Terms.Prices), func(old quartet.Price) bool {
					return old.From.Equal(price.From) && old.Need == price.Need
				}), price)
			}
		}, credentials)
	}
	if err != nil {
		field := ""
		if e, ok := errors.AsType[*quartet.Error](err); ok && e.Field != "" {
			if field = "secret." + e.Field; e.Field == "url" {
				field = "url"
			}
		}
		return out, because(field, "渠道的设置不对", err)
	}
	if one.Kind != quartet.SourceSim {
		if out.Said, err = s.try(ctx, h, one.Name); err != nil {
			return Outcome{}, err
		}
	}
	if _, err := h.Sources.Switch(ctx, s.o.By, one.Name, true, ""); err != nil {
		return Outcome{}, err
	}
	return out, s.restRegistry(ctx, h, &out)
}

// try asks a source about its own test person. One that offers none is asked nothing.
func (s *Setup) try(ctx context.Context, h *app.House, name string) ([]Text, error) {
	_, r, err := h.TrySource(ctx, s.o.By, name, 0)
	switch {
	case quartet.CodeOf(err) == quartet.ErrUnsupported:
		if _, _, err := h.RehearseSource(ctx, name, 0); err != nil {
			return nil, because("", "无法按这些设置组成请求", err)
		}
		return []Text{say("渠道没有提供测试人，所以没有发送；请求可以组成。用真人试：quartet source test %s --person", "the supplier offers no test person, so nothing was sent; the request can be made. To ask about a person: quartet source test %s --person", name)}, nil
	case err != nil:
		return nil, because("", "渠道试不通", err)
	case r.Failure != nil:
		said := r.Failure.Kind.String()
		if r.Failure.Code != "" {
			said += " (" + r.Failure.Code + ")"
		}
		return nil, refuse("", "渠道试不通：%s；请核对地址和密钥", "the source did not answer its test: %s; check the address and the secrets", said)
	}
	return []Text{say("已试通：%s", "tried: it answered %s", r.Answer.Verdict.String())}, nil
}

// restRegistry switches off a registry that holds nobody: it would be asked before the
// supplier and know no card.
func (s *Setup) restRegistry(ctx context.Context, h *app.House, out *Outcome) error {
	one, err := h.Sources.Find(ctx, registry)
	if err != nil || !one.On {
		return nil //nolint:nilerr // a house may have none
	}
	if n, err := holds(ctx, h); err != nil || n > 0 {
		return err
	}
	out.Said = append(out.Said, say("名册是空的，已停用", "the registry is empty and was switched off"))
	_, err = h.Sources.Switch(ctx, s.o.By, registry, false, "")
	return err
}
