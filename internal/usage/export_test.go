package usage_test

import (
	"io"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/usage"
)

// slow is somebody who takes a file and takes nothing of it until they are let go.
type slow struct{ begun, let chan struct{} }

func (s slow) Write(p []byte) (int, error) {
	s.begun <- struct{}{}
	<-s.let
	return len(p), nil
}

// Whoever takes their files slowly keeps others of the house from theirs as little as may be.
func TestExport_LeavesPlacesToOtherAccounts(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d := usage.New(usage.Options{Store: s, Catalogue: s, Numbers: quartet.NewSeqNoCipher([16]byte{}), Now: time.Now})
	of := func(account string) usage.Export {
		return usage.Export{Filter: quartet.CallFilter{Account: account}, Days: usage.Days{From: 20_000, To: 20_001}, Format: usage.CSV}
	}
	taker := slow{make(chan struct{}), make(chan struct{})}
	ended := make(chan error)
	for range 2 {
		go func() { ended <- d.Export(ctx, taker, of("acme")) }()
		<-taker.begun
	}
	if err := d.Export(ctx, io.Discard, of("acme")); quartet.CodeOf(err) != quartet.ErrLimited {
		t.Errorf("a third one of the account: %v", err)
	}
	if err := d.Export(ctx, io.Discard, of("other")); err != nil {
		t.Errorf("one of another account: %v", err)
	}
	close(taker.let)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if err := d.Export(ctx, io.Discard, of("acme")); err != nil {
		t.Errorf("when they have ended: %v", err)
	}
}
