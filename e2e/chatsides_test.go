package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

type atomicBool = atomic.Bool

// chatMessage is a message as it comes.
type chatMessage struct {
	Place      int64
	Side, Text string
}

// reading follows a chat as a browser does: it comes again behind the last id that it saw.
type reading struct {
	c        *chat
	by       *visitor
	path     string
	messages []chatMessage
	last     atomic.Int64
	times    int
}

func (r *reading) run() {
	for !r.c.over.Load() {
		r.once()
	}
}

// once follows until the connection is cut.
func (r *reading) once() {
	ctx, cut := context.WithTimeout(context.Background(), moment())
	defer cut()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.c.url(r.path), nil)
	if err != nil {
		panic(err)
	}
	if last := r.last.Load(); last > 0 {
		req.Header.Set("Last-Event-ID", strconv.FormatInt(last, 10))
	}
	resp, err := r.by.http.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusServiceUnavailable { // the node is stopping
		return
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		text, _ := io.ReadAll(resp.Body)
		r.c.t.Errorf("%s: %d %s %s", r.path, resp.StatusCode, resp.Header.Get("Content-Type"), text)
		time.Sleep(100 * time.Millisecond)
		return
	}
	r.times++
	id := ""
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	data := ""
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "data: "):
			data = line[6:]
		case line == "" && data != "": // an event is one when it has ended, as browsers have it
			var m chatMessage
			if err := json.Unmarshal([]byte(data), &m); err != nil || strconv.FormatInt(m.Place, 10) != id {
				r.c.t.Errorf("event %s: %v %s", id, err, data)
			}
			r.messages = append(r.messages, m)
			r.last.Store(m.Place)
			data = ""
		}
	}
}

// saying writes to a chat. What got no answer is sent again under its id.
type saying struct {
	c      *chat
	by     *visitor
	path   string
	what   string
	places []int64
	done   atomic.Int64
	again  int
}

func (s *saying) text(i int) string { return fmt.Sprintf("%s says no. %d", s.what, i) }

func (s *saying) run() {
	for i := range eachSays {
		for !s.once(i) {
			if s.c.over.Load() {
				return
			}
			s.again++
			time.Sleep(5 * time.Millisecond)
		}
		s.done.Add(1)
		time.Sleep(rand.N(30 * time.Millisecond)) // as people type, and browsers come and go
		if i%7 == 0 {                             // what was written is asked once more, and is the same
			for !s.once(i) && !s.c.over.Load() {
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
}

// once sends a message, and is not always patient enough for the answer.
func (s *saying) once(i int) bool {
	patience := 5 * time.Second
	if rand.IntN(4) == 0 {
		patience = time.Duration(1+rand.IntN(20)) * time.Millisecond
	}
	ctx, cut := context.WithTimeout(context.Background(), patience)
	defer cut()
	body, err := json.Marshal(map[string]string{"id": fmt.Sprintf("%s-%08d", s.what, i), "text": s.text(i)})
	if err != nil {
		panic(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.c.url(s.path), strings.NewReader(string(body)))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.by.http.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return false
	}
	var m chatMessage
	if resp.StatusCode != http.StatusOK || json.Unmarshal(text, &m) != nil {
		if resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusGatewayTimeout {
			s.c.t.Errorf("%s: %d %s", s.text(i), resp.StatusCode, text)
		}
		return false
	}
	switch {
	case len(s.places) == i:
		s.places = append(s.places, m.Place)
	case s.places[i] != m.Place:
		s.c.t.Errorf("%q is in place %d, and was in %d", s.text(i), m.Place, s.places[i])
	}
	return true
}
