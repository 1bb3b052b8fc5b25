package e2e_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func decimal(n int) string { return strconv.Itoa(n) }

// TestTransport_AnswersOneRequestOnce sends requests whose end can be read in two ways, with
// another request behind one of the two. A proxy in front that reads the other way would
// take the second one's answer for that of its next caller: there must be none.
func TestTransport_AnswersOneRequestOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(guardOff))
	auth := "Host: h\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: APPCODE " + n.demo.AppCode + "\r\n"
	form := n.demo.People[0].form().Encode()
	chunk := strconv.FormatInt(int64(len(form)), 16) + "\r\n" + form + "\r\n"
	hidden := "POST " + path + " HTTP/1.1\r\n" + auth + "Content-Length: " + decimal(len(form)) + "\r\n\r\n" + form
	post := func(version, lines, body string) string {
		return "POST " + path + " HTTP/" + version + "\r\n" + auth + lines + "\r\n" + body
	}
	bytes := func(body string) string { return "Content-Length: " + decimal(len(body)) + "\r\n" }
	const te = "Transfer-Encoding: chunked\r\n"
	const verdict, refused = "200 1", "400 Bad Request"

	var (
		all      sync.WaitGroup
		verdicts atomic.Int64
	)
	for _, tt := range []struct{ name, text, want string }{
		{"an honest one", post("1.1", bytes(form), form), verdict},
		{"an honest chunked one", post("1.1", te, chunk+"0\r\n\r\n"), verdict},
		{"CL.TE", post("1.1", bytes(chunk+"0\r\n\r\n"+hidden)+te, chunk+"0\r\n\r\n"+hidden), verdict},
		{"CL.TE without a body", post("1.1", bytes("0\r\n\r\n"+hidden)+te, "0\r\n\r\n"+hidden), "200 10008"},
		{"TE.CL", post("1.1", te+"Content-Length: 4\r\n", strconv.FormatInt(int64(len(hidden)), 16)+"\r\n"+hidden+"\r\n0\r\n\r\n"), "200 10008"},
		{"TE.TE", post("1.1", te+"Transfer-Encoding: identity\r\n", chunk+"0\r\n\r\n"+hidden), "501 Not Implemented"},
		{"an unknown coding", post("1.1", "Transfer-Encoding: xchunked\r\n", chunk+"0\r\n\r\n"+hidden), "501 Not Implemented"},
		{"chunked among others", post("1.1", "Transfer-Encoding: gzip, chunked\r\n", chunk+"0\r\n\r\n"+hidden), "501 Not Implemented"},
		{"two lengths", post("1.1", "Content-Length: 0\r\n"+bytes(hidden), hidden), refused},
		{"two lengths in one line", post("1.1", "Content-Length: 0, "+decimal(len(hidden))+"\r\n", hidden), refused},
		{"the same length twice", post("1.1", bytes(form)+bytes(form), form), verdict},
		{"a folded coding", post("1.1", "Transfer-Encoding:\r\n chunked\r\n"+bytes(chunk+"0\r\n\r\n"+hidden), chunk+"0\r\n\r\n"+hidden), verdict},
		{"a coding folded into another line", post("1.1", "X: y\r\n Transfer-Encoding: chunked\r\n"+bytes(form), form), verdict},
		{"a folded length", post("1.1", "Content-Length: 0\r\n 5\r\n", hidden), refused},
		{"a blank before the colon of the coding", post("1.1", "Transfer-Encoding : chunked\r\n"+bytes(hidden), hidden), "400 Bad Request: invalid header name"},
		{"a blank before the colon of the length", post("1.1", "Content-Length : 5\r\n", hidden), "400 Bad Request: invalid header name"},
		{"a blank before a name", strings.Replace(post("1.1", bytes(form), form), "Host: h", " X: y\r\nHost: h", 1), refused},
		{"line feeds alone", strings.ReplaceAll(post("1.1", bytes(form), form), "\r\n", "\n"), verdict},
		{"a coding behind a line feed", post("1.1", "X: y\n"+te+bytes(chunk+"0\r\n\r\n"+hidden), chunk+"0\r\n\r\n"+hidden), verdict},
		{"a coding behind a carriage return", post("1.1", "X: y\r"+te+bytes(form), form), refused},
		{"a NUL in a value", post("1.1", "X: y\x00\r\n"+bytes(form), form), refused},
		{"a length with a sign", post("1.1", "Content-Length: +5\r\n", hidden), refused},
		{"a length below nothing", post("1.1", "Content-Length: -1\r\n", hidden), refused},
		{"a length in another base", post("1.1", "Content-Length: 0x5\r\n", hidden), refused},
		{"an empty length", post("1.1", "Content-Length: \r\n", hidden), refused},
		{"a length that is too long", post("1.1", "Content-Length: 18446744073709551621\r\n", hidden), refused},
		{"garbage behind the last chunk", post("1.1", te, chunk+"0\r\n\r\n"+"garbage\r\n\r\n"+hidden), verdict},
		{"a request behind the last chunk", post("1.1", te, chunk+"0\r\n\r\n"+hidden), verdict},
		{"a chunk that is longer than it says", post("1.1", te, "3\r\n"+form+"\r\n0\r\n\r\n"+hidden), "400 I400BD"},
		{"a chunk of no number", post("1.1", te, "zz\r\n"+form+"\r\n0\r\n\r\n"+hidden), "400 I400BD"},
		{"a chunk with a sign", post("1.1", te, "+"+chunk+"0\r\n\r\n"+hidden), "400 I400BD"},
		{"a chunk that is too long", post("1.1", te, "10000000000000005\r\n"+form+"\r\n0\r\n\r\n"+hidden), "400 I400BD"},
		{"a line feed behind a chunk's number", post("1.1", te, strings.Replace(chunk, "\r\n", "\n", 1)+"0\r\n\r\n"+hidden), "400 I400BD"},
		{"a line feed in a chunk's extension", post("1.1", te, strings.Replace(chunk, "\r\n", ";\nX\r\n", 1)+"0\r\n\r\n"+hidden), "400 I400BD"},
		{"chunked in HTTP/1.0", post("1.0", "Connection: keep-alive\r\nContent-Length: 5\r\n"+te, "0\r\n\r\n"+hidden), "200 10008"},
		{"a body that nobody reads", strings.Replace(post("1.1", bytes(hidden), hidden), path, "/nowhere", 1), "404 I404NF"},
		{"a body with GET", strings.Replace(post("1.1", bytes(hidden), hidden), "POST", "GET", 1), "404 I404NF"},
		{"a body that is not waited for", post("1.1", "Expect: 100-continue\r\nContent-Length: 70000\r\n", hidden), "413 I413RL"},
	} {
		conn := n.dial(t)
		all.Go(func() {
			got, rest, err := exchange(conn, tt.text)
			if err != nil || got != tt.want {
				t.Errorf("%s: %s (%v), want %s", tt.name, got, err, tt.want)
			}
			if rest != "" {
				t.Errorf("%s: more came: %q", tt.name, rest)
			}
			if got == verdict {
				verdicts.Add(1)
			}
		})
	}
	all.Wait()
	if got := used(t, dir); got != verdicts.Load() {
		t.Errorf("%d verdicts were answered, %d units are used", verdicts.Load(), got)
	}
}

// exchange sends bytes, and gives the answer in brief and whatever comes after it.
func exchange(conn net.Conn, text string) (got, rest string, err error) {
	if _, err := io.WriteString(conn, text); err != nil {
		return "", "", err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return "", "", err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", "", err
	}
	a := answer{status: resp.StatusCode, header: resp.Header}
	switch {
	case resp.StatusCode == http.StatusOK:
		if err = json.Unmarshal(body, &a); err == nil {
			got = "200 " + a.result()
		}
	case a.header.Get("X-Ca-Error-Code") != "":
		got = a.gateway()
	default:
		got = resp.Status
	}
	// Whatever stands behind is there whole, so a second answer would come at once.
	_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	more, _ := io.ReadAll(r) // to the end of the connection, or of the time
	return got, string(more), err
}
