package pretrained

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Sum returns the SHA-256 of the files of a model's folder: their names and what is in them.
func Sum(dir string) (string, error) {
	entries, err := os.ReadDir(dir) // in order
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, entry := range entries {
		switch filepath.Ext(entry.Name()) {
		case ".json", ".txt", ".model", ".safetensors":
		default:
			continue
		}
		f, err := os.Open(filepath.Join(dir, entry.Name()))
		if err != nil {
			return "", err
		}
		one := sha256.New()
		_, err = io.Copy(one, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", err
		}
		fmt.Fprintf(all, "%q %x\n", entry.Name(), one.Sum(nil))
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}
