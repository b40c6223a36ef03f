package nn

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Each family drops out where Hugging Face's does: fixtures with dropout off don't show that.
func TestDropoutSites(t *testing.T) {
	const layers = 3
	bert := func(variant Variant) BERT {
		return BERT{
			Variant: variant, Layers: layers, Hidden: 4, Heads: 2, Intermediate: 6, Embedding: 4, Vocabulary: 5, Positions: 8, TokenTypes: 2,
			Activation: "gelu", Epsilon: 1e-12, HiddenDropout: 0.1, AttentionDropout: 0.1, ClassifierDropout: 0.1,
		}
	}
	distilbert := bert(DistilBERT)
	distilbert.TokenTypes = 0
	xlnet := XLNet{
		Layers: layers, Hidden: 4, Heads: 2, Intermediate: 6, Vocabulary: 5, Activation: "gelu", Epsilon: 1e-12, Dropout: 0.1,
		Summary: Summary{Type: "last", Project: true, Activation: "tanh", FirstDropout: 0.1, LastDropout: 0.1},
	}
	for name, test := range map[string]struct {
		encoder       Encoder
		classify, tag int
	}{
		"BERT":       {bert(PlainBERT), 1 + 3*layers + 1, 1 + 3*layers + 1}, // embeddings; attention, its output, the block's; head
		"DistilBERT": {distilbert, 1 + 2*layers + 1, 1 + 2*layers + 1},      // none on attention's output
		"ELECTRA":    {bert(ELECTRA), 1 + 3*layers + 2, 1 + 3*layers + 1},   // twice in the classifier's head
		"XLNet":      {xlnet, 2 + 4*layers + 3, 2 + 4*layers + 1},           // words, positions; attention, its output, the two layers'; the last states
	} {
		count := func(of func(w Weights, t Tokens, drop *Dropout) Head) int {
			var sites uint32
			_, err := CallOnce(backend(t), func(key *Node) *Node {
				g := key.Graph()
				drop := NewDropout(key)
				w := WeightsOf(func(name string) *Node {
					dims, ok := test.encoder.ClassifierShapes(3)[name]
					if !ok {
						dims = test.encoder.TaggerShapes(3)[name]
					}
					return Ones(g, shapes.Make(dtypes.Float32, dims...))
				})
				ids := Zeros(g, shapes.Make(dtypes.Int32, 2, 4))
				out := of(w, Tokens{IDs: ids, Types: ids, Documents: ids, Positions: ids, Slots: 1}, drop)
				sites = drop.sites
				return out.Logits
			}, tensors.FromFlatDataAndDimensions([]uint32{1, 2}, 2))
			if err != nil {
				t.Fatal(err)
			}
			return int(sites)
		}
		if got := count(test.encoder.ClassifierHead); got != test.classify {
			t.Errorf("%s as a classifier drops out at %d places, want %d", name, got, test.classify)
		}
		if got := count(test.encoder.TaggerHead); got != test.tag {
			t.Errorf("%s as a tagger drops out at %d places, want %d", name, got, test.tag)
		}
	}
}
