package tencent

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
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "POST %s/\nContent-Type: application/json\nX-TC-Action: %s\nX-TC-Version: 2018-03-01\n", s.endpoint, action(q.Need))
	if s.region != "" {
		b.WriteString("X-TC-Region: " + s.region + "\n")
	}
	b.WriteString("Authorization: TC3-HMAC-SHA256 Credential=***, SignedHeaders=content-type;host, Signature=***\n\n{")
	separator := ""
	for _, field := range []struct {
		set   quartet.ElementSet
		name  string
		value fmt.Stringer
	}{
		{quartet.NeedName, "Name", q.Elements.Name},
		{quartet.NeedID, "IdCard", q.Elements.ID},
		{quartet.NeedCard, "BankCard", q.Elements.Card},
		{quartet.NeedMobile, "Phone", q.Elements.Mobile},
	} {
		if q.Need.Has(field.set) {
			_, _ = fmt.Fprintf(&b, "%s%q:%q", separator, field.name, field.value.String())
			separator = ","
		}
	}
	if s.sealer != nil {
		_, _ = fmt.Fprintf(&b, `,"Encryption":{"Algorithm":%q,…}`, s.sealer.algorithm)
	}
	b.WriteString("}\n")
	return b.String(), nil
}

// TestPerson is nobody: the cloud offers none.
func (*Source) TestPerson() (quartet.Raw, bool) { return quartet.Raw{}, false }
