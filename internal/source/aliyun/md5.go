package aliyun

import (
	"crypto/md5" //nolint:gosec // the cloud demands it
	"encoding/hex"
	"unicode/utf8"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/cloudauth"
)

// hash puts hashes in the place of parts of the elements, as ParamType md5 wants it: the last
// six digits of the card, the first letter of the name, the birth date in the ID number, the
// whole mobile. So few things can stand there that all may be tried: it is a format of the
// cloud's, not a protection.
func hash(r *cloudauth.BankMetaVerifyRequest) {
	r.ParamType = "md5"
	last := len(r.BankCard) - 6
	r.BankCard = r.BankCard[:last] + sum(r.BankCard[last:])
	_, first := utf8.DecodeRuneInString(r.UserName)
	r.UserName = sum(r.UserName[:first]) + r.UserName[first:]
	if r.IdentifyNum != "" { // of a resident ID card: 18 characters
		r.IdentifyNum = r.IdentifyNum[:6] + sum(r.IdentifyNum[6:14]) + r.IdentifyNum[14:]
	}
	if r.Mobile != "" {
		r.Mobile = sum(r.Mobile)
	}
}

func sum(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // the cloud demands it
	return hex.EncodeToString(sum[:])
}
