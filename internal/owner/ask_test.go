package owner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"quartet/internal/owner"
)

func TestCall_PutsQuestionsAboutSecretsToWhoeverTypedTheCommand(t *testing.T) {
	dir := t.TempDir()
	own(t, dir, func(_ context.Context, r owner.Request, s owner.Streams) int {
		if !r.Asks || s.Secret == nil {
			t.Error("it cannot ask")
			return 1
		}
		// Input before, between and after is not taken for an answer.
		line := make([]byte, 3)
		for _, question := range []string{"first? ", "second? "} {
			if _, err := io.ReadFull(s.In, line); err != nil {
				t.Error(err)
			}
			answer, err := s.Secret(question)
			_, _ = fmt.Fprintf(s.Out, "%s|%s|%v\n", line, answer, err)
		}
		rest, err := io.ReadAll(s.In)
		_, _ = fmt.Fprintf(s.Out, "%s|%v\n", rest, err)
		return 0
	})
	var asked []string
	var out bytes.Buffer
	_, _, err := owner.Call(t.Context(), dir, owner.Request{}, owner.Streams{
		In: strings.NewReader("abcdefghi"), Out: &out, Err: io.Discard,
		Secret: func(question string) (string, error) {
			asked = append(asked, question)
			if len(asked) == 2 {
				return "", errors.New("no terminal")
			}
			return "秘密 1", nil
		},
	})
	if want := "abc|秘密 1|<nil>\ndef||no terminal\nghi|<nil>\n"; err != nil || out.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out.String(), want)
	}
	if fmt.Sprint(asked) != "[first?  second? ]" {
		t.Errorf("asked %q", asked)
	}
}

func TestCall_TellsTheCommandThatNobodyCanBeAsked(t *testing.T) {
	dir := t.TempDir()
	own(t, dir, func(_ context.Context, r owner.Request, s owner.Streams) int {
		if r.Asks || s.Secret != nil {
			return 1
		}
		return 0
	})
	// What a request says of itself does not count.
	code, _, err := owner.Call(t.Context(), dir, owner.Request{Asks: true}, owner.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	if code != 0 || err != nil {
		t.Errorf("code %d, %v", code, err)
	}
}

func TestCall_ThatIsInterruptedAtAQuestionCancelsItsCommand(t *testing.T) {
	dir := t.TempDir()
	ended := make(chan error, 1)
	own(t, dir, func(_ context.Context, _ owner.Request, s owner.Streams) int {
		_, err := s.Secret("password? ")
		ended <- err
		return 0
	})
	_, served, err := owner.Call(t.Context(), dir, owner.Request{}, owner.Streams{
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard,
		Secret: func(string) (string, error) { return "", context.Canceled },
	})
	if !served || !errors.Is(err, context.Canceled) {
		t.Errorf("served %v, %v", served, err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the command has an answer that nobody gave")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the command still waits for its answer")
	}
}
