package billing

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"

	"quartet"
)

// orderNumber is the day in Asia/Shanghai and 12 random digits: people read it out, and
// nobody learns from it how many others there are.
func orderNumber(now time.Time) string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000_000_000))
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return fmt.Sprintf("%s%012d", now.In(quartet.Shanghai).Format("20060102"), n)
}

// codeLetters leave out what people mistake for one another: 0 and O, 1, I and L, 2 and Z, 5
// and S, 6 and G, 8 and B.
const codeLetters = "3479ACDEFHJKMNPQRTUVWXY"

const codeLength = 8

// transferCode is what a bank transfer names in its remark.
func transferCode() string {
	const fair = 256 - 256%len(codeLetters) // bytes from here on would favour the first letters
	code := make([]byte, 0, codeLength)
	var b [1]byte
	for len(code) < codeLength {
		_, _ = rand.Read(b[:]) // never fails
		if int(b[0]) < fair {
			code = append(code, codeLetters[int(b[0])%len(codeLetters)])
		}
	}
	return string(code)
}

// numberAtProvider is 32 of 0-9a-f, which every provider takes.
func numberAtProvider() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
