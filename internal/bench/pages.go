package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"quartet/internal/story"
)

// reader asks for pages, one after the other.
type reader struct {
	url      string
	stranger *http.Client
	buyer    *http.Client
}

// page is how long one page took, each time that it was asked for.
type page struct {
	screen screen
	path   string
	first  time.Duration // the first time, since the server began
	times  []time.Duration
	cpu    []time.Duration // the server's processor time for each
	bytes  int
}

// readPages starts a demo with many calls and asks for each of its pages.
func (s *session) readPages(ctx context.Context) (pages []*page, err error) {
	if s.at != "" {
		return s.read(ctx, s.at, func() time.Duration { return 0 })
	}
	v, at, err := s.launch(ctx, pagesOf, "")
	if v != nil {
		defer func() { err = errors.Join(err, v.stop()) }()
	}
	if err != nil {
		return nil, err
	}
	return s.read(ctx, at.URL, func() time.Duration { return preciseTime(v.process.Process.Pid) })
}

func (s *session) read(ctx context.Context, url string, cpu func() time.Duration) ([]*page, error) {
	chosen, err := regexp.Compile(s.pages)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r := &reader{url: url, stranger: &http.Client{CheckRedirect: stay}, buyer: &http.Client{CheckRedirect: stay, Jar: jar}}
	if err := r.signIn(ctx); err != nil {
		return nil, err
	}
	var pages []*page
	for _, sc := range screens(time.Now()) {
		if !chosen.MatchString(sc.name) {
			continue
		}
		p := &page{screen: sc, path: sc.path}
		for _, link := range sc.links {
			if p.path, err = r.follow(ctx, sc, p.path, link); err != nil {
				return nil, err
			}
		}
		if p.first, err = r.ask(ctx, p); err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	bar := progressbar.NewOptions(s.asks, progressbar.OptionSetDescription("pages"), progressbar.OptionClearOnFinish())
	for round := range s.asks {
		for i := range pages {
			p := pages[(i+round)%len(pages)]
			before := cpu()
			took, err := r.ask(ctx, p)
			if err != nil {
				return nil, err
			}
			p.times, p.cpu = append(p.times, took), append(p.cpu, max(0, cpu()-before))
		}
		_ = bar.Add(1)
	}
	for _, p := range pages {
		slices.Sort(p.times)
		slices.Sort(p.cpu)
	}
	return pages, bar.Finish()
}

func (r *reader) signIn(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"address": story.Email, "password": story.Password})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/api/v1/session", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.buyer.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("signing in was answered %s", resp.Status)
	}
	return nil
}

// follow finds the last link on a page that a screen is reached by.
func (r *reader) follow(ctx context.Context, sc screen, from, link string) (string, error) {
	_, text, err := r.get(ctx, sc, from)
	if err != nil {
		return "", err
	}
	found := regexp.MustCompile(`href="(`+link+`)"`).FindAllSubmatch(text, -1)
	if len(found) == 0 {
		return "", fmt.Errorf("%s: %s has no link to %s", sc.name, from, link)
	}
	to := strings.ReplaceAll(string(found[len(found)-1][1]), "&amp;", "&")
	if sc.to != "" {
		to = sc.to + path.Base(to)
	}
	return to, nil
}

// ask asks for a page once, and tells how long it took until all of it was here.
func (r *reader) ask(ctx context.Context, p *page) (time.Duration, error) {
	begun := time.Now()
	status, text, err := r.get(ctx, p.screen, p.path)
	took := time.Since(begun)
	if err != nil {
		return 0, err
	}
	if status != http.StatusOK && p.screen.name != emptyScreen || !bytes.Contains(text, []byte("</html>")) {
		return 0, fmt.Errorf("%s: %s was answered %d", p.screen.name, p.path, status)
	}
	p.bytes = len(text)
	return took, nil
}

func (r *reader) get(ctx context.Context, sc screen, at string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+at, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	c := r.buyer
	if sc.stranger {
		c = r.stranger
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}
