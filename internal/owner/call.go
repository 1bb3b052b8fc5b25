package owner

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"quartet"
)

// Call runs a request inside the owner of a folder. served is false when nobody
// listens there; then nothing was done.
func Call(ctx context.Context, dir string, r Request, s Streams) (code int, served bool, err error) {
	path, done, err := socketPath(dir)
	if err != nil {
		return 0, false, nil
	}
	defer done()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return 0, false, &quartet.Error{
				Code: quartet.ErrForbidden, Cause: err,
				Message: "a server runs on " + dir + ", but its socket is closed to you; run this as the user of the server",
			}
		}
		return 0, false, nil
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	r.Asks = s.Secret != nil
	content, err := json.Marshal(r)
	if err != nil {
		return 0, false, err
	}
	if err := writeFrame(conn, frameRequest, content); err != nil {
		return 0, true, lost(ctx, err)
	}
	want := make(chan struct{}, 1)
	defer close(want)
	go feed(conn, s.In, want)
	for {
		kind, content, err := readFrame(conn)
		if err != nil {
			return 0, true, lost(ctx, err)
		}
		switch kind {
		case frameOut:
			_, err = s.Out.Write(content)
		case frameErr:
			_, err = s.Err.Write(content)
		case frameWant:
			want <- struct{}{} // one is outstanding at most
		case frameAsk:
			err = answer(conn, s.Secret, string(content))
		case frameExit:
			if len(content) != 1 {
				return 0, true, lost(ctx, io.ErrUnexpectedEOF)
			}
			return int(content[0]), true, nil
		}
		if err != nil { // our own output is closed, such as by head: the command is cancelled
			return 0, true, err
		}
	}
}

// answer puts a question of the command to whoever typed it.
func answer(conn io.Writer, secret func(string) (string, error), question string) error {
	if secret == nil { // it was told so in the request
		return writeFrame(conn, frameMute, []byte("there is no terminal to ask on"))
	}
	text, err := secret(question)
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		return writeFrame(conn, frameMute, []byte(err.Error()))
	}
	return writeFrame(conn, frameSecret, []byte(text))
}

// feed reads input when it is wanted. It may outlive the command, waiting on a
// terminal; the process is about to end then.
func feed(conn io.Writer, in io.Reader, want <-chan struct{}) {
	buf := make([]byte, chunk)
	for range want {
		n, err := in.Read(buf)
		for n == 0 && err == nil {
			n, err = in.Read(buf)
		}
		kind := byte(frameInput)
		if n == 0 {
			kind = frameEnd
		}
		if writeFrame(conn, kind, buf[:n]) != nil {
			return
		}
	}
}

func lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &quartet.Error{
		Code: quartet.ErrUnknownOutcome, Cause: err,
		Message: "the server went away while the command ran; look with a list command whether it was done",
	}
}

// maxSocketPath is what every system takes as the name of a socket.
const maxSocketPath = 100

// socketPath names the socket of a folder. A name that is too long for the system is
// reached through an open handle of the folder; done closes that.
func socketPath(dir string) (path string, done func(), err error) {
	path = filepath.Join(dir, socketName)
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	name := "/proc/self/fd/" + strconv.Itoa(int(folder.Fd())) + "/" + socketName
	return name, func() { _ = folder.Close() }, nil
}
