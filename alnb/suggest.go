package alnb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
)

// suggestions is the file with what the last model says of the open batch. It is kept, since the model itself is busy when a
// person asks.
const suggestions = "suggestions.json"

// suggest keeps what the model says of documents.
func (s *Session) suggest(ctx context.Context, model trainable, docs []corpus.Document) error {
	predictions, err := model.Predict(ctx, docs, func(int) {})
	if err != nil {
		return err
	}
	byID := make(map[string]corpus.Prediction, len(docs))
	for i, doc := range docs {
		byID[doc.ID] = predictions[i]
	}
	raw, err := json.Marshal(byID)
	if err != nil {
		return fmt.Errorf("alnb: keep the suggestions: %w", err)
	}
	return store.WriteFile(filepath.Join(s.dir, suggestions), raw)
}

// Suggest returns what the last model says of a document of the open batch; nil where it wasn't asked.
func (s *Session) Suggest(id string) (*corpus.Prediction, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, suggestions))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var byID map[string]corpus.Prediction
	if err == nil {
		err = json.Unmarshal(raw, &byID)
	}
	if err != nil {
		return nil, fmt.Errorf("alnb: read the suggestions: %w", err)
	}
	if p, ok := byID[id]; ok {
		return &p, nil
	}
	return nil, nil
}
