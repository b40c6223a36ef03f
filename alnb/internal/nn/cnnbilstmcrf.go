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

// Tag returns the CRF's emissions, [batch, seq, classes]; those of padding mean nothing. words are int32 [batch, seq],
// chars int32 [batch, seq, chars], charCounts int32 [batch, seq], lengths int32 [batch], at least 1. A nil Dropout is
// inference.
func (m CNNBiLSTMCRF) Tag(w Weights, words, chars, charCounts, lengths *Node, drop *Dropout) *Node {
	return m.head(w, m.states(w, words, chars, charCounts, lengths, drop)) // [batch, seq, classes]
}

// Classify returns logits, [batch, classes], from what Tag reads.
func (m CNNBiLSTMCRF) Classify(w Weights, words, chars, charCounts, lengths *Node, drop *Dropout) *Node {
	states := m.states(w, words, chars, charCounts, lengths, drop)              // [batch, seq, 2·hidden]
	real := TransposeAllAxes(realTokens(states.Shape().Dim(1), lengths), 1, 0)  // [batch, seq]
	mask := BroadcastToDims(ExpandAxes(real, -1), states.Shape().Dimensions...) // [batch, seq, 2·hidden]
	return m.head(w, maxOver(states, mask, 1))                                  // [batch, classes]
}

// states are the LSTM's, [batch, seq, 2·hidden].
func (m CNNBiLSTMCRF) states(w Weights, words, chars, charCounts, lengths *Node, drop *Dropout) *Node {
	x := Concatenate([]*Node{
		Gather(w(WordEmbeddings), ExpandAxes(words, -1)),
		charCNN(w, chars, charCounts, m.Widths),
	}, -1) // [batch, seq, size]
	x = drop.lockedDropout(drop.wordDropout(x, m.WordDropout), m.LockedDropout)
	return drop.lockedDropout(biLSTM(w, lstmName, x, lengths), m.LockedDropout) // [batch, seq, 2·hidden]
}

func (m CNNBiLSTMCRF) head(w Weights, x *Node) *Node { // [..., 2·hidden]
	return Linear(w, outputLayer, Tanh(Linear(w, feedForward, x))) // [..., classes]
}
