package setup

import (
	"context"
	"strings"

	"quartet"
)

// productState tells the first product, which a new store has from its start.
func (s *Setup) productState(ctx context.Context) (State, error) {
	h, err := s.house(ctx)
	if err != nil {
		return State{}, err
	}
	list, err := h.Catalogue.List(ctx)
	if err != nil || len(list) == 0 {
		return State{}, err
	}
	p := list[0]
	for _, other := range list {
		if other.ID == quartet.FourElements().ID {
			p = other
		}
	}
	names := map[string]string{"name": "姓名", "id": "身份证号", "card": "银行卡号", "mobile": "手机号"}
	var chinese []string
	for one := range strings.SplitSeq(p.Need.String(), ",") {
		chinese = append(chinese, names[one])
	}
	st := State{Done: true, Facts: []Text{
		{p.ID + " " + p.Name + "，POST " + p.Path, p.ID + " " + p.Name + ", POST " + p.Path},
		{"核验 " + strings.Join(chinese, "、"), "compares " + p.Need.String()},
		say("计费：一致 %d，不一致 %d，异常 %d（每次调用的额度）", "charge table: match %d, mismatch %d, undetermined %d units a call", p.Charge.Match, p.Charge.Mismatch, p.Charge.Undetermined),
	}}
	if !p.On {
		st.Warnings = append(st.Warnings, say("产品已停用；启用：quartet product enable %s", "it is switched off; quartet product enable %s", p.ID))
	}
	return st, nil
}

func (s *Setup) actProduct(ctx context.Context, _ Answers) (Outcome, error) {
	h, err := s.house(ctx)
	if err != nil {
		return Outcome{}, err
	}
	_, err = h.Catalogue.Add(ctx, s.o.By, quartet.FourElements())
	return Outcome{}, because("", "无法添加产品", err)
}
