package support_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/support"
)

// More buyers write to chats at once than there are connections to the database, and none of
// them keeps what another one waits for.
func TestSay_ByMoreThanThereAreConnectionsGoesThrough(t *testing.T) {
	o := newOfficeOn(t, store.Options{URL: storetest.Postgres(t)})
	must(t, o.SetPresent(t.Context(), wang, true))
	const many = 48
	var chats []string
	for range many {
		chats = append(chats, o.open(true).ID)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for i, id := range chats {
		all.Go(func() {
			if _, err := o.Say(ctx, zhang, id, fmt.Sprintf("message %d", i), "在吗"); err != nil {
				t.Errorf("chat %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// Who follows a chat at the only node of its house is woken: long before they would look by
// themselves.
func TestFollow_AtTheOnlyNodeIsWoken(t *testing.T) {
	o := newOffice(t)
	must(t, o.SetPresent(t.Context(), wang, true))
	chat := o.open(true)
	f, err := o.Follow(t.Context(), zhang, chat.ID, chat.Last)
	must(t, err)
	defer f.Leave()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := make(chan support.Line, 9)
	go func() {
		_ = f.Run(ctx, func(lines []support.Line) error {
			for i := range lines {
				said <- lines[i]
			}
			return nil
		}, func() error { return nil })
	}()
	_, err = o.Say(t.Context(), wang, chat.ID, "message-1", "在的")
	must(t, err)
	for {
		select {
		case l := <-said:
			if l.Text == "在的" {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatal("nothing came")
		}
	}
}

func TestFollow_HasRoomForSoManyAtANode(t *testing.T) {
	o := newOffice(t)
	chat := o.open(false)
	follow := func(i int) (*support.Follower, error) {
		who := zhang
		who.ID, who.By = fmt.Sprint("p", i), fmt.Sprint("person p", i)
		return o.Follow(t.Context(), who, chat.ID, 0)
	}
	const room = 2000
	var last *support.Follower
	for i := range room {
		f, err := follow(i)
		must(t, err)
		last = f
	}
	_, err := follow(room)
	wantCode(t, "one more", err, quartet.ErrLimited)
	last.Leave()
	if _, err := follow(room); err != nil {
		t.Errorf("when one has left: %v", err)
	}
}
