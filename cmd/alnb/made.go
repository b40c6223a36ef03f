package main

import (
	"context"
	"fmt"
	"os"

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
	sum, err := pretrained.Sum(dir)
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
