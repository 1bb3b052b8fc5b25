package aliyun

import (
	"io"
	"net/http"
	"net/url"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cloudauth"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// request is a question before it is signed.
func (s *Source) request(q source.Query) *cloudauth.BankMetaVerifyRequest {
	r := cloudauth.CreateBankMetaVerifyRequest()
	r.VerifyMode, r.ParamType, r.ProductType = "VERIFY_BANK_CARD", "normal", productType(q.Need)
	r.UserName, r.BankCard = q.Elements.Name.Reveal(), q.Elements.Card.Reveal()
	if q.Need.Has(quartet.NeedID) {
		r.IdentifyNum = q.Elements.ID.Reveal()
	}
	if q.Need.Has(quartet.NeedMobile) {
		r.Mobile = q.Elements.Mobile.Reveal()
	}
	if s.hashed {
		hash(r)
	}
	return r
}

func productType(need quartet.ElementSet) string {
	switch need {
	case wire.Two:
		return "BANK_CARD_2_META"
	case wire.Three:
		return "BANK_CARD_3_META"
	default:
		return "BANK_CARD_4_META"
	}
}

// ask puts the question to one endpoint and gives the answer's text; the trip tells what
// became of it. The errors of making a request quote it, so none is kept.
func (s *Source) ask(trip *wire.Trip, endpoint *url.URL, q source.Query) []byte {
	r := s.request(q)
	r.Scheme, r.Domain = endpoint.Scheme, endpoint.Host
	if requests.InitParams(r) != nil || auth.Sign(r, nil, s.region, s.key) != nil {
		return nil
	}
	req, err := http.NewRequest(r.GetMethod(), r.BuildUrl(), r.GetBodyReader()) //nolint:noctx // the trip has the context
	if err != nil {
		return nil
	}
	for name, value := range r.GetHeaders() {
		req.Header.Set(name, value)
	}
	resp, err := trip.RoundTrip(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil
	}
	return said
}
