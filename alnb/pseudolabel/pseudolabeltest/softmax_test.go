package pseudolabeltest

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// Self-influence is the squared norm of the loss's gradient: by finite differences over every weight.
func TestSelfInfluence(t *testing.T) {
	opened, err := Words{Settings{Epochs: 3, Rate: 0.5}}.OpenTagger(t.Context(), []string{"PER"})
	if err != nil {
		t.Fatal(err)
	}
	m := opened.(*WordTagger)
	docs := []corpus.Tagged{
		{ID: "a", Words: []string{"Ada", "met", "Ada", "Byron"}, Spans: []corpus.Span{{Start: 0, End: 1, Type: "PER"}, {Start: 2,
			End: 4, Type: "PER"}}},
		{ID: "b", Words: []string{"nobody", "came"}},
	}
	if _, err := m.Train(t.Context(), docs, learner.Run{}); err != nil {
		t.Fatal(err)
	}
	norms, err := m.SelfInfluence(t.Context(), docs, nil, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range m.groups(docs) {
		want, weights := 0.0, 0
		for _, feature := range slices.Collect(maps.Keys(m.Weights)) {
			for k := range m.Weights[feature] {
				const h = 1e-5
				w := &m.Weights[feature][k]
				*w += h
				up := m.loss(g)
				*w -= 2 * h
				down := m.loss(g)
				*w += h
				want += math.Pow((up-down)/(2*h), 2)
				weights++
			}
		}
		if weights < 30 || math.Abs(norms[i]-want) > 1e-6*want {
			t.Errorf("document %d: %g, by %d finite differences %g", i, norms[i], weights, want)
		}
	}
}
