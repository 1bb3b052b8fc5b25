package owner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"quartet"
)

// Request is a command that another process asks for.
type Request struct {
	Args     []string
	Dir      string // folder in which it was typed
	Width    int    // columns of its terminal
	Terminal bool   // its standard error is a terminal
	Prompt   bool   // its standard input is a terminal
	Asks     bool   // questions about secrets can be put to it; set by Call
	User     string `json:"-"` // who runs that process; told by the kernel, "" where it does not tell
}

// Streams are the command's own. Reading In asks the other process for its input.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Secret asks a question and gives an answer that was not shown; nil: it cannot.
	Secret func(question string) (string, error)
}

// Command runs a request and gives its exit code. ctx ends when the other process does.
type Command func(ctx context.Context, r Request, s Streams) int

// Listener serves the commands of other processes.
type Listener struct {
	socket  net.Listener
	remove  func()
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// Listen opens the socket of the folder and serves it until Close. A socket that an
// earlier owner left behind is removed: the lock says that it is dead. log hears of
// commands that panic.
func (f *Folder) Listen(run Command, log *slog.Logger) (*Listener, error) {
	path, done, err := socketPath(f.dir)
	if err != nil {
		return nil, err
	}
	_ = os.Remove(path)
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		done()
		return nil, quartet.Errorf(quartet.ErrInternal, "cannot listen on %s in the data folder: %w", socketName, err)
	}
	socket.SetUnlinkOnClose(true)
	if err := os.Chmod(path, 0o600); err != nil {
		done()
		return nil, errors.Join(err, socket.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Listener{socket: socket, remove: done, cancel: cancel}
	l.running.Go(func() { l.accept(ctx, shielded(run, log)) })
	return l, nil
}

// Close takes no more commands, cancels those that run, and waits for them.
func (l *Listener) Close() error {
	err := l.socket.Close()
	l.cancel()
	l.running.Wait()
	l.remove()
	return err
}

func (l *Listener) accept(ctx context.Context, run Command) {
	for {
		conn, err := l.socket.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors: others may end
			time.Sleep(pause)
			continue
		}
		l.running.Go(func() { serve(ctx, conn, run) })
	}
}

// shielded keeps a command that panics from ending the owner. Only the type of what was
// thrown is told: its text might hold elements.
func shielded(run Command, log *slog.Logger) Command {
	return func(ctx context.Context, r Request, s Streams) (code int) {
		defer func() {
			if p := recover(); p != nil {
				log.Error("a command panicked", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				_, _ = fmt.Fprintf(s.Err, "quartet: the command broke inside the server, by a panic with a %T; the server's log tells where\n", p)
				code = 1
			}
		}()
		return run(ctx, r, s)
	}
}

func serve(ctx context.Context, conn net.Conn, run Command) {
	defer func() { _ = conn.Close() }()
	// A client that takes no more output must not keep a stopping server.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now().Add(patience)) })
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kind, content, err := readFrame(conn)
	var r Request
	if err != nil || kind != frameRequest || json.Unmarshal(content, &r) != nil {
		return
	}
	r.User = peer(conn)
	var mu sync.Mutex
	in := &input{mu: &mu, conn: conn, chunks: make(chan []byte), answers: make(chan secret)}
	go func() {
		in.receive(ctx, conn)
		cancel() // the other process is gone
	}()
	s := Streams{
		In:  in,
		Out: framed{mu: &mu, conn: conn, kind: frameOut},
		Err: framed{mu: &mu, conn: conn, kind: frameErr},
	}
	if r.Asks {
		s.Secret = in.ask
	}
	code := run(ctx, r, s)
	mu.Lock()
	defer mu.Unlock()
	_ = writeFrame(conn, frameExit, []byte{byte(code)})
}

// input is standard input at a distance, and the terminal. Nothing is taken of the other
// process's input until the command reads, so that a command in a shell loop does not eat
// what the loop wants to read.
type input struct {
	mu      *sync.Mutex
	conn    io.Writer
	chunks  chan []byte // closed when the other process is gone
	answers chan secret // likewise
	rest    []byte
	ended   bool
}

// secret is what came of a question.
type secret struct {
	text string
	err  error
}

func (i *input) Read(p []byte) (int, error) {
	if len(i.rest) == 0 {
		if i.ended {
			return 0, io.EOF
		}
		if err := i.send(frameWant, nil); err != nil {
			return 0, err
		}
		content, ok := <-i.chunks
		if !ok { // not an end of input: half a file must not pass for a whole one
			return 0, io.ErrUnexpectedEOF
		}
		if len(content) == 0 {
			i.ended = true
			return 0, io.EOF
		}
		i.rest = content
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	return n, nil
}

// ask puts a question on the other process's terminal and waits for the answer.
func (i *input) ask(question string) (string, error) {
	if err := i.send(frameAsk, []byte(question)); err != nil {
		return "", err
	}
	s, ok := <-i.answers
	if !ok {
		return "", io.ErrUnexpectedEOF
	}
	return s.text, s.err
}

func (i *input) send(kind byte, content []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return writeFrame(i.conn, kind, content)
}

// receive hands on input and answers until the connection ends.
func (i *input) receive(ctx context.Context, conn io.Reader) {
	defer close(i.chunks)
	defer close(i.answers)
	for {
		kind, content, err := readFrame(conn)
		if err != nil {
			return
		}
		switch kind {
		case frameInput, frameEnd:
			select {
			case i.chunks <- content: // empty at the end of input
			case <-ctx.Done():
				return
			}
		case frameSecret, frameMute:
			s := secret{text: string(content)}
			if kind == frameMute {
				s = secret{err: errors.New(string(content))}
			}
			select {
			case i.answers <- s:
			case <-ctx.Done():
				return
			}
		default:
			return
		}
	}
}
