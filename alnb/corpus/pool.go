package corpus

import "context"

// A Pool is documents to be labeled. Some may have labels already.
type Pool struct {
	Name    string   // short, such as the name of the file
	Origin  string   // a sentence naming the files that the documents came from
	Spans   bool     // documents are lists of words, to be marked with spans; else texts, to be given a class
	Classes []string // their names, or the types of spans, in order; empty where they are yet to be found
	Docs    []Judged // the pool
	Test    []Judged // the test split, with labels; may be empty
}

// A PoolSource describes a pool that is read when a session begins.
type PoolSource interface {
	// Name identifies the kind of source in a session's configuration.
	Name() string
	// LoadPool reads the documents. Its errors say what is missing and what to do.
	LoadPool(ctx context.Context) (*Pool, error)
}
