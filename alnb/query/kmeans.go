package query

import (
	"cmp"
	"context"
	"slices"
)

// KMeans chooses documents that stand for the pool: with as many clusters of embeddings as documents are asked for, the
// document of each cluster that is nearest to its center, that of the largest cluster first (Yuan, Lin and Boyd-Graber,
// "Cold-Start Active Learning through Self-Supervised Language Modeling", EMNLP 2020, where it is BERT-KM; EmbeddingKMeans
// in small-text). Embeddings are set to length 1 first. Where documents are asked for by their words, there are as many
// clusters as the words should buy, and the second nearest of each cluster follow if they don't suffice.
//
// It needs an [Embedder], and no labels. It compares Part documents with each other, and costs an embedding and
// chosen × dim multiplications for each of them and each of up to 50 iterations.
type KMeans struct {
	Part int    `json:"part,omitempty"` // documents of the pool that are looked at, 1 or more; 0 stands for 10,000
	By   string `json:"by,omitempty"`   // which these are: ByRandom, the default, or ByUncertainty
}

// Name implements Strategy.
func (KMeans) Name() string { return "kmeans" }

// Check implements Checker.
func (s KMeans) Check(model any) error {
	if err := checkPart(s.Part, s.By, model); err != nil {
		return err
	}
	return needs[Embedder](model, noEmbeddings)
}

// Select implements Selector.
func (s KMeans) Select(ctx context.Context, request Request) ([]int, error) {
	reader := newReader(request)
	positions, err := part(ctx, reader, request, s.Part, s.By)
	if err != nil || len(positions) == 0 {
		return nil, err
	}
	v, err := reader.vectors(ctx, at(request.Docs, positions), true)
	if err != nil {
		return nil, err
	}
	b := newBatch(request, positions)
	k := b.expected()
	if k == v.n {
		return positions, nil
	}
	c, err := kMeans(ctx, v, k, purpose(request.Key, "kmeans").Stream())
	if err != nil {
		return nil, err
	}
	order := c.bySize()
	for _, j := range order {
		slices.SortFunc(c.members[j], func(a, b int) int { return cmp.Or(cmp.Compare(c.distance[a], c.distance[b]), a-b) })
	}
	for round := 0; ; round++ {
		for _, j := range order {
			if b.full() {
				return b.chosen, nil
			}
			if round < len(c.members[j]) {
				b.take(c.members[j][round])
			}
		}
	}
}
