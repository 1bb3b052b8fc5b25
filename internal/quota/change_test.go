package quota_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// Sums over all grants must stay numbers: what one grant may hold is bounded.
func TestGive_RefusesMoreUnitsThanCanBeAddedUp(t *testing.T) {
	t.Parallel()
	s := openStore(t, store.Options{Dir: storetest.Folder(t)})
	l := openLedger(t, s, quota.Options{})
	addAccount(t, s, l, "a", quota.MaxUnits)
	for _, units := range []int64{math.MinInt64, -1, 0, quota.MaxUnits + 1, math.MaxInt64} {
		err := l.Give(context.Background(), quartet.Grant{ID: "g", Account: "a", Units: units, ExpiresAt: time.Now().Add(time.Hour)}, "")
		if quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%d units: %v", units, err)
		}
		if units > 0 && !strings.Contains(fmt.Sprint(err), "1000000000000") {
			t.Errorf("the message does not say how many: %v", err)
		}
	}
	if r := mustAudit(t, s); r.Grants != 1 || r.Left != quota.MaxUnits {
		t.Errorf("%+v", r)
	}
}
