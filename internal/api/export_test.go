package api

import (
	"crypto/sha256"
	"encoding/base64"
)

// HashOf is under which hash the session of a token is kept.
func HashOf(token string) string {
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}
