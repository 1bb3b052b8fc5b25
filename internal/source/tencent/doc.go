// Package tencent asks Tencent Cloud FaceID whether the elements of a bank card agree.
//
//	elements                 action
//	card, name               BankCard2EVerification
//	card, name, id           BankCardVerification
//	card, name, id, mobile   BankCard4EVerification
//
// The cloud's SDK builds, signs (TC3-HMAC-SHA256) and reads; package wire carries. The trip
// of a question: request.go builds it, sealer.go encrypts its elements where that is set,
// ask.go sends it, read.go reads what came back. Every action has its own table of result
// codes, since one number means three things in three of them; a code that stands in none
// is never a verdict. The cloud takes no number of ours and offers no inquiry.
//
// The settings, all of which may be left out:
//
//	endpoint: faceid.tencentcloudapi.com   # another region, a private one
//	region: ap-guangzhou                   # the cloud needs none
//	elements: [2, 3, 4]                    # those that were ordered
//	timeout: 10s
//	encryption:                            # beside TLS
//	  algorithm: AES-256-CBC               # or SM4-GCM
//	  public_key: |                        # RSA for AES, SM2 for SM4; PEM, or its base64
//	    -----BEGIN PUBLIC KEY-----
//
// The credentials are secret_id and secret_key.
package tencent
