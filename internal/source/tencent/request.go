package tencent

import (
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	faceid "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/faceid/v20180301"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// request is the one of all three actions. The SDK's own types know neither the algorithm
// of the encryption nor an encryption of two elements.
type request struct {
	*tchttp.BaseRequest `json:"-"`

	Name       string      `json:"Name,omitempty"`
	IDCard     string      `json:"IdCard,omitempty"`
	BankCard   string      `json:"BankCard,omitempty"`
	Phone      string      `json:"Phone,omitempty"`
	Encryption *encryption `json:"Encryption,omitempty"`
}

// encryption says how the elements of a request are encrypted.
type encryption struct {
	EncryptList    []string `json:"EncryptList"`
	CiphertextBlob string   `json:"CiphertextBlob"`
	Iv             string   `json:"Iv"`
	Algorithm      string   `json:"Algorithm"`
	TagList        []string `json:"TagList,omitempty"`
}

// response is the answer of all three actions.
type response struct {
	*tchttp.BaseResponse `json:"-"`

	Response struct {
		Result    *string `json:"Result"`
		RequestID string  `json:"RequestId"`
	} `json:"Response"`
}

// action is the name of the action that compares these elements.
func action(need quartet.ElementSet) string {
	switch need {
	case wire.Two:
		return "BankCard2EVerification"
	case wire.Three:
		return "BankCardVerification"
	default:
		return "BankCard4EVerification"
	}
}

func (s *Source) request(q source.Query) (*request, error) {
	r := plainRequest(q)
	if s.sealer == nil {
		return r, nil
	}
	return r, s.sealer.seal(r)
}

func plainRequest(q source.Query) *request {
	r := &request{BaseRequest: &tchttp.BaseRequest{}}
	r.Init().WithApiInfo("faceid", faceid.APIVersion, action(q.Need))
	r.SetHttpMethod(tchttp.POST)
	r.Name, r.BankCard = q.Elements.Name.Reveal(), q.Elements.Card.Reveal()
	if q.Need.Has(quartet.NeedID) {
		r.IDCard = q.Elements.ID.Reveal()
	}
	if q.Need.Has(quartet.NeedMobile) {
		r.Phone = q.Elements.Mobile.Reveal()
	}
	return r
}
