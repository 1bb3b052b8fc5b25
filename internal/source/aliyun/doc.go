// Package aliyun asks Alibaba Cloud (cloudauth, BankMetaVerify of 2019-03-07) whether the
// elements of a bank card agree: two, three or four of them.
//
// The trip of a question: request.go builds and signs it (HMAC-SHA1, version 1.0) with the
// cloud's SDK, hashed as md5.go has it where that is set; package wire carries it; read.go
// makes a verdict of codes.go. The SDK's client is not used: it prints requests when DEBUG
// says so, obeys proxies of the environment and takes no context. None of the environment
// and no file of credentials is read.
//
// The elements stand in the query of the URL: the cloud's own clients put every parameter of
// this API there, and nothing that it publishes of the API says that it takes a form. TLS
// covers the query on its way, but whatever ends TLS in front of the cloud may write it to an
// access log. Where that must not be, another supplier is asked: param_type md5 hides little.
//
// An answer has three levels. Code says whether the question was taken; BizCode whether it
// was compared, and with that whether it is charged; SubCode what came out. BizCode 2 is
// called a mismatch, but most of its SubCodes tell of the card's state and nothing of the
// person. The cloud takes no number of ours and offers no inquiry.
//
// The settings, all of which may be left out:
//
//	endpoints: [cloudauth.aliyuncs.com]   # the next one when one surely was not reached
//	region: cn-shanghai
//	elements: [2, 3, 4]                   # those that were ordered
//	param_type: normal                    # or md5
//	timeout: 10s
//
// The credentials are access_key_id and access_key_secret.
package aliyun
