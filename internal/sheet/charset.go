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
// first block that is not plain ASCII does, by what it is read as with fewer oddities:
// UTF-8, or GB 18030, which contains GBK. A file cannot change its mind later, and one bad
// byte in a UTF-8 file stays one bad letter.
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
	case looksUTF8(buf):
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

// looksUTF8 decides between UTF-8 and GB 18030. Bytes that no letter of UTF-8 holds speak
// against it. For it speak letters of three bytes and more beside them, which text in
// GB 18030 hardly makes by chance; and pairs that are no everyday letter of GB 18030: UTF-8
// read so is full of them, though few are outright wrong (张三 becomes 寮犱笁).
func looksUTF8(b []byte) bool {
	long, bad := 0, 0
	for rest := b; len(rest) > 0 && utf8.FullRune(rest); { // a letter may be cut by the end
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size >= 3:
			long++
		}
		rest = rest[size:]
	}
	return long >= 2 && 2*long >= bad || bad <= unusualGB(b)
}

// unusualGB counts the pairs of bytes that are no letter of GB 2312.
func unusualGB(b []byte) (n int) {
	for i := 0; i < len(b)-1; i++ {
		if b[i] < utf8.RuneSelf {
			continue
		}
		if b[i] < 0xA1 || b[i] > 0xF7 || b[i+1] < 0xA1 || b[i+1] > 0xFE {
			n++
		}
		if b[i+1] >= 0x40 { // below, it is a letter of its own
			i++
		}
	}
	return n
}
