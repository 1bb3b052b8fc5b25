package sheet

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decode gives the text of src as UTF-8. A byte-order mark decides; without one, the
// first block that is not plain ASCII does: valid UTF-8 is UTF-8, anything else is
// GB 18030, which contains GBK. A file cannot change its mind later, so one bad byte in
// a UTF-8 file stays one bad letter.
func decode(src io.Reader) io.Reader { return &decoder{src: src} }

type decoder struct {
	src     io.Reader
	pending []byte    // read, not yet given out
	decided io.Reader // once known
	started bool
	err     error
}

const block = 64 << 10

func (d *decoder) Read(p []byte) (int, error) {
	if d.decided != nil {
		return d.decided.Read(p)
	}
	if len(d.pending) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		if err := d.fill(); err != nil {
			return 0, err
		}
		if d.decided != nil {
			return d.decided.Read(p)
		}
	}
	n := copy(p, d.pending)
	d.pending = d.pending[n:]
	return n, nil
}

// fill reads a block and decides by it, if it can.
func (d *decoder) fill() error {
	buf := make([]byte, block)
	n, err := io.ReadFull(d.src, buf)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	buf = buf[:n]
	d.err = err
	if n == 0 {
		return err
	}
	first := !d.started
	d.started = true
	rest := io.MultiReader(bytes.NewReader(buf), d.src)
	if err != nil {
		rest = io.MultiReader(bytes.NewReader(buf), failed{err})
	}
	switch {
	case first && bytes.HasPrefix(buf, []byte("\xef\xbb\xbf")):
		d.decided = io.MultiReader(bytes.NewReader(buf[3:]), tail(d.src, err))
	case first && (bytes.HasPrefix(buf, []byte("\xff\xfe")) || bytes.HasPrefix(buf, []byte("\xfe\xff"))):
		d.decided = transform.NewReader(rest, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case ascii(buf):
		d.pending = buf
	case validButForTail(buf):
		d.decided = rest
	default:
		d.decided = transform.NewReader(rest, simplifiedchinese.GB18030.NewDecoder())
	}
	return nil
}

func tail(src io.Reader, err error) io.Reader {
	if err != nil {
		return failed{err}
	}
	return src
}

// failed repeats an error that was met before.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// validButForTail reports whether b is UTF-8, apart from a letter cut by its end.
func validButForTail(b []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut < len(b); cut++ {
		if utf8.Valid(b[:len(b)-cut]) {
			return cut == 0 || !utf8.FullRune(b[len(b)-cut:])
		}
	}
	return false
}
