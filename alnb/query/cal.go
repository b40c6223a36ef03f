package query

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// CAL scores a document by how much the model contradicts itself about it and its nearest labeled documents (Margatina et
// al., "Active Learning by Acquiring Contrastive Examples", EMNLP 2021, Algorithm 1):
//
//	(1/k) Σ_{l ∈ k nearest labeled} KL(p(· | x_l) ‖ p(· | x))
//
// in nats, 0 or more. Nearest is by the Euclidean distance of embeddings of length 1, as in small-text, whose score is
// this one divided by the number of classes, and which looks for neighbors among the candidates too; the paper and we don't.
// A probability of 0 counts as the least that float32 has.
//
// It needs a [Predictor] that is an [Embedder], and labeled documents. It costs a prediction, an embedding and
// labeled × dim multiplications a document.
type CAL struct {
	Neighbors int `json:"neighbors,omitempty"` // k, 1 or more; 0 stands for 10
}

// Name implements Strategy.
func (CAL) Name() string { return "cal" }

// Check implements Checker.
func (c CAL) Check(model any) error {
	if c.Neighbors < 0 {
		return fmt.Errorf("neighbors is %d; it is 1 or more, 0 stands for 10", c.Neighbors)
	}
	if err := needs[Predictor](model, noProbabilities); err != nil {
		return err
	}
	return needs[Embedder](model, noEmbeddings)
}

// Score implements Scorer.
func (c CAL) Score(ctx context.Context, request Request) ([]float64, error) {
	return prepareAndScore(ctx, c, request)
}

// Prepare implements Preparer.
func (c CAL) Prepare(ctx context.Context, request Request) (Scorer, error) {
	if err := c.Check(request.Model); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if len(request.Labeled) == 0 {
		return nil, errors.New("query: cal compares documents with labeled ones, and there are none")
	}
	if c.Neighbors == 0 {
		c.Neighbors = 10
	}
	reader := newReader(request)
	labeled, _ := sorted(request.Labeled)
	p := &preparedCAL{CAL: c}
	var err error
	if p.labeled, err = reader.vectors(ctx, labeled, true); err != nil {
		return nil, err
	}
	return p, reader.probabilities(ctx, labeled, func(_ int, of [][]float32) error {
		p.rows = append(p.rows, of...)
		return nil
	})
}

// preparedCAL knows the labeled documents' embeddings and probabilities.
type preparedCAL struct {
	CAL
	labeled *vectors
	rows    [][]float32
}

// Score implements Scorer.
func (p *preparedCAL) Score(ctx context.Context, request Request) ([]float64, error) {
	reader := newReader(request)
	v := p.labeled
	reader.dim, reader.classes = v.dim, len(p.rows[0])
	k := min(p.Neighbors, v.n)
	neighbors := make([]int32, len(request.Docs)*k)
	err := reader.embeddings(ctx, request.Docs, func(from int, of [][]float32) error {
		return inParallel(ctx, len(of), block(v.n), func(a, b int) error {
			candidates := newVectors(b-a, v.dim)
			candidates.set(0, of[a:b], true)
			for i := range b - a {
				near := newNeighborhood(k)
				for j := range v.n {
					near.offer(candidates.distance(i, v, j), int32(j))
				}
				copy(neighbors[(from+a+i)*k:], near.index)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(request.Docs))
	return scores, reader.probabilities(ctx, request.Docs, func(from int, of [][]float32) error {
		return inParallel(ctx, len(of), 256, func(a, b int) error {
			for i := a; i < b; i++ {
				sum := 0.0
				for _, l := range neighbors[(from+i)*k : (from+i+1)*k] {
					sum += divergence(p.rows[l], of[i])
				}
				scores[from+i] = sum / float64(k)
			}
			return nil
		})
	})
}

// divergence is KL(p ‖ q).
func divergence(p, q []float32) float64 {
	d := 0.0
	for k := range p {
		if p[k] > 0 {
			d += float64(p[k]) * math.Log(float64(p[k])/max(float64(q[k]), math.SmallestNonzeroFloat32))
		}
	}
	return d
}

// neighborhood keeps the k smallest distances, in order; of equal ones those offered first.
type neighborhood struct {
	distance []float64
	index    []int32
}

func newNeighborhood(k int) *neighborhood {
	return &neighborhood{distance: make([]float64, 0, k), index: make([]int32, 0, k)}
}

func (n *neighborhood) offer(distance float64, index int32) {
	last := len(n.distance)
	if last == cap(n.distance) {
		if last == 0 || distance >= n.distance[last-1] {
			return
		}
		last--
	} else {
		n.distance, n.index = append(n.distance, 0), append(n.index, 0)
	}
	for ; last > 0 && distance < n.distance[last-1]; last-- {
		n.distance[last], n.index[last] = n.distance[last-1], n.index[last-1]
	}
	n.distance[last], n.index[last] = distance, index
}
