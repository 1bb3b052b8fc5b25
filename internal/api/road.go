package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"quartet"
)

// describeRoad adds the call that all of this is sold for. It is served by the road itself;
// here it is only described.
func describeRoad(doc *huma.OpenAPI) {
	text := func(description string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Description: description}
	}
	product := quartet.FourElements()
	answer := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"code", "message", "data", "seqNo"},
		Properties: map[string]*huma.Schema{
			"code":    text("10000: a verdict; 10001 to 10020: a refusal, see docs/result-codes.md"),
			"message": text("the code in words"),
			"data": {OneOf: []*huma.Schema{
				{Type: huma.TypeObject, Required: []string{"state"}, Properties: map[string]*huma.Schema{
					"state": {Type: huma.TypeString, Enum: []any{"1", "2", "3"}, Description: "1 all agree, 2 they do not, 3 it cannot be said"},
				}},
				{Type: "null"},
			}},
			"seqNo": {Type: huma.TypeString, Pattern: "^[0-9A-Z]{8}[0-9]{10}$", Description: "names the call, to support as well"},
		},
	}
	form := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"acc_no", "idcard", "mobile", "name"},
		Properties: map[string]*huma.Schema{
			"acc_no": text("bank card number"), "idcard": text("ID number"), "mobile": text("mobile number reserved at the bank"),
			"name": text("name"), "key": text("the API key, of callers that present no AppCode and no signature"),
		},
	}
	gateway := &huma.Response{
		Description: "The call never reached the product: no body, the cause in the headers; see docs/result-codes.md",
		Headers: map[string]*huma.Param{
			"X-Ca-Error-Code":    {Description: "what was wrong", Schema: &huma.Schema{Type: huma.TypeString}},
			"X-Ca-Error-Message": {Description: "the same in words", Schema: &huma.Schema{Type: huma.TypeString}},
			"X-Ca-Request-Id":    {Description: "names the request", Schema: &huma.Schema{Type: huma.TypeString}},
		},
	}
	doc.AddOperation(&huma.Operation{
		OperationID: "verify", Method: http.MethodPost, Path: product.Path, Tags: []string{"verification"},
		Summary:     product.Name,
		Description: "Says whether the four elements belong together. Every answer with a seqNo has status 200.",
		Security:    []map[string][]string{{"appCodeHeader": {}}, {}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/x-www-form-urlencoded": {Schema: form}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "A verdict, or a refusal of the product", Content: map[string]*huma.MediaType{"application/json": {Schema: answer}}},
			"4XX": gateway,
		},
	})
}
