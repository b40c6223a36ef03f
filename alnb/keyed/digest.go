package keyed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Digest tells parts apart, whatever they are made of: the first 16 hexadecimal digits of a SHA-256 over them as JSON. What
// can't be written as JSON counts for nothing.
func Digest(parts ...any) string {
	hash := sha256.New()
	encoder := json.NewEncoder(hash)
	for _, part := range parts {
		_ = encoder.Encode(part) // a hash takes everything
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
