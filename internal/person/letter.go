package person

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"quartet"
	"quartet/internal/notify"
)

// Letters are read by people, so they are in their language.

func codeLetter(purpose quartet.Purpose, digits string, expires time.Time) notify.Letter {
	what := map[quartet.Purpose]string{
		quartet.PurposeSignUp: "注册", quartet.PurposeReset: "重置密码", quartet.PurposeContact: "绑定新的联系方式",
	}[purpose]
	return notify.Letter{
		Kind: "code." + string(purpose), Subject: what + "验证码", Code: digits, Expires: expires,
		Text: fmt.Sprintf("您正在%s，验证码为 %s，10 分钟内有效。请勿告知他人；如非本人操作，请忽略。", what, digits),
	}
}

func takenLetter(purpose quartet.Purpose, expires time.Time) notify.Letter {
	l := notify.Letter{Kind: "taken." + string(purpose), Subject: "该地址已注册", Expires: expires}
	l.Text = "有人正使用此地址注册，但它已有账号。如是您本人，请直接登录，忘记密码可重置；如非本人操作，请忽略。"
	if purpose == quartet.PurposeContact {
		l.Text = "有人正要把此地址绑定到账号，但它已被使用。如非本人操作，请忽略。"
	}
	return l
}

func unknownLetter(expires time.Time) notify.Letter {
	return notify.Letter{
		Kind: "unknown.reset", Subject: "该地址尚未注册", Expires: expires,
		Text: "有人请求重置此地址的密码，但它尚未注册。如是您本人，请换用注册时的地址；如非本人操作，请忽略。",
	}
}

func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04") }

// noticeLetter tells that something about a person's sign-in was changed.
func noticeLetter(kind, what string, at time.Time) notify.Letter {
	return notify.Letter{
		Kind: kind, Subject: "账号安全提醒",
		Text: fmt.Sprintf("您的账号于 %s %s。如非本人操作，请立即重置密码并联系客服。", clock(at), what),
	}
}

// invitationLetter names who invites by the legal name of a firm that was verified, or by the
// house alone: an account may call itself anything, and strangers would read it as ours. The
// id is what a registration names; it lets nobody in who does not prove the address. Where the
// house has pages the letter leads to the one that knows of it.
func invitationLetter(id, firm, house string, role quartet.Role, expires time.Time, site string) notify.Letter {
	name := map[quartet.Role]string{
		quartet.RoleOwner: "所有者", quartet.RoleDeveloper: "开发者", quartet.RoleFinance: "财务", quartet.RoleReader: "只读成员",
	}[role]
	how := "请用本地址注册"
	if site != "" {
		how = "请打开 " + strings.TrimRight(site, "/") + "/sign-up?invitation=" + url.QueryEscape(id) + " 用本地址注册"
	}
	who := house + "的一位客户"
	if firm != "" {
		who = "“" + firm + "”（已通过企业认证）"
	}
	return notify.Letter{
		Kind: "invitation", Subject: "邀请您加入账号", Expires: expires,
		Text: fmt.Sprintf("%s邀请您以%s身份加入其在%s的账号。%s（邀请编号 %s）或登录后接受邀请，%s 前有效；如不认识对方，请忽略。", who, name, house, how, id, clock(expires)),
	}
}
