package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/obs"
)

const (
	longestWait = time.Hour
	triedFor    = 24 * time.Hour
	patience    = 3 * 24 * time.Hour // with a webhook to which nothing comes through
	tryTimeout  = 10 * time.Second
	maxAnswer   = 500  // bytes that are kept
	maxRead     = 4096 // bytes that are read
	// atOnce is how many webhooks are spoken to at once by a node, of the places that all jobs
	// share: whoever answers slowly keeps no mail and no refund waiting.
	atOnce = 3
	// share is how many of them are of one account: whose programs all answer slowly keeps no
	// alert of another account waiting.
	share = atOnce - 1
	// crowded is how long a delivery waits for a place at least.
	crowded = 2 * time.Second
)

// Deliver tries a delivery: the handler of the job quartet.JobDeliver. It is done when the
// delivery has ended, one way or the other; until then it comes again later.
func (d *Desk) Deliver(ctx context.Context, id string) error {
	sent, err := d.o.Store.Delivery(ctx, id)
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && sent.State != quartet.DeliveryWaiting {
		return nil // removed with its webhook, or ended by an earlier try
	}
	if err != nil {
		return err
	}
	w, err := d.o.Store.Webhook(ctx, sent.Webhook)
	switch {
	case quartet.CodeOf(err) == quartet.ErrNotFound, err == nil && !w.Disabled.IsZero():
		return d.o.Store.EndDelivery(ctx, id, d.o.Now())
	case err != nil:
		return err
	}
	secrets, err := d.secrets(&w, d.o.Now())
	if err != nil { // our fault, not the webhook's
		return err
	}
	if !d.take(&w) {
		return job.Later{In: crowded + rand.N(crowded), Why: "its webhook, or as many others as may be, is being spoken to"} //nolint:gosec // no secret
	}
	defer d.leave(w.ID)
	try := d.try(ctx, &w, &sent, secrets)
	if ctx.Err() != nil && try.Fault != "" {
		return ctx.Err() // the node stops: nobody's failure
	}
	return d.settle(ctx, &w, sent, try)
}

// take keeps a place for speaking to a webhook, one at a time to each.
func (d *Desk) take(w *quartet.Webhook) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	own := 0
	for _, account := range d.busy {
		if account == w.Account {
			own++
		}
	}
	if _, busy := d.busy[w.ID]; busy || own >= share || len(d.busy) >= atOnce {
		return false
	}
	d.busy[w.ID] = w.Account
	return true
}

func (d *Desk) leave(webhook string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, webhook)
}

// settle writes a try, and what it makes of its delivery and of its webhook.
func (d *Desk) settle(ctx context.Context, w *quartet.Webhook, sent quartet.Delivery, try quartet.DeliveryTry) error {
	now := d.o.Now()
	wait := d.wait(sent.Tries)
	switch {
	case try.Fault == "":
		sent.State, sent.Ended = quartet.DeliveryDelivered, now
	case now.Add(wait).Sub(sent.Created) > triedFor:
		sent.State, sent.Ended = quartet.DeliveryFailed, now
	}
	lost := func(w *quartet.Webhook) bool { return !w.Failing.IsZero() && now.Sub(w.Failing) >= patience }
	var told quartet.Telling
	if try.Fault != "" && lost(w) {
		var err error
		if told, err = d.o.Notice(ctx, w.Account, quartet.MayIntegrate, "webhook.disabled", w.ID, "回调地址已停用",
			fmt.Sprintf("回调地址 %s 连续 %d 天未能接收通知，已停用。请排除故障后重新启用；期间的通知可以重发。", host(w.URL), int(patience/(24*time.Hour)))); err != nil {
			return err
		}
	}
	err := d.o.Store.Deliver(ctx, sent, try, func(w *quartet.Webhook) quartet.Telling {
		switch {
		case try.Fault == "":
			w.Failing = time.Time{}
		case w.Failing.IsZero():
			w.Failing = now
		case lost(w) && len(told.Notes) > 0 && w.Disabled.IsZero():
			w.Disabled, w.Why = now, "nothing came through for days"
			return told
		}
		return quartet.Telling{}
	})
	switch code := quartet.CodeOf(err); {
	case code == quartet.ErrConflict, code == quartet.ErrNotFound: // another try ended it, or the webhook is gone
		return nil
	case err != nil:
		return err
	case sent.State == quartet.DeliveryWaiting:
		return job.Later{In: wait, Why: "it was not taken: " + try.Fault}
	}
	return nil
}

// wait is how long after so many failures before: twice as long after each, and a little more
// or less, so that what failed together does not come again together.
func (d *Desk) wait(failed int64) time.Duration {
	wait := d.o.Wait
	for range failed {
		if wait *= 2; wait >= longestWait {
			wait = longestWait
			break
		}
	}
	return wait*4/5 + rand.N(wait*2/5+1) //nolint:gosec // no secret
}

// try sends a delivery once.
func (d *Desk) try(ctx context.Context, w *quartet.Webhook, sent *quartet.Delivery, secrets []string) quartet.DeliveryTry {
	begun := time.Now()
	try := quartet.DeliveryTry{Delivery: sent.ID, At: d.o.Now()}
	status, answer, err := d.send(ctx, w, sent, try.At, secrets)
	try.Latency, try.Status, try.Answer = time.Since(begun), status, scrub(answer)
	switch {
	case err != nil:
		try.Fault = faultOf(err)
	case status >= 300 && status < 400:
		try.Fault = "it answered with a redirect, which is not followed; name the address where it leads"
	case status < 200 || status >= 300:
		try.Fault = fmt.Sprintf("it answered %d", status)
	}
	return try
}

func (d *Desk) send(ctx context.Context, w *quartet.Webhook, sent *quartet.Delivery, at time.Time, secrets []string) (status int, answer []byte, err error) {
	if err := checkURL(w.URL, d.o.Private); err != nil { // the settings may be others now
		return 0, nil, errAddress
	}
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, strings.NewReader(sent.Body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Quartet/"+d.o.Version)
	req.Header.Set("Quartet-Event-Id", sent.Event)
	req.Header.Set("Quartet-Delivery-Id", sent.ID)
	req.Header.Set(SignatureHeader, sign(sent.Body, at, secrets...))
	resp, err := d.client().Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, _ = io.ReadAll(io.LimitReader(resp.Body, maxRead)) // its status counts, whatever becomes of the rest
	return resp.StatusCode, answer, nil
}

// client makes a client for one try: nothing is kept from one webhook to another.
func (d *Desk) client() *http.Client {
	dialer := &net.Dialer{Timeout: tryTimeout / 2, Control: control(d.o.Private), Resolver: d.o.Resolver}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: tryTimeout / 2, ResponseHeaderTimeout: tryTimeout, DisableKeepAlives: true, DisableCompression: true,
			MaxResponseHeaderBytes: 16 << 10, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// faultOf says why nothing came of a try, in words of ours: those of the net quote addresses.
func faultOf(err error) string {
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		network     net.Error
	)
	switch {
	case errors.Is(err, errAddress):
		return errAddress.Error()
	case errors.As(err, &dns):
		return "its name leads nowhere"
	case errors.As(err, &certificate):
		return "its certificate is not good"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "it did not answer in time"
	default:
		return "it could not be reached, or broke off"
	}
}

// scrub is what is kept of an answer: its beginning, in one line of what can be seen, without
// what looks like an element.
func scrub(answer []byte) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar || !unicode.IsPrint(r) && !unicode.IsSpace(r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		default:
			return r
		}
	}, strings.ToValidUTF8(string(answer), ""))
	text = obs.Redact(text)
	for len(text) > maxAnswer {
		text = strings.ToValidUTF8(text[:maxAnswer], "")
	}
	return text
}
