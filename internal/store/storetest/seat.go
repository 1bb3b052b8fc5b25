package storetest

import (
	"context"
	"crypto/sha256"
	"time"

	"quartet"
	"quartet/internal/store"
)

// Seat gives somebody a place in an account that is there, or in the house for "", in a store of
// any test: a person or an operator who has that id and cannot sign in.
func Seat(t Test, s *store.Store, account, who string, role quartet.Role) {
	t.Helper()
	ctx, none, at := context.Background(), quartet.AuditEntry{}, time.Unix(0, 0)
	put := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if account == "" {
		put(s.CreateOperator(ctx, quartet.Operator{ID: who, Name: who, Role: role, CreatedAt: at}, none))
		return
	}
	hash := sha256.Sum256([]byte(account + who))
	address := quartet.Contact{Hash: quartet.Fingerprint(hash[:16]), Sealed: []byte{7}}
	code := quartet.SentCode{
		ID: "code " + who, Purpose: quartet.PurposeSignUp, Channel: quartet.ChannelEmail, Address: address, Hash: address.Hash, Created: at, Expires: at.Add(time.Minute),
	}
	put(s.PutCode(ctx, code, quartet.Message{ID: "message " + who, Channel: code.Channel, Kind: "code.signup", Sealed: []byte{7}, Created: at, Expires: code.Expires}))
	put(s.Register(ctx, quartet.Registration{
		Person: quartet.Person{ID: who, Name: who, Email: address, Epoch: 1, Created: at},
		Member: quartet.Member{Account: account, Person: who, Role: role, Since: at}, Code: code.ID,
	}, none))
}
