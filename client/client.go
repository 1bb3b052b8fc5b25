package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Path of the four-element product.
const Path = "/communication/personal/1887"

// The states of a verdict.
const (
	Match        = "1" // 一致: all four agree
	Mismatch     = "2" // 不一致: they do not agree
	Undetermined = "3" // 异常: the card is in a state that forbids a comparison
)

const (
	codeOK    = "10000"
	maxAnswer = 64 << 10
)

// Client calls one server with one AppCode. The zero values of its optional fields are
// ready to use. Safe for concurrent use.
type Client struct {
	BaseURL string // scheme://host:port
	AppCode string
	Path    string       // of another product; default Path
	HTTP    *http.Client // default: one with a limit of 30 s
}

// Person is the four elements. It prints as a constant, so that none gets into a log.
type Person struct {
	Name   string // 姓名
	IDCard string // 身份证号
	AccNo  string // 银行卡号
	Mobile string // 银行预留手机号
}

// Format hides the elements from every verb.
func (Person) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[person]") }

// LogValue hides the elements from structured logs.
func (Person) LogValue() slog.Value { return slog.StringValue("[person]") }

// Answer is an answer of the product. State is empty when there is no verdict; Code and
// Message then tell why.
type Answer struct {
	Code    string
	Message string
	State   string
	SeqNo   string // quote it to support
	// Replayed: the Idempotency-Key was seen before; this is the same answer, uncharged.
	Replayed bool
}

// GatewayError is a refusal of the gateway, before the product was reached: it says so by
// its code. Nothing was charged.
type GatewayError struct {
	Status    int
	Code      string // X-Ca-Error-Code, such as A400AC or B403MQ
	Message   string // X-Ca-Error-Message
	RequestID string
}

// Error implements error.
func (e *GatewayError) Error() string {
	return fmt.Sprintf("refused with HTTP %d: %s %s", e.Status, e.Code, e.Message)
}

// Check tells what is wrong with the base URL, without calling anybody.
func (c Client) Check() error {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return errors.New("the base URL must be one such as http://127.0.0.1:8080")
	}
	return nil
}

// Verify asks about one person.
func (c Client) Verify(ctx context.Context, p Person) (Answer, error) {
	return c.VerifyOnce(ctx, "", p)
}

// VerifyOnce asks with an Idempotency-Key: the same key within 24 hours gives the same
// verdict and is charged once, so a call that was not answered may be repeated.
func (c Client) VerifyOnce(ctx context.Context, key string, p Person) (Answer, error) {
	path := c.Path
	if path == "" {
		path = Path
	}
	if err := c.Check(); err != nil {
		return Answer{}, err
	}
	form := url.Values{"name": {p.Name}, "idcard": {p.IDCard}, "acc_no": {p.AccNo}, "mobile": {p.Mobile}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(c.BaseURL, "/")+path, strings.NewReader(form.Encode()))
	if err != nil {
		return Answer{}, fmt.Errorf("cannot ask %s: %w", c.BaseURL, err)
	}
	req.Header.Set("Authorization", "APPCODE "+c.AppCode)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("no answer from %s: %w", c.BaseURL, err)
	}
	defer func() { _ = resp.Body.Close() }()
	return read(resp)
}

func read(resp *http.Response) (Answer, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return Answer{}, fmt.Errorf("the answer broke off: %w", err)
	}
	if code := resp.Header.Get("X-Ca-Error-Code"); code != "" {
		return Answer{}, &GatewayError{
			Status: resp.StatusCode, Code: code,
			Message: resp.Header.Get("X-Ca-Error-Message"), RequestID: resp.Header.Get("X-Ca-Request-Id"),
		}
	}
	if resp.StatusCode != http.StatusOK { // of a proxy on the way, which may have passed the call on
		return Answer{}, fmt.Errorf("HTTP %d, not an answer of this product: it is not known whether the call was charged", resp.StatusCode)
	}
	var wire struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Data    *struct {
			State string `json:"state"`
		} `json:"data"`
		SeqNo string `json:"seqNo"`
	}
	if err := json.Unmarshal(body, &wire); err != nil || wire.Code == "" {
		return Answer{}, errors.New("the answer is not one of this product: is the base URL right?")
	}
	a := Answer{Code: wire.Code, Message: wire.Message, SeqNo: wire.SeqNo, Replayed: resp.Header.Get("Idempotent-Replayed") == "true"}
	if wire.Code == codeOK {
		if wire.Data == nil || wire.Data.State == "" {
			return a, errors.New("the answer says 10000 but holds no state")
		}
		a.State = wire.Data.State
	}
	return a, nil
}
