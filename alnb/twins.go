package alnb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/twins"
)

// twinsFile is the file with the near-duplicates of the pool, which doesn't change.
const twinsFile = "twins.json"

// keptTwins are those that were read or found already.
type keptTwins struct {
	mu     sync.Mutex
	groups [][]string
	of     map[string]int // each document's group
}

// twinned is what the file holds.
type twinned struct {
	Fingerprint string     `json:"fingerprint"` // of the session, and of how they were found
	Groups      [][]string `json:"groups"`
}

// Twins returns the groups of documents of the pool that are nearly the same, by their IDs; see twins.Near. They are found once,
// and kept in the session's folder.
func (s *Session) Twins(ctx context.Context) ([][]string, error) {
	s.twins.mu.Lock()
	defer s.twins.mu.Unlock()
	if s.twins.of != nil {
		return s.twins.groups, nil
	}
	want := fingerprint("near-duplicates 1", twins.Threshold, s.about.Name, s.about.Origin, s.about.Created.UnixMicro(), s.about.Pool)
	path := filepath.Join(s.dir, twinsFile)
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("alnb: read the near-duplicates: %w", err)
	}
	var kept twinned
	if err != nil || json.Unmarshal(raw, &kept) != nil || kept.Fingerprint != want {
		if kept.Groups, err = s.findTwins(ctx); err != nil {
			return nil, err
		}
		kept.Fingerprint = want
		if raw, err = json.Marshal(kept); err != nil {
			return nil, fmt.Errorf("alnb: keep the near-duplicates: %w", err)
		}
		if err := store.WriteFile(path, raw); err != nil {
			return nil, err
		}
	}
	s.twins.groups, s.twins.of = kept.Groups, make(map[string]int)
	for i, group := range kept.Groups {
		for _, id := range group {
			s.twins.of[id] = i
		}
	}
	return s.twins.groups, nil
}

func (s *Session) findTwins(ctx context.Context) ([][]string, error) {
	var ids []string
	for doc, err := range s.pool(ctx) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, doc.ID)
	}
	var texts iter.Seq2[string, error] = func(yield func(string, error) bool) {
		for doc, err := range s.pool(ctx) {
			if !yield(reading(doc), err) || err != nil {
				return
			}
		}
	}
	found, err := twins.Near(ctx, texts, twins.Threshold)
	groups := make([][]string, len(found))
	for i, group := range found {
		groups[i] = at(ids, group)
	}
	return groups, err
}

// pool goes through the documents that are to be labeled.
func (s *Session) pool(ctx context.Context) iter.Seq2[corpus.Document, error] {
	return func(yield func(corpus.Document, error) bool) {
		for doc, err := range s.db.Documents(ctx) {
			if err == nil && doc.Test {
				return // they are the last
			}
			if !yield(doc.Document, err) || err != nil {
				return
			}
		}
	}
}

// reading is what one reads of a document.
func reading(doc corpus.Document) string {
	if doc.Text == "" {
		return strings.Join(doc.Words, " ")
	}
	return doc.Text
}

// TwinsOf returns the other documents that are nearly the same as one, with what was said about them.
func (s *Session) TwinsOf(ctx context.Context, id string) ([]store.QueueItem, error) {
	groups, err := s.Twins(ctx)
	if err != nil {
		return nil, err
	}
	s.twins.mu.Lock()
	group, ok := s.twins.of[id]
	s.twins.mu.Unlock()
	if !ok {
		return nil, nil
	}
	judged, err := s.judged(ctx)
	if err != nil {
		return nil, err
	}
	said := make(map[string]*corpus.Judgment, len(judged))
	for _, j := range judged {
		said[j.Document] = &j.Judgment
	}
	var others []store.QueueItem
	for _, other := range groups[group] {
		if other != id {
			others = append(others, store.QueueItem{ID: other, Judgment: said[other]})
		}
	}
	return others, nil
}
