package alnb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
)

// A Session is a folder in which people label documents, round by round: a model is trained on what they have labeled, and
// chooses what they are asked next. Everything is on disk, so a session is opened anew by each cell and each program, and by
// several at once; only the one with the lease trains.
//
// Its verbs are durable when they return, can be run again without harm, and say what is missing where they come too early.
type Session struct {
	dir    string
	config SessionConfig
	db     *store.Session
	about  store.SessionInfo
	lease  *store.Lease // where this Session has it
	bench  *workbench   // what training needs, once something was trained; nil before
	twins  keptTwins
	models keptModels
}

// CreateSession begins a session in the folder dir with the documents of config.Pool, or opens the one that is there: then
// only what config says of models and batches is taken over from now on. A session about another pool is refused.
func CreateSession(ctx context.Context, dir string, config SessionConfig) (*Session, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	raw, err := config.encode()
	if err != nil {
		return nil, err
	}
	db, err := store.OpenSession(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = begin(ctx, dir, config, raw); err != nil {
			return nil, err
		}
		db, err = store.OpenSession(ctx, dir)
	}
	if err != nil {
		return nil, err
	}
	s, err := newSession(ctx, dir, config, db)
	if err != nil {
		return nil, err
	}
	if err := s.adopt(ctx, raw); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// OpenSession opens a session that is there. What its configuration names must be in the registry.
func OpenSession(ctx context.Context, dir string, registry spec.Registry) (*Session, error) {
	db, err := store.OpenSession(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("alnb: %s holds no session; begin one first: %w", dir, err)
	}
	if err != nil {
		return nil, err
	}
	config, err := decodeSession(db.Config(), registry)
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("alnb: the session in %s: %w", dir, err)
	}
	return newSession(ctx, dir, config, db)
}

func newSession(ctx context.Context, dir string, config SessionConfig, db *store.Session) (*Session, error) {
	about, err := db.About(ctx)
	if err != nil {
		db.Close()
		return nil, err
	}
	s := &Session{dir: dir, config: config, db: db, about: about}
	if err := config.suits(about.Spans); err != nil {
		db.Close()
		return nil, fmt.Errorf("alnb: the session in %s: %w", dir, err)
	}
	return s, nil
}

// begin reads the pool and makes the session's database.
func begin(ctx context.Context, dir string, config SessionConfig, raw []byte) error {
	pool, err := config.Pool.LoadPool(ctx)
	if err != nil {
		return err
	}
	if err := config.suits(pool.Spans); err != nil {
		return fmt.Errorf("alnb: %w", err)
	}
	if len(pool.Docs) == 0 {
		return fmt.Errorf("alnb: %s has no documents to label", pool.Name)
	}
	return store.CreateSession(ctx, dir, raw, pool)
}

// adopt takes over a configuration, unless it is about other documents.
func (s *Session) adopt(ctx context.Context, raw []byte) error {
	if err := sameDocuments(s.db.Config(), raw); err != nil {
		return fmt.Errorf("alnb: the folder %s holds a session about other documents: %w; give this one a folder of its own", s.dir, err)
	}
	return s.db.SetConfig(ctx, raw)
}

// Close frees the session's model and closes its database.
func (s *Session) Close() error {
	var err error
	if s.bench != nil {
		err = s.bench.close()
	}
	return errors.Join(err, s.db.Close())
}

// Dir is the session's folder.
func (s *Session) Dir() string { return s.dir }

// About says what the session is about.
func (s *Session) About() store.SessionInfo { return s.about }

// Classes are the classes that documents can be given, or the types of spans: those that went into another are left out.
func (s *Session) Classes(ctx context.Context) ([]store.Class, error) {
	all, err := s.db.Classes(ctx)
	var own []store.Class
	for _, class := range all {
		if class.Into < 0 {
			own = append(own, class)
		}
	}
	return own, err
}

// AllClasses are the classes by number, those that went into another included.
func (s *Session) AllClasses(ctx context.Context) ([]store.Class, error) { return s.db.Classes(ctx) }

// AddClass adds a class, at the end.
func (s *Session) AddClass(ctx context.Context, name, annotator string) error {
	_, err := s.db.AddClass(ctx, name, annotator)
	return err
}

// RenameClass gives a class another name; what was labeled with it stays so.
func (s *Session) RenameClass(ctx context.Context, from, to, annotator string) error {
	return s.db.RenameClass(ctx, from, to, annotator)
}

// MergeClass makes all that was labeled with a class count for another, from now on.
func (s *Session) MergeClass(ctx context.Context, from, into, annotator string) error {
	return s.db.MergeClass(ctx, from, into, annotator)
}

// Label keeps what a person says about documents; when it returns, it is on disk. The same again changes nothing.
func (s *Session) Label(ctx context.Context, judgings ...store.Judging) ([]store.Receipt, error) {
	now := time.Now().UTC()
	for i := range judgings {
		if judgings[i].At.IsZero() {
			judgings[i].At = now
		}
	}
	return s.db.Judge(ctx, judgings...)
}

// Backup copies all that is committed into one file, also while people label.
func (s *Session) Backup(ctx context.Context, path string) error { return s.db.Backup(ctx, path) }

// judged returns the judgments of the pool by the documents' numbers.
func (s *Session) judged(ctx context.Context) (map[int]store.StoredJudgment, error) {
	judged := make(map[int]store.StoredJudgment)
	for j, err := range s.db.Judgments(ctx) {
		if err != nil {
			return nil, err
		}
		if j.Number < s.about.Pool {
			judged[j.Number] = j
		}
	}
	return judged, nil
}

// documents returns all documents as models see them, the pool's first: of one that is marked with spans its words alone.
func (s *Session) documents(ctx context.Context) ([]corpus.Document, error) {
	docs := make([]corpus.Document, 0, s.about.Pool+s.about.Test)
	for d, err := range s.db.Documents(ctx) {
		if err != nil {
			return nil, err
		}
		if s.about.Spans {
			d.Text = ""
		}
		docs = append(docs, d.Document)
	}
	return docs, nil
}

// Document returns one of the session's documents.
func (s *Session) Document(ctx context.Context, id string) (corpus.Document, error) {
	d, err := s.db.Document(ctx, id)
	return d.Document, err
}

// SetBatch changes how many documents people are asked about at once, from the next batch on.
func (s *Session) SetBatch(ctx context.Context, n int) error {
	config := s.config
	config.Batch = n
	if err := config.check(); err != nil {
		return err
	}
	raw, err := config.encode()
	if err != nil {
		return err
	}
	s.config = config
	return s.db.SetConfig(ctx, raw)
}

// Settings are the session's configuration as JSON, for readers.
func (s *Session) Settings() string {
	var out bytes.Buffer
	if json.Indent(&out, s.db.Config(), "", "  ") != nil {
		return string(s.db.Config())
	}
	return out.String()
}

// Verify checks the session's database.
func (s *Session) Verify(ctx context.Context) error { return s.db.Verify(ctx) }

// History returns all that was ever said about a document, the oldest first.
func (s *Session) History(ctx context.Context, id string) ([]store.StoredJudgment, error) {
	return s.db.History(ctx, id)
}
