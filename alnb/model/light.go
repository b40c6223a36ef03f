package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/embeddings"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// Light describes the CNN-BiLSTM-CRF of Ma and Hovy, "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF"
// (ACL 2016), on pretrained word vectors; in the paper it is a successor (Fig. 10). As a classifier it has no CRF: the
// BiLSTM's states are max-pooled. [CNNBiLSTMCRF] fills it in with the paper's sizes.
//
// Words are looked up as they are, else in lower case; those the file doesn't have share one vector, drawn at random and
// trained unless FixVectors, and have their characters. A classifier's words are the text's segments by Unicode's UAX #29.
type Light struct {
	Vectors     string   `json:"vectors"`      // path of a text file in GloVe's form, here or in $ALNB_DATA: a word and its numbers a line
	MaxVectors  int      `json:"max_vectors"`  // the file's first so many words are used; each training step touches all
	FixVectors  bool     `json:"fix_vectors"`  // keep the words' vectors as they are; by default training changes them
	MaxTokens   int      `json:"max_tokens"`   // words; longer documents are cut
	Hidden      int      `json:"hidden"`       // states of the LSTM in each direction
	FeedForward int      `json:"feed_forward"` // size of the layer after it
	CharSize    int      `json:"char_size"`    // of a character's vector
	CharFilters int      `json:"char_filters"` // for each width
	CharWidths  []int    `json:"char_widths"`  // characters a filter sees
	WordDropout float64  `json:"word_dropout"` // probability, while training, that a word's whole vector is 0
	Dropout     float64  `json:"dropout"`      // locked dropout: the same features for all words of a document
	Training    Training `json:"training"`
}

// CNNBiLSTMCRF describes the model with the paper's sizes and training (its Table 6): characters of 30 with 30 filters
// each of widths 2 and 3, one BiLSTM of 200 a direction, a layer of 200, word dropout 0.3, locked dropout 0.2, 50 epochs
// of SGD with learning rate 0.015 and momentum 0.9, mini-batches of 32, clipping at 5. The rate falls linearly to 0, of
// which the paper says nothing: docs/decisions/light-rate.md. vectors is the path of a file in GloVe's form, here or in $ALNB_DATA.
func CNNBiLSTMCRF(vectors string) Light {
	return Light{
		Vectors: vectors, MaxVectors: 50_000, MaxTokens: 256, Hidden: 200, FeedForward: 200,
		CharSize: 30, CharFilters: 30, CharWidths: []int{2, 3}, WordDropout: 0.3, Dropout: 0.2,
		Training: Training{Epochs: 50, BatchSize: 32, LearningRate: 0.015, ClipNorm: 5, Optimizer: SGD, Momentum: 0.9},
	}
}

// Name implements learner.Model and learner.TaggerModel.
func (l Light) Name() string { return lightType }

// Open implements learner.Model: reads the word vectors.
func (l Light) Open(_ context.Context, classes []string) (learner.Classifier, error) {
	e, err := l.open(Classification, classes)
	if err != nil {
		return nil, err
	}
	return &Classifier{e}, nil
}

// OpenTagger implements learner.TaggerModel.
func (l Light) OpenTagger(_ context.Context, types []string) (learner.Tagger, error) {
	e, err := l.open(Tagging, Tags(types))
	if err != nil {
		return nil, err
	}
	return &Tagger{engine: e, crf: true}, nil
}

// Keeping implements learner.Keeper.
func (l Light) Keeping(checkpoints int) learner.Model { return l.keeping(checkpoints) }

// KeepingTagger implements learner.TaggerKeeper.
func (l Light) KeepingTagger(checkpoints int) learner.TaggerModel { return l.keeping(checkpoints) }

func (l Light) keeping(checkpoints int) Light {
	l.Training.Checkpoints = checkpoints
	return l
}

// Load implements learner.Loader: it reads what was saved in a folder.
func (l Light) Load(ctx context.Context, dir string) (learner.Classifier, error) {
	return Load(ctx, dir, l.MaxTokens)
}

// LoadTagger implements learner.TaggerLoader.
func (l Light) LoadTagger(ctx context.Context, dir string) (learner.Tagger, error) {
	return LoadTagger(ctx, dir, l.MaxTokens)
}

// Fit opens the model and trains it on the examples, for use outside of experiments: Save keeps it.
func (l Light) Fit(ctx context.Context, classes []string, examples []corpus.Example, run learner.Run) (*Classifier, error) {
	e, err := l.open(Classification, classes)
	if err != nil {
		return nil, err
	}
	return fit(&Classifier{e}, func(c *Classifier) error { _, err := c.Train(ctx, examples, run); return err })
}

// FitTagger is Fit for a tagger.
func (l Light) FitTagger(ctx context.Context, types []string, examples []corpus.Tagged, run learner.Run) (*Tagger, error) {
	e, err := l.open(Tagging, Tags(types))
	if err != nil {
		return nil, err
	}
	return fit(&Tagger{engine: e, crf: true}, func(t *Tagger) error { _, err := t.Train(ctx, examples, run); return err })
}

// fit trains a model that is open, and closes it where that fails.
func fit[M interface{ Close() error }](model M, train func(M) error) (M, error) {
	if err := train(model); err != nil {
		var none M
		model.Close()
		return none, err
	}
	return model, nil
}

func (l Light) open(task pretrained.Task, classes []string) (*engine, error) {
	fail := func(err error) (*engine, error) { return nil, fmt.Errorf("model: open %s: %w", l.Name(), err) }
	if err := l.check(task, classes); err != nil {
		return fail(err)
	}
	path, err := l.vectorsPath()
	if err != nil {
		return fail(err)
	}
	table, err := embeddings.ReadFile(path, l.MaxVectors)
	if err != nil {
		return fail(err)
	}
	arch := newBiLSTM(l, task, len(classes), newVocabulary(table.Words, charsOf(table.Words)), table.Size)
	origin := fmt.Sprintf("%s on the vectors of %d words in %s", l.Name(), len(table.Words), path)
	e, err := newEngine(l.Name(), origin, arch, l.Training, classes, nil)
	if err != nil {
		return fail(err)
	}
	arch.vectors = table
	return e, nil
}

// vectorsPath is Vectors, or that path in $ALNB_DATA where it is relative and here is no such file: so a run's configuration can be
// the same wherever a machine keeps its data.
func (l Light) vectorsPath() (string, error) {
	data := os.Getenv("ALNB_DATA")
	for _, path := range []string{l.Vectors, filepath.Join(data, l.Vectors)} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || filepath.IsAbs(l.Vectors) {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no file of word vectors %s, neither here nor in ALNB_DATA, which is %q; give its path, or set ALNB_DATA "+
		"to the folder that has it", l.Vectors, data)
}

func (l Light) check(task pretrained.Task, classes []string) error {
	for name, n := range map[string]int{
		"MaxTokens": l.MaxTokens, "Hidden": l.Hidden, "FeedForward": l.FeedForward, "CharSize": l.CharSize, "CharFilters": l.CharFilters,
	} {
		if n < 1 {
			return fmt.Errorf("%s is %d; it must be at least 1 (start from CNNBiLSTMCRF)", name, n)
		}
	}
	for _, width := range l.CharWidths {
		if width < 1 || width > maxChars {
			return fmt.Errorf("CharWidths are %v; each must lie between 1 and %d", l.CharWidths, maxChars)
		}
	}
	switch {
	case l.Vectors == "":
		return fmt.Errorf("Vectors names no file; give the path of word vectors in GloVe's form, such as glove.6B.100d.txt")
	case len(l.CharWidths) == 0:
		return fmt.Errorf("CharWidths is empty")
	case l.MaxVectors < 0:
		return fmt.Errorf("MaxVectors is %d; 0 takes all", l.MaxVectors)
	case !(l.WordDropout >= 0 && l.WordDropout < 1) || !(l.Dropout >= 0 && l.Dropout < 1):
		return fmt.Errorf("WordDropout is %g and Dropout is %g; both must lie in [0, 1)", l.WordDropout, l.Dropout)
	case len(classes) < 2:
		return fmt.Errorf("a model needs at least 2 classes, there are %d: %q", len(classes), classes)
	case task == Tagging && len(l.Training.ClassWeights) > 0:
		return fmt.Errorf("ClassWeights are set; a CRF has no loss of single words that they could weigh")
	}
	return l.Training.check()
}
