package setup

import (
	"context"
	"strings"
	"unicode/utf8"

	"quartet"
	"quartet/internal/operator"
)

// administrators are those who are there, oldest first.
func (s *Setup) administrators(ctx context.Context) ([]quartet.Operator, error) {
	h, err := s.house(ctx)
	if err != nil {
		return nil, err
	}
	list, err := h.Operators.List(ctx)
	var there []quartet.Operator
	for _, o := range list {
		if o.Role == quartet.RoleAdministrator {
			there = append(there, o)
		}
	}
	return there, err
}

func (s *Setup) administratorState(ctx context.Context) (State, error) {
	list, err := s.administrators(ctx)
	if err != nil || len(list) == 0 {
		return State{}, err
	}
	return State{Done: true, Facts: []Text{say("管理员 %s", "administrator %s", list[0].Name)}}, nil
}

func (s *Setup) askAdministrator(_ context.Context, given Answers) ([]Question, error) {
	if _, answered := given["password"]; answered {
		return nil, nil
	}
	usual := s.o.User
	if usual == "root" || operator.CheckName(usual) != nil {
		usual = "admin"
	}
	return []Question{
		{Key: "name", Text: say("用户名", "Name"), Default: usual, Help: say("字母、数字和 . - _ @", "letters, digits and . - _ @")},
		{Key: "password", Text: say("密码", "Password"), Secret: true, Twice: true, Help: say("12 至 128 个字符，几个词连起来就很好", "12 to 128 characters; a few words in a row do well")},
	}, nil
}

func (s *Setup) actAdministrator(ctx context.Context, given Answers) (Outcome, error) {
	name, password := given["name"], given["password"]
	if err := operator.CheckName(name); err != nil {
		return Outcome{}, &Refusal{Text: Text{"用户名最多 64 个字母、数字和 . - _ @，以字母或数字开头", err.Error()}, Field: "name", Cause: err}
	}
	if err := operator.CheckPassword(name, password); err != nil {
		return Outcome{}, &Refusal{Text: Text{"密码须为 12 至 128 个字符，且不能与用户名相同", err.Error()}, Field: "password", Cause: err}
	}
	if weak(name, password) {
		return Outcome{}, refuse("password", "密码太容易猜：不要用重复或连续的字符，也不要用用户名加几个字", "the password is easily guessed: no repeats or runs of characters, and not the name with a little beside it")
	}
	h, err := s.house(ctx)
	if err != nil {
		return Outcome{}, err
	}
	o, err := h.Operators.Add(ctx, s.o.By, name, quartet.RoleAdministrator, password)
	if err != nil {
		return Outcome{}, because("name", "无法添加管理员", err)
	}
	s.made = o.ID
	return Outcome{}, nil
}

// weak reports whether a long password says little: few characters over and over, a run such
// as 12345678, or the name with a little beside it. It stands guard over the first
// administrator, who may do everything, and is no measure of strength.
func weak(name, password string) bool {
	const few, beside = 5, 6
	seen := map[rune]bool{}
	runs, total := 0, 0
	last := rune(-2)
	for _, r := range password {
		seen[r] = true
		if d := r - last; d >= -1 && d <= 1 {
			runs++
		}
		last = r
		total++
	}
	rest := strings.ReplaceAll(strings.ToLower(password), strings.ToLower(name), "")
	return len(seen) <= few || 2*runs >= total || len(name) > 2 && rest != strings.ToLower(password) && utf8.RuneCountInString(rest) < beside
}
