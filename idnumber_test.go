package quartet_test

import (
	"testing"

	"quartet"
)

// A code of nationality that no list has today was right when the card was printed.
func TestIDNumber_OldPermanentResidentsKeepTheirCountry(t *testing.T) {
	for _, country := range []string{"USA", "RKS", "ROM", "YUG", "ANT", "GBN", "XXA", "XXX"} {
		if _, _, rej := quartet.ParseIDNumber(country+"310090010105", today); rej != nil {
			t.Errorf("%s: %v", country, rej)
		}
	}
	for _, country := range []string{"KAA", "QQQ", "X X", "AAA"} {
		if id, _, rej := quartet.ParseIDNumber(country+"310090010105", today); rej == nil || rej.Code != quartet.RejectIDFormat && rej.Code != quartet.RejectIDLength {
			t.Errorf("%s is taken for the country of %s", country, id)
		}
	}
}

// Only letters of the number's own alphabet may stand in it, though others have the same
// capitals.
func TestIDNumber_TakesNoLettersThatOnlyLookAlike(t *testing.T) {
	for _, in := range []string{"U\u017fA310090010105", "\u0131RL310090010105", "1101011990030786\u0668\u0660"} {
		if id, _, rej := quartet.ParseIDNumber(in, today); rej == nil || rej.Code != quartet.RejectIDFormat {
			t.Errorf("%q is taken for %s (%v)", in, id, rej)
		}
	}
}
