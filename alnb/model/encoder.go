package model

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/tokenize"
)

// A fineTuned is the architecture of pretrained transformers: an encoder with a head of its family for a task.
type fineTuned struct {
	encoder   nn.Encoder
	task      pretrained.Task
	classes   int
	folder    *pretrained.Folder
	tokenizer *tokenize.Tokenizer
	maxTokens int
	types     bool // the encoder gets the tokenizer's token types, else all are 0
}

// encoderOf builds an encoder's description out of config.json.
func encoderOf(c pretrained.Config) (nn.Encoder, error) {
	if c.ModelType == "xlnet" {
		return xlnetOf(c)
	}
	b := nn.BERT{
		Variant: nn.Variant(c.ModelType),
		Layers:  c.Layers, Hidden: c.HiddenSize, Heads: c.Heads, Intermediate: c.IntermediateSize,
		Embedding: cmp.Or(c.EmbeddingSize, c.HiddenSize), Vocabulary: c.VocabSize, Positions: c.MaxPositions,
		TokenTypes: c.TypeVocabSize, Padding: int(c.PadTokenID), Activation: nn.Activation(c.Activation), Epsilon: c.LayerNormEpsilon,
		HiddenDropout: c.HiddenDropout, AttentionDropout: c.AttentionDropout, ClassifierDropout: c.HiddenDropout,
	}
	if c.ClassifierDropout != nil {
		b.ClassifierDropout = *c.ClassifierDropout
	}
	return b, b.Activation.Supported()
}

func xlnetOf(c pretrained.Config) (nn.XLNet, error) {
	m := nn.XLNet{
		Layers: c.Layers, Hidden: c.HiddenSize, Heads: c.Heads, Intermediate: c.IntermediateSize, Vocabulary: c.VocabSize,
		Activation: nn.Activation(c.Activation), Epsilon: c.LayerNormEpsilon, Dropout: c.HiddenDropout, ClampLength: c.ClampLength,
		Summary: nn.Summary{
			Type: c.SummaryType, Project: c.SummaryUseProj, Activation: nn.Activation(c.SummaryActivation),
			FirstDropout: c.SummaryFirstDropout,
		},
	}
	if c.ClassifierDropout != nil {
		m.Summary.LastDropout = *c.ClassifierDropout
	}
	return m, m.Supported()
}

func (f *fineTuned) shapes() map[string][]int { return f.shapesFor(f.classes) }

func (f *fineTuned) shapesFor(classes int) map[string][]int {
	if f.task == Tagging {
		return f.encoder.TaggerShapes(classes)
	}
	return f.encoder.ClassifierShapes(classes)
}

// ofClasses tells whether a weight belongs to the layer that gives the classes: whether its shape depends on their
// number.
func (f *fineTuned) ofClasses(name string) bool {
	return !slices.Equal(f.shapesFor(f.classes)[name], f.shapesFor(f.classes + 1)[name])
}

func (f *fineTuned) trains(name string) bool { return !forPretraining(f.encoder, name) }

func (f *fineTuned) head(w nn.Weights, inputs []*Node, drop *nn.Dropout) nn.Head {
	if t := tokensIn(inputs); f.task == Tagging {
		return f.encoder.TaggerHead(w, t, drop) // [batch, seq, ...]
	} else {
		return f.encoder.ClassifierHead(w, t, drop) // [batch, slots, ...]
	}
}

// tokensIn reads what inputs made.
func tokensIn(inputs []*Node) nn.Tokens {
	return nn.Tokens{
		IDs: inputs[0], Types: inputs[1], Documents: inputs[2], Positions: inputs[3], Slots: slotsIn(inputs[0].Shape().Dim(1)),
	}
}

func (f *fineTuned) loss(w nn.Weights, inputs []*Node, targets, weights, temperature *Node, drop *nn.Dropout) *Node {
	return nn.CrossEntropy(Div(f.head(w, inputs, drop).Logits, temperature), targets, weights) // scalar
}

func (f *fineTuned) predict(w nn.Weights, inputs []*Node) []*Node {
	return []*Node{Softmax(f.head(w, inputs, nil).Logits, -1)} // [batch, slots, classes] or [batch, seq, classes]
}

func (f *fineTuned) encodeTexts(ctx context.Context, texts []string) ([]document, error) {
	encoded, err := f.tokenizer.EncodeTexts(ctx, texts)
	return f.documents(encoded, err)
}

func (f *fineTuned) encodeWords(ctx context.Context, lists [][]string) ([]document, error) {
	encoded, err := f.tokenizer.EncodeWordLists(ctx, lists)
	return f.documents(encoded, err)
}

func (f *fineTuned) documents(encoded []tokenize.Encoded, err error) ([]document, error) {
	if err != nil {
		return nil, err
	}
	docs := make([]document, len(encoded))
	for i, e := range encoded {
		for _, id := range e.IDs {
			if int(id) >= f.folder.Config.VocabSize {
				return nil, fmt.Errorf("the tokenizer gives a text the id %d; the model has vectors for %d (its vocabulary's size in "+
					"%s/config.json): tokenizer and model don't belong together", id, f.folder.Config.VocabSize, f.folder.Dir)
			}
		}
		docs[i] = document{ids: e.IDs, first: e.First, cut: e.Cut}
		if f.types {
			docs[i].types = e.Types
		}
	}
	return docs, nil
}

func (f *fineTuned) packs() bool { return true }

func (f *fineTuned) atOnce() int { return 2048 }

func (f *fineTuned) inputs(docs []document, l layout) []any {
	return []any{
		l.ids(docs, f.folder.Config.PadTokenID),
		l.tensor(docs, 0, func(doc, token int) int32 {
			if docs[doc].types == nil {
				return 0
			}
			return docs[doc].types[token]
		}),
		l.tensor(docs, -1, func(doc, _ int) int32 { return int32(l.places[doc].slot) }),
		l.tensor(docs, 0, func(_, token int) int32 { return int32(token) }),
	}
}

func (f *fineTuned) limit() int { return f.maxTokens }

func (f *fineTuned) initial(name string, dims []int, seed uint64) pretrained.Tensor {
	return normalWeight(name, dims, f.folder.Config.InitializerRange, seed)
}

func (f *fineTuned) save(dir string, weights map[string]pretrained.Tensor, classes []string) error {
	return f.folder.Save(dir, f.task, weights, classes, f.maxTokens)
}

func (f *fineTuned) close() error { return f.tokenizer.Close() }

// openFolder finds a checkpoint, downloads it where needed, and reads it.
func openFolder(ctx context.Context, checkpoint string) (folder *pretrained.Folder, origin string, err error) {
	dir, origin, err := pretrained.Find(ctx, checkpoint)
	if err != nil {
		return nil, "", err
	}
	folder, err = pretrained.Open(dir)
	return folder, origin, err
}

// newFineTuned opens a checkpoint's tokenizer and describes its network with a head for the classes.
func newFineTuned(folder *pretrained.Folder, task pretrained.Task, maxTokens, classes int) (*fineTuned, error) {
	encoder, err := encoderOf(folder.Config)
	if err != nil {
		return nil, fmt.Errorf("%s/config.json: %w", folder.Dir, err)
	}
	maxTokens = folder.Config.Limit(maxTokens)
	tokenizer, err := tokenize.OpenFolder(folder.Dir, maxTokens)
	if err != nil {
		return nil, err
	}
	return &fineTuned{
		encoder: encoder, task: task, classes: classes, folder: folder, tokenizer: tokenizer, maxTokens: maxTokens,
		types: folder.PassesTokenTypes(),
	}, nil
}

// openFineTuned makes an engine of a checkpoint with a head for the classes: the checkpoint's own where that is for the
// same task and the same classes in the same order, else a new one.
func openFineTuned(folder *pretrained.Folder, origin string, spec Transformer, task pretrained.Task, classes []string) (*engine, error) {
	if len(classes) < 2 {
		return nil, fmt.Errorf("a model needs at least 2 classes, there are %d: %q", len(classes), classes)
	}
	arch, err := newFineTuned(folder, task, spec.MaxTokens, len(classes))
	if err != nil {
		return nil, err
	}
	labels, err := folder.Config.Classes()
	same := err == nil && folder.Config.Task() == task && slices.Equal(labels, classes)
	initial, err := matchWeights(folder, arch.encoder, arch.shapes(), arch.ofClasses, same)
	if err != nil {
		arch.close()
		return nil, err
	}
	origin = fmt.Sprintf("%s (%s) from %s, %s", spec.Checkpoint, folder.Config.Describe(), origin, headOrigin(arch, initial, labels))
	folder.Weights = nil // initial has what is needed
	return newEngine(spec.Checkpoint, origin, arch, spec.Training, classes, initial)
}

// headOrigin says where the head's last layer comes from; labels are those of the checkpoint's.
func headOrigin(arch *fineTuned, initial map[string]pretrained.Tensor, labels []string) string {
	for name := range initial {
		if arch.ofClasses(name) {
			return "with its head"
		}
	}
	for name := range arch.shapes() {
		_, had := arch.folder.Weights[name]
		switch task := arch.folder.Config.Task(); {
		case had && arch.ofClasses(name) && task != arch.task:
			return fmt.Sprintf("with a new head, since its own is for %s", task)
		case had && arch.ofClasses(name):
			return fmt.Sprintf("with a new head, since its own is for the labels %.200q", labels)
		}
	}
	return "with a new head"
}
