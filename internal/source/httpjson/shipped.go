package httpjson

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"quartet"
)

//go:embed manifests/*.yaml
var shipped embed.FS

// Shipped are the names of the manifests that come with the program, in their order.
func Shipped() []string {
	files, err := fs.Glob(shipped, "manifests/*.yaml")
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(files))
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f, "manifests/"), ".yaml"))
	}
	return names
}

// ShippedManifest is the text of one of them.
func ShippedManifest(name string) ([]byte, error) {
	text, err := shipped.ReadFile("manifests/" + name + ".yaml")
	if err != nil {
		return nil, &quartet.Error{
			Code: quartet.ErrNotFound, Field: "manifest", Cause: err,
			Message: fmt.Sprintf("no manifest named %q comes with the program; there are %s", name, strings.Join(Shipped(), ", ")),
		}
	}
	return text, nil
}

// unconfirmed begins what the head of a manifest says of itself.
const unconfirmed = "Not confirmed: "

// Unconfirmed is what the head of a shipped manifest says was not confirmed, as one
// paragraph; nothing where it doubts nothing.
func Unconfirmed(text []byte) string {
	var head strings.Builder
	for line := range strings.Lines(string(text)) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		head.WriteString(" " + strings.TrimSpace(comment))
	}
	_, doubts, _ := strings.Cut(head.String(), unconfirmed)
	return doubts
}
