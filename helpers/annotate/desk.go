// Package annotate is the page on which people label texts, or mark spans of words in them, and the server behind it.
//
// The page is plain HTML, CSS and JavaScript that lies in the program; it asks no other host for anything. Texts come
// from a [Desk], and judgments go to it: the page calls a judgment saved only when the desk has said so.
//
// Texts, and the names of classes, titles and annotators, are untrusted. The page shows them as text only, and in a
// direction of their own, so that nothing in them runs or turns around what stands beside it.
package annotate

import (
	"context"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Desk hands out what is to be labeled and takes what people say about it. Its methods may be called from several
// goroutines at once.
type Desk interface {
	// About says what the page is about.
	About(ctx context.Context) (About, error)

	// Classes returns the classes, or the types of spans, that can be chosen, in the order in which they are shown.
	Classes(ctx context.Context) ([]Class, error)

	// AddClass adds a class, or a type of spans. One that is there already is a *Refusal.
	AddClass(ctx context.Context, name string) error

	// RenameClass gives a class another name; what was labeled with it stays so.
	RenameClass(ctx context.Context, from, to, annotator string) error

	// MergeClass makes all that was labeled with a class count for another, which nothing takes back. Like RenameClass, it
	// refuses what makes no sense with a *Refusal.
	MergeClass(ctx context.Context, from, into, annotator string) error

	// Batch returns the open batch.
	Batch(ctx context.Context) (Batch, error)

	// Suggest returns what the model says about a document, or nil where there is no model yet. It is called only when
	// the annotator asks: a suggestion that is seen first sways.
	Suggest(ctx context.Context, id string) (*corpus.Prediction, error)

	// Twins returns the other documents that are nearly the same as one, with what was said about them. It is called only
	// when the annotator asks, as this sways, too.
	Twins(ctx context.Context, id string) ([]Item, error)

	// Judge takes a judgment. When it returns without an error the judgment is durable. The same Request again, from a
	// page that didn't get the answer, changes nothing and gives the Receipt of the first time, with Repeated set. What
	// can never be taken, such as a class that is not there, is a *Refusal.
	Judge(ctx context.Context, judging Judging) (Receipt, error)

	// Status says how far the work is. It is called about once a second for every open page, with About and Classes.
	Status(ctx context.Context) (Status, error)
}

// About says what a page is about.
type About struct {
	Title string
	Spans bool // spans are marked in lists of words; else texts get a class
}

// A Class can be chosen for a text, or for a span as its type.
type Class struct {
	Number int // never changes; gives the class its color
	Name   string
	Took   []int // the numbers of the classes that were merged into it
}

// A Batch is the documents that people are asked about, in order, judged ones included.
type Batch struct {
	Round int // of the model that asked for them
	Items []Item
	Again []Item // judged before, and to be looked at again; they may be among Items, too
}

// An Item is one document of a batch.
type Item struct {
	ID       string
	Text     string   // empty where words came without a text: they are shown with single spaces between
	Words    []string // where spans are marked
	Offsets  [][2]int // the byte range [start, end) of each word in Text; found there where nil
	Judgment *corpus.Judgment
}

// A Judging is one judgment on its way to the desk.
type Judging struct {
	Request  string // the page's own name for it, unique
	Document string // its ID
	corpus.Judgment
	Withdraw bool    // takes back the judgment of the document; Judgment has only its Annotator then
	Seconds  float64 // how long the annotator looked at the document; 0 unknown
}

// A Receipt says that a judgment is durable.
type Receipt struct {
	Seq      int64 // its number among all judgments
	Repeated bool  // it had been taken before
}

// Status is how far the work is.
type Status struct {
	Judged      int     // documents judged in all
	InBatch     int     // documents of the open batch
	LeftInBatch int     // those that nobody has judged
	LeftAgain   int     // documents that are still to be looked at again
	Round       int     // of the open batch; the page fetches the batch when it changes
	PerHour     float64 // judgments an hour, lately; 0 unknown
	Doing       string  // what the trainer does, such as "training"; empty where it rests
	Progress    float64 // how much of that is done, in [0, 1]
	Curve       []Point // the learning curve so far
	Metric      string  // what the curve shows, such as "accuracy"
	Advice      []string
}

// A Point is one place on a learning curve.
type Point struct {
	Labeled int
	Value   float64
}

// A Refusal is the error of what can never be taken, so that it is no use to send it again. The page drops what it sent
// and shows why; after any other error it goes on trying.
type Refusal struct{ Err error }

func (r *Refusal) Error() string { return r.Err.Error() }

func (r *Refusal) Unwrap() error { return r.Err }
