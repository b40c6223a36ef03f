package plane

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/query"
)

// A Model is a classifier of points. An encoder whose weights stay as they were drawn makes each point a vector, as a
// pretrained encoder does a text; a head is trained on the labeled points. So points have embeddings before there is a
// label.
//
//	h = tanh(W (x, y) + b),  p = softmax(V (h, 1))
//
// With the same seed, labels and classes it is the same model.
type Model struct {
	classes int
	seed    uint64
	encoder [width][3]float64 // W and b
	head    []float64         // V: width + 1 weights a class
}

const (
	width   = 64  // of embeddings
	steep   = 0.9 // standard deviation of W
	shift   = 1.5 // of b
	dropped = 0.2 // share of h that dropout sets to 0
)

// Train trains a model of classes on labeled points. Without them it finds all classes equally probable.
func Train(labeled []query.Labeled, classes int, seed uint64) (*Model, error) {
	if classes < 2 {
		return nil, fmt.Errorf("plane: a model of %d classes; there are 2 or more", classes)
	}
	m := &Model{classes: classes, seed: seed, head: make([]float64, classes*(width+1))}
	draw := keyed.Key{Seed: seed, Purpose: "plane, encoder"}.Stream()
	for k := range m.encoder {
		m.encoder[k] = [3]float64{steep * draw.NormFloat64(), steep * draw.NormFloat64(), shift * draw.NormFloat64()}
	}
	docs, gold := make([]corpus.Document, len(labeled)), make([]int, len(labeled))
	for i, l := range labeled {
		if l.Class < 0 || l.Class >= classes {
			return nil, fmt.Errorf("plane: document %s has class %d, of %d", l.ID, l.Class, classes)
		}
		docs[i], gold[i] = l.Document, l.Class
	}
	at, err := points(docs)
	if err != nil || len(docs) == 0 {
		return m, err
	}
	return m, m.fit(docs, at, gold)
}

// encode returns h.
func (m *Model) encode(p Point) []float64 {
	h := make([]float64, width)
	for k, w := range m.encoder {
		h[k] = math.Tanh(w[0]*p.X + w[1]*p.Y + w[2])
	}
	return h
}

// predict returns the probabilities for an h, by the head that the training is at.
func (m *Model) predict(head, h []float64) []float64 {
	p := make([]float64, m.classes)
	for c := range p {
		weights := head[c*(width+1) : (c+1)*(width+1)]
		p[c] = floats.Dot(weights[:width], h) + weights[width]
	}
	largest, sum := floats.Max(p), 0.0
	for c := range p {
		p[c] = math.Exp(p[c] - largest)
		sum += p[c]
	}
	floats.Scale(1/sum, p)
	return p
}

// drop returns h with some of it set to 0, and the rest scaled up for it; the key says which.
func drop(h []float64, key keyed.Key) []float64 {
	draw, left := key.Stream(), make([]float64, len(h))
	for k := range h {
		if draw.Float64() >= dropped {
			left[k] = h[k] / (1 - dropped)
		}
	}
	return left
}
