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

// suggested is what the file holds.
type suggested struct {
	Numbers map[string]int               `json:"numbers"` // of the classes, as they were called then
	Of      map[string]corpus.Prediction `json:"of"`      // by document
}

// suggest keeps what the model on the bench says of documents.
func (s *Session) suggest(ctx context.Context, w *workbench, docs []corpus.Document) error {
	predictions, err := w.model.Predict(ctx, docs, func(int) {})
	if err != nil {
		return err
	}
	kept := suggested{make(map[string]int), make(map[string]corpus.Prediction, len(docs))}
	for i, class := range w.classes {
		kept.Numbers[class] = w.numbers[i]
	}
	for i, doc := range docs {
		kept.Of[doc.ID] = predictions[i]
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("alnb: keep the suggestions: %w", err)
	}
	return store.WriteFile(filepath.Join(s.dir, suggestions), raw)
}

// Suggest returns what the last model says of a document of the open batch, with the classes as they are called now; nil where
// it wasn't asked.
func (s *Session) Suggest(ctx context.Context, id string) (*corpus.Prediction, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, suggestions))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var kept suggested
	if err == nil {
		err = json.Unmarshal(raw, &kept)
	}
	if err != nil {
		return nil, fmt.Errorf("alnb: read the suggestions: %w", err)
	}
	p, ok := kept.Of[id]
	if !ok {
		return nil, nil
	}
	classes, err := s.db.Classes(ctx)
	if err != nil {
		return nil, err
	}
	called := func(name string) string {
		number, ok := kept.Numbers[name]
		if !ok || number >= len(classes) {
			return name
		}
		return store.Own(classes, number).Name
	}
	p.Class = called(p.Class)
	for i := range p.Spans {
		p.Spans[i].Type = called(p.Spans[i].Type)
	}
	return &p, nil
}
