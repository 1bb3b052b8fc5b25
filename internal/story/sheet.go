package story

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// Sheet stands for the scan of a licence: an empty page in the proportions of A4.
func Sheet() ([]byte, error) {
	page := image.NewGray(image.Rect(0, 0, 210, 297))
	draw.Draw(page, page.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	var b bytes.Buffer
	err := png.Encode(&b, page)
	return b.Bytes(), err
}
