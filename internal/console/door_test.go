package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	freshSession = `{"id":"s","kind":"person","name":"林晓","rights":[],"second_factor":"none","fresh_until":"2026-03-02T04:09:00Z"}`
	phrase       = "correct horse battery staple"
)

// atDoor is the pages for whoever is not signed in yet.
func atDoor(others map[string]any) *fake { return &fake{answers: but(stranger, others)} }

func TestSignUp_SendsACodeAndTakesItWithAName(t *testing.T) {
	f := atDoor(map[string]any{"POST /codes": `{"id":"c1","address":"l***@example.com"}`})
	const code = "/sign-up/code?code=c1&invitation=i+1&to=l%2A%2A%2A%40example.com"
	f.send(t, "/sign-up", "address", " lin@example.com ", "invitation", "i 1").leads(t, code)
	f.was(t, `POST /codes {"address":"lin@example.com","purpose":"signup"}`)
	f.look(t, code).is(t, http.StatusOK).says(t, "l***@example.com", `name="invitation" value="i 1"`, "but not", "account_name")
	f.send(t, "/sign-up/code", "code", "c1", "digits", "123456", "name", "林晓", "account_name", "测试贸易有限公司", "password", phrase).leads(t, "/console/")
	f.was(t, `POST /people {"account_name":"测试贸易有限公司","code":"c1","digits":"123456","name":"林晓","password":"`+phrase+`"}`)
}

// Whoever chose a plan before there was an account for it comes to that plan in the end.
func TestDoor_LeadsOnToThePlanThatSomebodyChose(t *testing.T) {
	const plan, onward = "/console/plans?plan=1887-6000", "next=%2Fconsole%2Fplans%3Fplan%3D1887-6000"
	f := atDoor(map[string]any{"POST /codes": `{"id":"c1","address":"l***@example.com"}`})
	f.look(t, plan).leads(t, "/sign-in?"+onward)
	f.look(t, "/sign-in?"+onward).says(t, `name="next" value="`+plan+`"`, `href="/sign-up?`+onward+`"`, `href="/password-reset?`+onward+`"`)
	f.send(t, "/sign-in", "address", "lin@example.com", "password", phrase, "next", plan).leads(t, plan)

	f.look(t, "/sign-up?"+onward).says(t, `name="next" value="`+plan+`"`, `href="/sign-in?`+onward+`"`)
	const code = "/sign-up/code?code=c1&" + onward + "&to=l%2A%2A%2A%40example.com"
	f.send(t, "/sign-up", "address", "lin@example.com", "next", plan).leads(t, code)
	f.look(t, code).says(t, `name="next" value="`+plan+`"`, `href="/sign-up?`+onward+`"`)
	f.send(t, "/sign-up/code", "code", "c1", "digits", "123456", "name", "林晓", "account_name", "测试贸易有限公司", "password", phrase, "next", plan).leads(t, plan)
	f.send(t, "/sign-up/code", "code", "c1", "password", phrase, "next", "//evil.example").leads(t, "/console/")

	f.send(t, "/password-reset", "address", "lin@example.com", "next", plan).leads(t, "/password-reset/code?code=c1&"+onward+"&to=l%2A%2A%2A%40example.com")
	f.send(t, "/password-reset/code", "code", "c1", "password", phrase, "next", plan).leads(t, "/sign-in?done=reset&"+onward)
}

func TestSignUp_KeepsTheInvitationWhenACodeIsSentAgain(t *testing.T) {
	atDoor(nil).look(t, "/sign-up/code?code=c1&invitation=i1").says(t, `href="/sign-up?invitation=i1"`)
}

func TestSignUp_KeepsWhatWasTypedButNoPassword(t *testing.T) {
	f := atDoor(map[string]any{"POST /people": refusal{422, "invalid", "the code is wrong; 4 tries are left", "code"}})
	f.send(t, "/sign-up/code", "code", "c1", "to", "l***@example.com", "digits", "123456", "name", "林晓", "account_name", "测试贸易有限公司", "password", phrase).
		is(t, http.StatusUnprocessableEntity).
		says(t, "验证码不正确，还可尝试 4 次", `value="林晓"`, `value="测试贸易有限公司"`, `name="code" value="c1"`, "l***@example.com", "but not", phrase)
}

func TestSignUp_SaysOfACodeThatThereIsNotSoInTheForm(t *testing.T) {
	f := atDoor(map[string]any{"POST /people": refusal{404, "not_found", "no such code was sent; ask for a new one", ""}})
	f.send(t, "/sign-up/code", "code", "c1", "name", "林晓").is(t, http.StatusUnprocessableEntity).says(t, "验证码无效，请重新获取", `value="林晓"`)
}

func TestCodePage_ShowsNothingOfALinkButAMaskedAddress(t *testing.T) {
	for to, shown := range map[string]bool{"139****0001": true, "l***@example.com": true, "lin@example.com": false, "请致电 400": false, "l***@a b": false} {
		page := atDoor(nil).look(t, "/sign-up/code?code=c1&to="+url.QueryEscape(to)).is(t, http.StatusOK)
		if strings.Contains(page.text, "已发送至 "+to) != shown {
			t.Errorf("%s: shown is not %v", to, shown)
		}
	}
}

func TestReset_LeadsToSigningIn(t *testing.T) {
	f := atDoor(map[string]any{"POST /codes": `{"id":"c1","address":"139****0001"}`})
	f.send(t, "/password-reset", "address", "13900000001").leads(t, "/password-reset/code?code=c1&to=139%2A%2A%2A%2A0001")
	f.was(t, `POST /codes {"address":"13900000001","purpose":"reset"}`)
	f.send(t, "/password-reset/code", "code", "c1", "digits", "123456", "password", phrase).leads(t, "/sign-in?done=reset")
	f.was(t, `POST /password-resets {"code":"c1","digits":"123456","password":"`+phrase+`"}`)
	f.look(t, "/sign-in?done=reset").says(t, "密码已重置")
}

func TestSignIn_OffersPasskeysWhereTheHouseHasAnAddressAlone(t *testing.T) {
	atDoor(nil).look(t, "/sign-in").is(t, http.StatusOK).says(t, "登录", "but not", "用通行密钥登录")
	f := atDoor(nil)
	f.site = "https://shop.example"
	f.look(t, "/sign-in").says(t, "用通行密钥登录")
}

func TestFactor_IsAskedForAndStaysWithWhereOneWanted(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /session":               strings.Replace(freshSession, `"none"`, `"needed"`, 1),
		"GET /session/factors":       `{"kinds":["totp","recovery"]}`,
		"POST /session/factors/totp": refusal{401, "unauthenticated", "this recovery code is wrong or was used; say another one", ""},
	}}
	f.send(t, "/sign-in/factor", "code", "123456", "next", "/console/orders").is(t, http.StatusUnauthorized).says(t, "恢复码不正确", `name="next" value="/console/orders"`)
	f.send(t, "/sign-in/factor", "code", "7kq2-mx94", "with", "recovery", "next", "//evil.example").leads(t, "/console/")
	f.was(t, `POST /session/factors/recovery {"code":"7kq2-mx94"}`)
}

func TestFactor_HasNoMenuWhoseEntriesLeadBackToIt(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /session":         strings.NewReplacer(`"none"`, `"needed"`, `"rights"`, `"account_id":"acme","rights"`).Replace(freshSession),
		"GET /session/factors": `{"kinds":["totp"]}`,
	}}
	f.look(t, "/sign-in/factor").is(t, http.StatusOK).says(t, "两步验证", "but not", `id="menu"`)
}

func TestPassword_IsChangedByTheOneNowAndNeverShown(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /session": freshSession}}
	form := []string{"current_password", "the old one here", "password", phrase}
	f.send(t, "/account/password", form...).leads(t, "/account/security?done=password")
	f.did(t, `POST /session/proof {"password":"the old one here"}`, `PUT /me/password {"password":"`+phrase+`"}`)
	for what, no := range map[string]refusal{
		"POST /session/proof": {401, "unauthenticated", "the password is wrong", ""},
		"PUT /me/password":    proofNeeded,
	} {
		f := &fake{answers: map[string]any{"GET /session": freshSession, what: no}}
		f.send(t, "/account/password", form...).says(t, "but not", phrase, "the old one here")
	}
}

func TestAuthenticator_IsShownAgainWhenItsCodeIsWrong(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /session":  freshSession,
		"POST /me/totp": `{"secret":"JBSWY3DP","url":"otpauth://totp/a:b?secret=JBSWY3DP"}`,
		"PUT /me/totp":  refusal{401, "unauthenticated", "the code is wrong; wait for the next one, and see that the clock of the device is right", ""},
	}}
	f.send(t, "/account/security/totp").is(t, http.StatusOK).says(t, "<svg class=\"qr\"", "JBSW Y3DP")
	f.send(t, "/account/security/totp/code", "secret", "JBSWY3DP", "url", "otpauth://totp/a:b?secret=JBSWY3DP", "code", "1").says(t, "JBSW Y3DP", "验证码不正确")
	f.answers["PUT /me/totp"] = `{"recovery_codes":["7kq2-mx94"]}`
	f.send(t, "/account/security/totp/code", "code", "123456").is(t, http.StatusOK).says(t, "7kq2-mx94")
}

func TestPasskey_AsksForThePasswordUnlessItWasProvedJustNow(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /session": freshSession}}
	f.send(t, "/account/security/passkeys").says(t, `data-passkey="enrol"`)
	f.answers["GET /session"] = strings.Replace(freshSession, "04:09", "04:01", 1)
	f.send(t, "/account/security/passkeys").says(t, `name="_password"`)
}

func TestOwnForms_WaitForTheSecondFactor(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /session": strings.Replace(freshSession, `"none"`, `"needed"`, 1)}}
	for _, path := range []string{"/account/security/name", "/account/security/passkeys", "/account/password", "/account/places"} {
		f.send(t, path, "name", "林晓").leads(t, "/sign-in/factor?next=%2Fconsole%2F")
	}
	f.did(t)
}

func TestPlaces_AreChosenAndLeft(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /session": freshSession, "DELETE /me/accounts/beta": refusal{409, "conflict", "an account needs an owner; make somebody else its owner first", ""},
		"GET /me": `{"accounts":[{"account_id":"beta","name":"示例物流有限公司","role":"owner"}]}`,
	}}
	f.send(t, "/account/places", "account_id", "beta", "next", "/console/orders").leads(t, "/console/orders")
	f.was(t, `PUT /session/account {"account_id":"beta"}`)
	f.send(t, "/account/places/departure", "place", "beta").is(t, http.StatusConflict).says(t, "账户至少需要一位所有者", "示例物流有限公司")
}

func TestPlaces_AreWhereSomebodyIsLedWhoWasTakenOutOfTheAccount(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /session": strings.Replace(freshSession, `"rights"`, `"account_id":"acme","rights"`, 1)}}
	f.look(t, "/console/orders").leads(t, "/account/places?next=%2Fconsole%2Forders")
}
