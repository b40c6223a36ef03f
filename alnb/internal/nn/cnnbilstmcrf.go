package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// CNNBiLSTMCRF is the tagger of Ma and Hovy, "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF" (ACL 2016):
// words are a looked-up vector and a convolution over their characters, a bidirectional LSTM reads them, a layer with
// tanh and a linear one give each word's scores, and a CRF stands over these ([CRFLoss], [CRFMarginals], [CRFViterbi]).
// As a classifier it takes the maximum over the words' states to that layer, and has no CRF.
//
// How weights start is said at [CNNBiLSTMCRF.Initial].
type CNNBiLSTMCRF struct {
	Words, WordSize int   // size of the vocabulary, and of a word's vector (100 with GloVe-100)
	Chars, CharSize int   // number of characters, and the size of a character's vector (30)
	CharFilters     int   // convolution filters of each width (30)
	Widths          []int // characters that a filter sees (2 and 3)
	Hidden          int   // states of the LSTM in each direction (200)
	FeedForward     int   // size of the tanh layer (200)

	// Probabilities while training, as in Flair: on the LSTM's input WordDropout drops whole words (0.3) and LockedDropout
	// the same features of all words (0.2), the latter on its output, too.
	WordDropout, LockedDropout float64
}

// WordEmbeddings is the name of the words' vectors in a [CNNBiLSTMCRF], [words, size].
const WordEmbeddings = "word_embeddings.weight"

const (
	lstmName    = "lstm"
	feedForward = "feed_forward"
	outputLayer = "output"
)

// ClassifierShapes returns the shape of every weight of the classifier, by name.
func (m CNNBiLSTMCRF) ClassifierShapes(classes int) map[string][]int {
	out := map[string][]int{WordEmbeddings: {m.Words, m.WordSize}}
	charCNNShapes(out, m.Chars, m.CharSize, m.CharFilters, m.Widths)
	lstmShapes(out, lstmName, m.WordSize+m.CharFilters*len(m.Widths), m.Hidden)
	denseShapes(out, feedForward, 2*m.Hidden, m.FeedForward)
	denseShapes(out, outputLayer, m.FeedForward, classes)
	return out
}

// TaggerShapes returns the shape of every weight of the tagger, by name.
func (m CNNBiLSTMCRF) TaggerShapes(classes int) map[string][]int {
	out := m.ClassifierShapes(classes)
	crfShapes(out, classes)
	return out
}

// Words is what a [CNNBiLSTMCRF] reads. The different words of a batch are given once each, as a list, since most come up
// again. The tagger's rows may hold several documents, one after the other; nothing that is computed of one depends on the
// others.
type Words struct {
	IDs       *Node // int32 [words], in the vocabulary
	Chars     *Node // int32 [words, chars]
	Counts    *Node // int32 [words], how many characters each has
	Tokens    *Node // int32 [rows, seq], which of the words stand where
	Documents *Node // int32 [rows, seq], which of its row's documents a word is of, from 0; below 0 is padding
}

// WordInputs is how many nodes [WordsIn] takes.
const WordInputs = 5

// WordsIn are the words that a program's first inputs hold, in the order of the fields.
func WordsIn(in []*Node) Words { return Words{in[0], in[1], in[2], in[3], in[4]} }

// Tag returns the CRF's emissions, [rows, seq, classes]; those of padding mean nothing. A nil Dropout is inference.
func (m CNNBiLSTMCRF) Tag(w Weights, words Words, drop *Dropout) *Node {
	return m.TaggerHead(w, words, drop).Logits // [rows, seq, classes]
}

// TaggerHead is the head that gives the emissions, [rows, seq, ...].
func (m CNNBiLSTMCRF) TaggerHead(w Weights, words Words, drop *Dropout) Head {
	states := m.states(w, words, drop)                                    // [seq, rows, 2·hidden]
	turned := func(x *Node) *Node { return TransposeAllAxes(x, 1, 0, 2) } // [rows, seq, ...]
	if w.noting() {
		return m.head(w, turned(states)) // [rows, seq, ...]
	}
	h := m.head(w, states) // [seq, rows, ...]
	return Head{Reads: turned(h.Reads), Last: turned(h.Last), Logits: turned(h.Logits)}
}

// Classify returns logits, [rows, classes], of rows with one document each.
func (m CNNBiLSTMCRF) Classify(w Weights, words Words, drop *Dropout) *Node {
	return m.ClassifierHead(w, words, drop).Logits // [rows, classes]
}

// ClassifierHead is the head that gives the logits, [rows, ...]; it reads the maximum over the words' states.
func (m CNNBiLSTMCRF) ClassifierHead(w Weights, words Words, drop *Dropout) Head {
	states := m.states(w, words, drop)                                  // [seq, rows, 2·hidden]
	real := GreaterOrEqual(words.Documents, ZerosLike(words.Documents)) // [rows, seq]
	real = ExpandAxes(TransposeAllAxes(real, 1, 0), -1)                 // [seq, rows, 1]
	mask := BroadcastToDims(real, states.Shape().Dimensions...)         // [seq, rows, 2·hidden]
	return m.head(w, maxOver(states, mask, 0))                          // [rows, ...]
}

// states are the LSTM's, [seq, rows, 2·hidden].
func (m CNNBiLSTMCRF) states(w Weights, words Words, drop *Dropout) *Node {
	tokens, documents := TransposeAllAxes(words.Tokens, 1, 0), TransposeAllAxes(words.Documents, 1, 0) // [seq, rows]
	if w.noting() {
		return biLSTM(w, lstmName, m.apart(w, words), nil, documents) // [seq, rows, 2·hidden]
	}
	x := Concatenate([]*Node{
		lookUp(w, WordEmbeddings, words.IDs), charCNN(w, words.Chars, words.Counts, m.Widths, 1),
	}, -1) // [words, size]
	if drop == nil {
		return biLSTM(w, lstmName, x, tokens, documents) // [seq, rows, 2·hidden]
	}
	x = drop.wordDropout(Gather(x, ExpandAxes(tokens, -1)), m.WordDropout) // [seq, rows, size]
	x = drop.lockedDropout(x, documents, m.LockedDropout)                  // [seq, rows, size]
	x = biLSTM(w, lstmName, x, nil, documents)                             // [seq, rows, 2·hidden]
	return drop.lockedDropout(x, documents, m.LockedDropout)               // [seq, rows, 2·hidden]
}

// apart is what the LSTM reads, computed for each place by itself: [seq, rows, size]. So what a word's features add to a
// gradient belongs to one row.
func (m CNNBiLSTMCRF) apart(w Weights, words Words) *Node {
	rows, seq := words.Tokens.Shape().Dim(0), words.Tokens.Shape().Dim(1)
	place := ExpandAxes(words.Tokens, -1)                                    // [rows, seq, 1]
	vectors := lookUp(w, WordEmbeddings, Gather(words.IDs, place))           // [rows, seq, size]
	chars := Reshape(Gather(words.Chars, place), rows*seq, -1)               // [rows·seq, chars]
	counts := Reshape(Gather(words.Counts, place), rows*seq)                 // [rows·seq]
	features := charCNN(w, chars, counts, m.Widths, rows)                    // [rows·seq, filters·len(widths)]
	x := Concatenate([]*Node{vectors, Reshape(features, rows, seq, -1)}, -1) // [rows, seq, size]
	return TransposeAllAxes(x, 1, 0, 2)                                      // [seq, rows, size]
}

func (m CNNBiLSTMCRF) head(w Weights, x *Node) Head { // [..., 2·hidden]
	return endIn(w, outputLayer, x, Tanh(Linear(w, feedForward, x))) // [..., classes]
}
