package story_test

import (
	"slices"
	"testing"
	"time"

	"quartet"
	"quartet/internal/story"
)

// From whichever day it begins, it is long enough to be worth showing and never too long.
func TestCalls_AreManyAndNeverTooMany(t *testing.T) {
	for shift := range 366 {
		first := time.Date(2026, 1, 1+shift, 0, 0, 0, 0, quartet.Shanghai)
		all := 0
		for day := range story.Days + 1 {
			all += len(story.Calls(first, first.AddDate(0, 0, day)))
		}
		if all < 10_000 || all > story.MostCalls {
			t.Errorf("from %s on there are %d calls", first.Format(time.DateOnly), all)
		}
	}
}

func TestCalls_LookLikeThoseOfOffices(t *testing.T) {
	first := time.Date(2026, 3, 2, 0, 0, 0, 0, quartet.Shanghai) // a Monday
	verdicts, codes, weekday := map[quartet.Verdict]int{}, map[quartet.Code]int{}, map[time.Weekday]int{}
	for day := range story.Days {
		midnight := first.AddDate(0, 0, day)
		calls := story.Calls(first, midnight)
		again := story.Calls(first, midnight)
		if !slices.Equal(calls, again) {
			t.Fatal("the same day was told in two ways")
		}
		last := midnight
		for _, c := range calls {
			if c.At.Before(last) || !c.At.Before(midnight.AddDate(0, 0, 1)) {
				t.Fatalf("%s comes after %s on the day of %s", c.At, last, midnight)
			}
			last = c.At
			verdicts[c.Verdict]++
			codes[c.Code]++
			weekday[c.At.Weekday()]++
			if (c.Code == quartet.CodeOK) != (c.Verdict != quartet.NoVerdict) || !c.Reason.Explains(c.Verdict) {
				t.Fatalf("%+v contradicts itself", c)
			}
		}
	}
	if verdicts[quartet.Match] < 6*verdicts[quartet.Mismatch] || verdicts[quartet.Mismatch] == 0 || verdicts[quartet.Undetermined] == 0 {
		t.Errorf("verdicts: %v", verdicts)
	}
	if codes[quartet.CodeSourcesFailed] < 10 || codes[quartet.CodeNoRecord] == 0 || codes[quartet.CodeElement] == 0 {
		t.Errorf("codes: %v", codes)
	}
	if weekday[time.Sunday]*2 > weekday[time.Monday] {
		t.Errorf("by day of the week: %v", weekday)
	}
}

func TestBuyers_AreFirmsWhoseCodesAreSound(t *testing.T) {
	for _, b := range story.Buyers() {
		c, err := quartet.ParseCreditCode(b.Code)
		if err != nil || !c.Sound() {
			t.Errorf("%s: %v", b.Name, err)
		}
		if err := quartet.CheckFirmPurposes([]string{b.Purpose}); err != nil {
			t.Errorf("%s: %v", b.Name, err)
		}
		if _, err := quartet.ParseAddress(b.Email); err != nil {
			t.Errorf("%s: %v", b.Name, err)
		}
	}
}
