package model

import (
	"context"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/alnb/alnb/alnb/embeddings"
	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/pretrained"
)

// biLSTM is the architecture of [Light].
type biLSTM struct {
	net        nn.CNNBiLSTMCRF
	spec       Light
	task       pretrained.Task
	classes    int
	vocabulary *vocabulary
	vectors    embeddings.Table // what a training starts from; empty where the model was loaded
}

func newBiLSTM(spec Light, task pretrained.Task, classes int, v *vocabulary, wordSize int) *biLSTM {
	return &biLSTM{
		net: nn.CNNBiLSTMCRF{
			Words: len(v.words) + reserved, WordSize: wordSize, Chars: len(v.chars) + reserved, CharSize: spec.CharSize,
			CharFilters: spec.CharFilters, Widths: spec.CharWidths, Hidden: spec.Hidden, FeedForward: spec.FeedForward,
			WordDropout: spec.WordDropout, LockedDropout: spec.Dropout,
		},
		spec: spec, task: task, classes: classes, vocabulary: v,
	}
}

func (b *biLSTM) shapes() map[string][]int {
	if b.task == Tagging {
		return b.net.TaggerShapes(b.classes)
	}
	return b.net.ClassifierShapes(b.classes)
}

func (b *biLSTM) trains(name string) bool { return name != nn.WordEmbeddings || !b.spec.FixVectors }

func (b *biLSTM) loss(w nn.Weights, in []*Node, targets, weights, temperature *Node, drop *nn.Dropout) *Node {
	words := nn.WordsIn(in)
	if b.task == Tagging {
		emissions := b.net.Tag(w, words, drop)                             // [batch, seq, classes]
		return nn.CRFLoss(w, emissions, targets, words.Documents, weights) // scalar
	}
	logits := b.net.Classify(w, words, drop)                                          // [batch, classes]
	return nn.CrossEntropy(ExpandAxes(Div(logits, temperature), 1), targets, weights) // scalar
}

func (b *biLSTM) predict(w nn.Weights, in []*Node) []*Node {
	words := nn.WordsIn(in)
	if b.task == Tagging {
		emissions := b.net.Tag(w, words, nil)                       // [batch, seq, classes]
		marginals := nn.CRFMarginals(w, emissions, words.Documents) // [batch, seq, classes]
		path, logP := nn.CRFViterbi(w, emissions, words.Documents)  // [batch, seq] twice
		return []*Node{marginals, ConvertDType(path, marginals.DType()), logP}
	}
	return []*Node{Softmax(b.net.Classify(w, words, nil), -1)} // [batch, classes]
}

func (b *biLSTM) head(w nn.Weights, in []*Node, drop *nn.Dropout) nn.Head {
	if b.task == Tagging {
		return b.net.TaggerHead(w, nn.WordsIn(in), drop) // [batch, seq, ...]
	}
	return b.net.ClassifierHead(w, nn.WordsIn(in), drop) // [batch, ...]
}

func (b *biLSTM) encodeTexts(_ context.Context, texts []string) ([]document, error) {
	docs := make([]document, len(texts))
	for i, text := range texts {
		docs[i] = b.vocabulary.document(segments(text), b.spec.MaxTokens)
		docs[i].first = nil // of taggers only
		if len(docs[i].ids) == 0 {
			docs[i].ids, docs[i].chars = []int32{unknown}, [][]int32{nil}
		}
	}
	return docs, nil
}

func (b *biLSTM) encodeWords(_ context.Context, lists [][]string) ([]document, error) {
	docs := make([]document, len(lists))
	for i, list := range lists {
		docs[i] = b.vocabulary.document(list, b.spec.MaxTokens)
	}
	return docs, nil
}

func (b *biLSTM) limit() int { return b.spec.MaxTokens }

func (b *biLSTM) initial(name string, dims []int, seed uint64) pretrained.Tensor {
	data := b.net.Initial(name, dims, weightStream(name, seed))
	if name == nn.WordEmbeddings {
		copy(data[reserved*b.net.WordSize:], b.vectors.Vectors)
	}
	return pretrained.Tensor{Dims: dims, Data: data}
}

func (b *biLSTM) close() error { return nil }
