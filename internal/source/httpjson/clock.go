package httpjson

import (
	"encoding/hex"
	"io"
	"strconv"
	"time"
)

// shanghai is the time of the suppliers.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// clockForms are the ways in which suppliers write a time.
func clockForms() map[string]func(time.Time) string {
	layout := func(l string) func(time.Time) string {
		return func(t time.Time) string { return t.In(shanghai).Format(l) }
	}
	return map[string]func(time.Time) string{
		"unix":    func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) },
		"ms":      func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) },
		"compact": layout("20060102150405"),
		"date":    layout("20060102"),
		"text":    layout("2006-01-02 15:04:05"),
		"http":    func(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") },
	}
}

func clockValues(t time.Time) map[string]any {
	m := map[string]any{}
	for name, form := range clockForms() {
		m[name] = form(t)
	}
	return m
}

// drawn gives 16 random bytes as 32 hex digits, and as a UUID of version 4.
func drawn(random io.Reader) (nonce, uuid string, err error) {
	var n, u [16]byte
	if _, err = io.ReadFull(random, n[:]); err != nil {
		return "", "", err
	}
	if _, err = io.ReadFull(random, u[:]); err != nil {
		return "", "", err
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	text := hex.EncodeToString(u[:])
	return hex.EncodeToString(n[:]), text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:], nil
}
