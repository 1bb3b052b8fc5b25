package setup

import (
	"context"

	"quartet"
)

// enrolling is a second factor under way, which a wrong code does not end.
type enrolling struct {
	Enrolment

	operator quartet.Operator
	ticket   string
}

func (s *Setup) factorState(ctx context.Context) (State, error) {
	list, err := s.administrators(ctx)
	for _, o := range list {
		if !o.FactorSince.IsZero() {
			return State{Done: true, Facts: []Text{say("%s 已启用两步验证", "%s has a second factor", o.Name)}}, nil
		}
	}
	return State{}, err
}

// askFactor begins the second factor of the oldest administrator. Whom an earlier run made
// says the password first: whoever runs this later need not be the one who chose it.
func (s *Setup) askFactor(ctx context.Context, given Answers) ([]Question, error) {
	list, err := s.administrators(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	o := list[0]
	if password, said := given["password"]; o.ID != s.made && !said {
		return []Question{{Key: "password", Text: say("%s 的密码", "Password of %s", o.Name), Secret: true, Help: say("忘记了就停下，执行 quartet operator reset", "if it is lost, stop here and run quartet operator reset")}}, nil
	} else if o.ID != s.made {
		if _, err := s.open.Operators.AuthenticateAtTerminal(ctx, s.o.By, o.Name, password); err != nil {
			if quartet.CodeOf(err) == quartet.ErrUnauthenticated {
				return nil, because("password", "密码不对", err)
			}
			return nil, because("password", "无法核对密码", err)
		}
		s.made = o.ID
	}
	if _, said := given["code"]; said {
		return nil, nil
	}
	if s.enrolment == nil || s.enrolment.operator.ID != o.ID {
		n, err := s.open.Operators.Enrolment(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		s.enrolment = &enrolling{Enrolment{n.Secret, n.URL}, o, n.Ticket}
	}
	return []Question{{Key: "code", Text: say("六位数字", "Six digits"), Enrolment: &s.enrolment.Enrolment}}, nil
}

func (s *Setup) actFactor(ctx context.Context, given Answers) (Outcome, error) {
	n := s.enrolment
	if n == nil || n.operator.ID != s.made {
		return Outcome{}, refuse("code", "请先扫描二维码", "let the app read the code first")
	}
	recovery, err := s.open.Operators.Enrol(ctx, n.operator.ID, n.ticket, given["code"])
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		s.enrolment = nil // its time is over: the next one is asked for with a new secret
		return Outcome{}, because("code", "已超过十分钟，请重新扫描", err)
	}
	if err != nil && quartet.CodeOf(err) != quartet.ErrInvalid {
		return Outcome{}, because("", "无法启用两步验证", err)
	}
	if err != nil {
		return Outcome{}, because("code", "验证码不对，请核对手机的时间", err)
	}
	s.enrolment = nil
	return Outcome{Once: []Shown{{
		Text:  say("恢复码：手机丢失时每个可代替一次，只显示这一次，请妥善保存", "Recovery codes: each stands in once for a lost phone. They are shown this once; keep them safe"),
		Lines: recovery,
	}}}, nil
}
