// Package learner says what the active-learning loop asks of a model. Models implement it and the loop uses it, so
// that neither has to know the other: the loop builds and tests without XLA.
package learner

import (
	"context"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Model describes a trainable classifier: a plain struct whose exported fields are its whole configuration, so that
// two equal descriptions are the same model.
type Model interface {
	// Name identifies the kind of model in a run's configuration.
	Name() string
	// Open makes a classifier ready for the classes: reads weights, downloads them where needed.
	Open(ctx context.Context, classes []string) (Classifier, error)
}

// A Classifier can be trained, again and again, and asked for probabilities. It is used by one goroutine at a time.
type Classifier interface {
	// Train starts from the initial weights (cold start) and trains on the examples. The result depends on the
	// examples, in their order, and the seed alone. When ctx ends it returns within a second with its error, and the
	// classifier must be trained again before use.
	Train(ctx context.Context, examples []corpus.Example, run Run) (Trained, error)
	// Probabilities returns one row a document, in order, of one probability a class.
	Probabilities(ctx context.Context, docs []corpus.Document, progress func(done int)) ([][]float32, error)
	// Origin is a sentence for the reader: which weights are used, from where, on what.
	Origin() string
	// Close frees the model.
	Close() error
}

// Run is what differs between two trainings of one classifier.
type Run struct {
	Seed     uint64                // of dropout, head weights and mini-batches
	Progress func(step, total int) // called after each step; may be nil
	Weights  []float64             // of the examples in the loss, 0 or more; nil: all weigh 1
}

// Trained reports on a training.
type Trained struct {
	Steps int
	Loss  float64 // mean training loss over the last tenth of the steps
}

// A TaggerModel describes a trainable tagger, as a [Model] does a classifier.
type TaggerModel interface {
	// Name identifies the kind of model in a run's configuration.
	Name() string
	// OpenTagger makes a tagger ready for spans of these types: reads weights, downloads them where needed.
	OpenTagger(ctx context.Context, types []string) (Tagger, error)
}

// A Tagger can be trained, again and again, and asked for tags. It is used by one goroutine at a time.
type Tagger interface {
	// Train is that of a [Classifier], on documents with gold spans.
	Train(ctx context.Context, examples []corpus.Tagged, run Run) (Trained, error)
	// Tag returns the tags of documents, in order; their spans aren't read. A document without words is an error.
	Tag(ctx context.Context, docs []corpus.Tagged, progress func(done int)) ([]Tagging, error)
	// Classes returns the tags, in the order of the probabilities.
	Classes() []string
	Origin() string
	Close() error
}

// Tagging is what a tagger gives a document. A word that the model doesn't see, since it lies past the limit or has no
// sub-words, is O with probability 1, and isn't counted.
type Tagging struct {
	Tags    []string    // one a word; of a CRF those of the most probable path
	Probs   [][]float32 // one row a word, one probability a tag; of a CRF the marginals
	Path    float64     // log-probability of Tags: the path's for a CRF, else Σ log max p over the counted words
	Counted int         // words the model sees
	Cut     int         // words past the limit
}

// A Keeper is a description of a model that can keep the weights of the last epochs' ends.
type Keeper interface {
	// Keeping returns the description of the same model, which keeps so many.
	Keeping(checkpoints int) Model
}

// A TaggerKeeper is a [Keeper] for taggers.
type TaggerKeeper interface {
	KeepingTagger(checkpoints int) TaggerModel
}

// Checkpoints are what the models of a [Keeper] have.
type Checkpoints interface {
	// Checkpoints returns the steps of the last training whose weights were kept, in order.
	Checkpoints() []int
	// Restore puts the weights of a kept step into place: the model then scores, and is saved, as it was after it.
	Restore(step int) error
}

// An Influencer is a trained classifier that tells how large the step is that a document would make.
type Influencer interface {
	// SelfInfluence returns for each example, in order, the squared norm of the gradient of its loss by the weights that
	// training changes, at the present weights, dropout off. The loss is that of a training on this example alone, without
	// class weights. Of the weights those count whose names begin with one of part, such as "classifier."; nil is all.
	SelfInfluence(ctx context.Context, examples []corpus.Example, part []string, progress func(done int)) ([]float64, error)
}

// A TaggerInfluencer is an [Influencer] among taggers; its numbers aren't divided by the number of words.
type TaggerInfluencer interface {
	SelfInfluence(ctx context.Context, examples []corpus.Tagged, part []string, progress func(done int)) ([]float64, error)
}

// A SoftLearner is a classifier that learns from soft labels, too: from a distribution over the classes for each document,
// [documents, classes].
type SoftLearner interface {
	TrainOn(ctx context.Context, docs []corpus.Document, teacher [][]float32, temperature float64, run Run) (Trained, error)
}

// A SoftTagger is a [SoftLearner] for taggers: a distribution over the tags for each word, [documents, words, tags].
type SoftTagger interface {
	TrainOn(ctx context.Context, docs []corpus.Tagged, teacher [][][]float32, temperature float64, run Run) (Trained, error)
}

// A Saver is a classifier or tagger that can be kept in a folder.
type Saver interface {
	// Save writes the trained model into a folder, which is made where missing.
	Save(dir string) error
}

// A Loader is a [Model] whose trained classifiers come back from the folders that they were saved in.
type Loader interface {
	Load(ctx context.Context, dir string) (Classifier, error)
}

// A TaggerLoader is a [Loader] for taggers.
type TaggerLoader interface {
	LoadTagger(ctx context.Context, dir string) (Tagger, error)
}
