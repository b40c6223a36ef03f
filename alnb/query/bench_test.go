package query_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
)

// held is a model whose answers lie ready, in the order of the documents.
type held struct {
	index                     map[string]int // nil: documents are asked for in order
	probabilities, embeddings [][]float32
	taggings                  []learner.Tagging
	next                      int
}

func (h *held) Probabilities(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	h.next += len(docs)
	return h.probabilities[h.next-len(docs) : h.next], nil
}

func (h *held) Tag(_ context.Context, docs []corpus.Tagged, _ func(int)) ([]learner.Tagging, error) {
	h.next += len(docs)
	return h.taggings[h.next-len(docs) : h.next], nil
}

func (h *held) Embeddings(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, doc := range docs {
		rows[i] = h.embeddings[h.index[doc.ID]]
	}
	return rows, nil
}

func (h *held) LastLayer(ctx context.Context, docs []corpus.Document, _ func(int)) (p, x [][]float32, err error) {
	x, _ = h.Embeddings(ctx, docs, nil)
	for _, doc := range docs {
		p = append(p, h.probabilities[h.index[doc.ID]])
	}
	return p, x, nil
}

func benchmarkPool(n, classes, dim int) (*held, []corpus.Document) {
	stream := rand.New(rand.NewPCG(1, 2))
	docs, h := make([]corpus.Document, n), &held{}
	data := make([]float32, n*classes)
	h.probabilities, h.taggings = make([][]float32, n), make([]learner.Tagging, n)
	for i := range docs {
		docs[i].ID = fmt.Sprintf("%016x", stream.Uint64())
		row, sum := data[i*classes:(i+1)*classes], float32(0)
		for k := range row {
			row[k] = float32(stream.ExpFloat64())
			sum += row[k]
		}
		for k := range row {
			row[k] /= sum
		}
		h.probabilities[i] = row
		h.taggings[i] = learner.Tagging{Path: -20 * float64(1-row[0]), Counted: 20}
	}
	if dim == 0 {
		return h, docs
	}
	h.index, h.embeddings = make(map[string]int, n), make([][]float32, n)
	centers := make([][]float64, 60)
	for j := range centers {
		centers[j] = make([]float64, dim)
		for k := range centers[j] {
			centers[j][k] = stream.NormFloat64()
		}
	}
	for i := range docs {
		h.index[docs[i].ID], h.embeddings[i] = i, make([]float32, dim)
		for k, x := range centers[stream.IntN(len(centers))] {
			h.embeddings[i][k] = float32(x + stream.NormFloat64())
		}
	}
	return h, docs
}

// peak returns the most that the heap held above what it holds now.
func peak(do func()) float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	var most atomic.Uint64
	stop, done := make(chan bool), make(chan bool)
	go func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapAlloc))
			select {
			case <-stop:
				close(done)
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	do()
	close(stop)
	<-done
	return (float64(most.Load()) - float64(before)) / 1e6
}

// A million rows of four probabilities, a hundred chosen.
func BenchmarkMillion(b *testing.B) {
	h, docs := benchmarkPool(1_000_000, 4, 0)
	for _, strategy := range []query.Strategy{query.Random{}, query.LeastConfident{}, query.Margin{}, query.PredictionEntropy{}, query.MNLP{}} {
		b.Run(strategy.Name(), func(b *testing.B) {
			most := 0.0
			for b.Loop() {
				h.next = 0
				most = max(most, peak(func() {
					r := query.Request{Docs: docs, Model: h, Budget: query.Docs(100), Key: keyed.Key{Seed: 1, Purpose: "query"}}
					if _, err := query.Propose(b.Context(), strategy, r); err != nil {
						b.Fatal(err)
					}
				}))
			}
			b.ReportMetric(most, "peak-MB")
		})
	}
}

// 10,000 embeddings of 384 numbers and 300 labeled ones, a hundred chosen.
func BenchmarkPart(b *testing.B) {
	h, docs := benchmarkPool(10_300, 4, 384)
	var labeled []query.Labeled
	for i, doc := range docs[:300] {
		labeled = append(labeled, query.Labeled{Document: doc, Class: i % 4})
	}
	for _, strategy := range []query.Strategy{query.CoreSet{}, query.BADGE{}, query.KMeans{}, query.TypiClust{}, query.MahalanobisDistance{}} {
		b.Run(strategy.Name(), func(b *testing.B) {
			for b.Loop() {
				r := query.Request{Docs: docs[300:], Labeled: labeled, Model: h, Budget: query.Docs(100), Key: keyed.Key{Seed: 1, Purpose: "query"}}
				if _, err := query.Propose(b.Context(), strategy, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
