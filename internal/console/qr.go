package console

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrCode draws a text as a QR code: an SVG of squares, with the margin of four that readers
// want. It is black on white in every theme, since not every reader takes it the other way.
func qrCode(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("a QR code: %w", err)
	}
	const margin = 4
	b := code.Bounds()
	size := b.Dx() + 2*margin
	var path strings.Builder
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			from := x
			for x < b.Max.X && dark(code.At(x, y).RGBA()) {
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from-b.Min.X+margin, y-b.Min.Y+margin, n, n)
			}
		}
	}
	return template.HTML(fmt.Sprintf( //nolint:gosec // numbers alone
		`<svg class="qr" viewBox="0 0 %d %d" role="presentation" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`, size, size, size, size, path.String())), nil
}

func dark(r, g, b, _ uint32) bool {
	const half = 3 * 0xffff / 2
	return r+g+b < half
}
