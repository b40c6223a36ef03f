package querytest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
)

// A Fake is no model: it has learned nothing, and what it says of a document is drawn from a hash of the document's ID. It
// has every capability that strategies ask for, says the same each time, and remembers what it gave out.
type Fake struct {
	Classes int   // of texts and of tags; 0 stands for 4
	Dim     int   // of embeddings; 0 stands for 12
	Same    bool  // says the same of all documents
	Err     error // fails with it when asked

	Broken string  // the ID of a document of which it says Value
	Value  float32 // such as NaN

	Answered func(calls int) // called before each answer is returned; may be nil

	calls  int
	broken bool // gave out Value
	given  map[string]given
}

// String says what it is.
func (f *Fake) String() string { return "a fake model, which draws its answers" }

func (f *Fake) classes() int {
	if f.Classes == 0 {
		return 4
	}
	return f.Classes
}

func (f *Fake) dim() int {
	if f.Dim == 0 {
		return 12
	}
	return f.Dim
}

// Probabilities implements query.Predictor.
func (f *Fake) Probabilities(ctx context.Context, docs []corpus.Document, progress func(int)) ([][]float32, error) {
	return answer(ctx, f, "probabilities", ids(docs), progress, f.probabilities)
}

// Embeddings implements query.Embedder.
func (f *Fake) Embeddings(ctx context.Context, docs []corpus.Document, progress func(int)) ([][]float32, error) {
	return answer(ctx, f, "embedding", ids(docs), progress, f.embedding)
}

// LastLayer implements query.GradientEmbedder.
func (f *Fake) LastLayer(ctx context.Context, docs []corpus.Document, progress func(int)) (probabilities, inputs [][]float32, err error) {
	if probabilities, err = answer(ctx, f, "probabilities", ids(docs), nil, f.probabilities); err != nil {
		return nil, nil, err
	}
	inputs, err = answer(ctx, f, "embedding", ids(docs), progress, f.embedding)
	return probabilities, inputs, err
}

// DropoutProbabilities implements query.DropoutSampler.
func (f *Fake) DropoutProbabilities(ctx context.Context, docs []corpus.Document, samples int, seed uint64, progress func(int)) ([][][]float32, error) {
	return answer(ctx, f, fmt.Sprint("dropout", samples, seed), ids(docs), progress, func(id string) [][]float32 {
		rows := make([][]float32, samples)
		for i := range rows {
			rows[i] = f.row(id, f.stream(fmt.Sprint("dropout", seed, i), id))
		}
		return rows
	})
}

// Tag implements query.Tagger. Like a model, it refuses documents without words.
func (f *Fake) Tag(ctx context.Context, docs []corpus.Tagged, progress func(int)) ([]learner.Tagging, error) {
	names, words := make([]string, len(docs)), make(map[string]int, len(docs))
	for i, doc := range docs {
		if len(doc.Words) == 0 {
			return nil, fmt.Errorf("document %s has no words", doc.ID)
		}
		names[i], words[doc.ID] = doc.ID, len(doc.Words)
	}
	return answer(ctx, f, "tagging", names, progress, func(id string) learner.Tagging {
		stream := f.stream("tags", id)
		t := learner.Tagging{Counted: words[id], Tags: make([]string, words[id]), Probs: make([][]float32, words[id])}
		for i := range t.Tags {
			t.Tags[i], t.Probs[i] = corpus.Outside, f.row(id, stream)
			t.Path += math.Log(float64(max(t.Probs[i][0], 1e-6)))
		}
		if id == f.Broken {
			t.Path = float64(f.Value)
		}
		return t
	})
}

func (f *Fake) probabilities(id string) []float32 { return f.row(id, f.stream("probabilities", id)) }

// row is random probabilities.
func (f *Fake) row(id string, stream *rand.Rand) []float32 {
	row, sum := make([]float32, f.classes()), float32(0)
	for k := range row {
		row[k] = float32(stream.ExpFloat64()) + 1e-3
		sum += row[k]
	}
	for k := range row {
		row[k] /= sum
	}
	if id == f.Broken {
		row[len(row)-1] = f.Value
	}
	return row
}

func (f *Fake) embedding(id string) []float32 {
	stream := f.stream("embedding", id)
	row, group := make([]float32, f.dim()), stream.IntN(5)
	for k := range row {
		row[k] = float32(stream.NormFloat64() + 2*float64((group*7+k)%5))
	}
	if id == f.Broken {
		row[0] = f.Value
	}
	return row
}

func (f *Fake) stream(what, id string) *rand.Rand {
	if f.Same {
		id = ""
	}
	return keyed.Key{Seed: 1, Purpose: "querytest " + what, ID: id}.Stream()
}

// unchanged tells whether what was given out is as it was.
func (f *Fake) unchanged() error {
	for name, g := range f.given {
		if !reflect.DeepEqual(g.answer, g.again()) {
			return fmt.Errorf("the %s that the model holds was changed", name)
		}
	}
	return nil
}

// given is an answer that the fake holds, and how to make it anew.
type given struct {
	answer any
	again  func() any
}

// answer is what the fake returns for documents: from memory what it gave before, not a copy.
func answer[T any](ctx context.Context, f *Fake, what string, ids []string, progress func(int), say func(id string) T) ([]T, error) {
	if f.Err != nil {
		return nil, f.Err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.given == nil {
		f.given = make(map[string]given)
	}
	all := make([]T, len(ids))
	for i, id := range ids {
		if id == "" {
			return nil, errors.New("a document has no ID")
		}
		f.broken = f.broken || id == f.Broken
		name := what + " " + id
		if known, ok := f.given[name]; ok {
			all[i] = known.answer.(T)
		} else {
			all[i] = say(id)
			f.given[name] = given{all[i], func() any { return say(id) }}
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	f.calls++
	if f.Answered != nil {
		f.Answered(f.calls)
	}
	return all, nil
}

func ids(docs []corpus.Document) []string {
	names := make([]string, len(docs))
	for i, doc := range docs {
		names[i] = doc.ID
	}
	return names
}
