package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/pretrained"
)

// made is what answers depend on, besides the rows.
type made struct {
	Model     string `json:"model"` // SHA-256 of the folder's files
	Origin    string `json:"origin"`
	MaxTokens int    `json:"max_tokens"`
	SkipBad   bool   `json:"skip_bad"`
}

func (p prediction) made(ctx context.Context, origin string) (made, error) {
	dir := p.model
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		if dir, _, err = pretrained.Find(ctx, p.model); err != nil {
			return made{}, err
		}
	}
	sum, err := hashFolder(dir)
	if err != nil {
		return made{}, fmt.Errorf("predict: read the model: %w", err)
	}
	return made{Model: sum, Origin: origin, MaxTokens: p.maxTokens, SkipBad: p.skipBad}, nil
}

// sameAs tells what differs from how an interrupted command went about it.
func (m made) sameAs(then made, dir string) error {
	var what string
	switch {
	case m.Model != then.Model:
		what = "another model, or a model that was changed since"
	case m.MaxTokens != then.MaxTokens:
		what = fmt.Sprintf("--max-tokens %d instead of %d", then.MaxTokens, m.MaxTokens)
	case m.SkipBad != then.SkipBad:
		what = fmt.Sprintf("--skip-bad=%v", then.SkipBad)
	case m.Origin != then.Origin:
		what = fmt.Sprintf("another set-up (%s; now it is %s)", then.Origin, m.Origin)
	default:
		return nil
	}
	return fmt.Errorf("%s holds the answers of an interrupted command with %s; run that again, or give --restart to begin anew", dir, what)
}

// hashFolder returns the SHA-256 of a model's files: their names and what is in them.
func hashFolder(dir string) (string, error) {
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
