package tencent

import (
	"errors"
	"strconv"
	"strings"

	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// read makes an answer of a trip. The SDK's errors are never kept: their text holds what
// was received, whatever that was.
func read(q source.Query, trip *wire.Trip, said *response, err error) (source.Answer, error) {
	if e := trip.Failure(); e != nil {
		return source.Answer{}, e
	}
	if status := trip.Status(); status != 200 { // the cloud answers its own errors with 200
		return source.Answer{}, &source.Error{Kind: source.Failed, Sent: true, Code: "HTTP-" + strconv.Itoa(status)}
	}
	if err != nil {
		e, ok := errors.AsType[*sdkerrors.TencentCloudSDKError](err)
		if !ok || strings.HasPrefix(e.Code, "ClientError.") { // no JSON, or not of this form
			return wire.Unknown.Answer("", "")
		}
		return fault(e.Code).Answer(wire.Code(q, e.Code), wire.Reference(q, e.RequestId))
	}
	number := wire.Reference(q, said.Response.RequestID)
	if said.Response.Result == nil {
		return wire.Unknown.Answer("", number)
	}
	result := *said.Response.Result
	m, ok := results(q.Need)[result]
	if !ok {
		m = wire.Unknown
	}
	return m.Answer(wire.Code(q, result), number)
}

// fault is what an error of the cloud means.
func fault(code string) wire.Meaning {
	if m, ok := faults[code]; ok {
		return m
	}
	family, _, _ := strings.Cut(code, ".")
	if m, ok := faults[family]; ok {
		return m
	}
	return wire.Unknown
}
