// Package web is what the HTTP faces share: the answers of the gateway in front of the
// product, the identity of a request, and the one event that tells of a call.
//
// A caller tells two layers apart. A gateway answer has a status of 4xx, an empty body,
// X-Ca-Error-Code and X-Ca-Error-Message: the call never reached the product, has no
// seqNo, writes no call row and is counted in the metrics alone. Everything else is an
// answer of the product: status 200, JSON, a seqNo, one call row, one event. Both carry
// X-Ca-Request-Id.
package web
