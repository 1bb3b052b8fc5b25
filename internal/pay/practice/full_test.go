package practice_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/pay/practice"
)

// A disk that is full cuts a line off in the middle: nobody has heard of it, and what is
// written when there is room again can be read.
func TestTrades_OutliveADiskThatWasFull(t *testing.T) {
	file := filepath.Join(t.TempDir(), "practice.jsonl")
	start := func() *practice.Provider {
		t.Helper()
		p, err := practice.New(practice.Options{Demo: true, File: file, Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := start()
	open := func(payment string) error {
		_, err := p.Open(t.Context(), pay.Attempt{Payment: payment, Method: "page", Subject: "500元/1200次", Amount: 500_00, PayBy: noon.Add(time.Hour)})
		return err
	}
	if err := open("first"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	full := was
	full.Cur = uint64(info.Size()) + 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	err = open("lost")
	if back := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); back != nil {
		t.Fatal(back)
	}
	if quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("on a full disk: %v", err)
	}
	if err := open("second"); err != nil {
		t.Fatal(err)
	}
	p = start()
	for payment, want := range map[string]pay.TradeState{"first": pay.Waiting, "lost": pay.Absent, "second": pay.Waiting} {
		if got, err := p.Query(t.Context(), payment); err != nil || got.State != want {
			t.Errorf("%s is %+v, %v, want %s", payment, got, err, want)
		}
	}
}
