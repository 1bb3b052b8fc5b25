package aliyun

import (
	"fmt"
	"strings"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// Rehearse is the request as text, with secrets and elements masked.
func (s *Source) Rehearse(q source.Query) (string, error) {
	if !wire.Takes(s.scope, q) {
		return "", quartet.Errorf(quartet.ErrUnsupported, "the source does not compare these elements")
	}
	paramType, masked := "normal", "%s"
	if s.hashed {
		paramType, masked = "md5", "(partly hashed) %s"
	}
	lines := []string{
		"Action=BankMetaVerify", "Version=2019-03-07", "RegionId=" + s.region,
		"VerifyMode=VERIFY_BANK_CARD", "ProductType=" + productType(q.Need), "ParamType=" + paramType,
	}
	for _, field := range []struct {
		set   quartet.ElementSet
		name  string
		value fmt.Stringer
	}{
		{quartet.NeedName, "UserName", q.Elements.Name},
		{quartet.NeedID, "IdentifyNum", q.Elements.ID},
		{quartet.NeedCard, "BankCard", q.Elements.Card},
		{quartet.NeedMobile, "Mobile", q.Elements.Mobile},
	} {
		if q.Need.Has(field.set) {
			lines = append(lines, field.name+"="+fmt.Sprintf(masked, field.value.String()))
		}
	}
	lines = append(lines, "AccessKeyId=***", "SignatureMethod=HMAC-SHA1", "SignatureVersion=1.0", "Signature=***")
	return fmt.Sprintf("POST %s/?\n  %s\n", s.endpoints[0], strings.Join(lines, "\n  &")), nil
}

// TestPerson is nobody: the cloud offers none.
func (*Source) TestPerson() (quartet.Raw, bool) { return quartet.Raw{}, false }
