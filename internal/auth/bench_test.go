package auth_test

import (
	"fmt"
	"testing"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/seal"
	"quartet/internal/web"
)

// BenchmarkFind looks AppCodes up among few and among many, the next one far from the last.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := auth.New(hasher, plain)
			var list []quartet.Credential
			codes := make([]string, n)
			for i := range n {
				codes[i] = fmt.Sprintf("%032x", i)
				list = append(list, credential(fmt.Sprint("c", i), "alice", quartet.KindAppCode, codes[i]))
			}
			d.Replace([]quartet.Account{{ID: "alice"}}, list)
			now := time.Now()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, ok := d.Find(quartet.KindAppCode, codes[i*7919%n], now); !ok {
					b.Fatal("not found")
				}
			}
		})
	}
}

// BenchmarkJudge judges the documented form of a signed call, its secret sealed, its nonce
// new each time.
func BenchmarkJudge(b *testing.B) {
	v, r := base(b)
	ring, err := seal.Create(b.TempDir() + "/ring")
	if err != nil {
		b.Fatal(err)
	}
	d := auth.New(hasher, ring.Unseal)
	d.Replace([]quartet.Account{{ID: "alice"}}, []quartet.Credential{
		{ID: "c1", Account: "alice", Kind: quartet.KindAppKey, Hash: hasher.Sum("appkey", v.AppKey), Sealed: ring.Seal([]byte(v.AppSecret), "c1")},
	})
	s := auth.NewSignatures(d, seal.NewHasher([32]byte{8}), auth.NewNonces(auth.MaxNonces))
	b.ReportAllocs()
	for b.Loop() {
		if j := s.Judge(r, v.at()); j.Gateway != web.NoGateway && j.Gateway != web.NonceUsed {
			b.Fatal(j.Gateway.Text().Message)
		}
	}
}
