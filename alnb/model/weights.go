package model

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/pretrained"
)

// encoderOf builds the encoder's description out of config.json.
func encoderOf(c pretrained.Config) (nn.BERT, error) {
	b := nn.BERT{
		Variant: nn.Variant(c.ModelType),
		Layers:  c.Layers, Hidden: c.HiddenSize, Heads: c.Heads, Intermediate: c.IntermediateSize,
		Embedding: cmp.Or(c.EmbeddingSize, c.HiddenSize), Vocabulary: c.VocabSize, Positions: c.MaxPositions,
		TokenTypes: c.TypeVocabSize, Activation: nn.Activation(c.Activation), Epsilon: c.LayerNormEpsilon,
		HiddenDropout: c.HiddenDropout, AttentionDropout: c.AttentionDropout, ClassifierDropout: c.HiddenDropout,
	}
	if c.ClassifierDropout != nil {
		b.ClassifierDropout = *c.ClassifierDropout
	}
	return b, b.Activation.Supported()
}

// matchWeights returns the weights of a checkpoint by the names the graph uses, and the names of those that the
// checkpoint lacks and that are drawn at random: the head's. Any other that is missing, or has another shape than
// config.json says, is an error.
func matchWeights(folder *pretrained.Folder, variant nn.Variant, shapes map[string][]int) (map[string]pretrained.Tensor, []string, error) {
	found := make(map[string]pretrained.Tensor, len(shapes))
	var fresh []string
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		tensor, ok := lookUp(folder.Weights, variant.Prefix(), name)
		head := variant.InHead(name)
		switch {
		case !ok && head:
			fresh = append(fresh, name)
			continue
		case !ok:
			return nil, nil, fmt.Errorf("%s has no weight %q, which its config.json calls for", folder.Dir, name)
		case !slices.Equal(tensor.Dims, shapes[name]) && head: // a head for other classes: a new one is trained
			fresh = append(fresh, name)
			continue
		case !slices.Equal(tensor.Dims, shapes[name]):
			return nil, nil, fmt.Errorf("%s: the weight %q has the shape %v, its config.json calls for %v",
				folder.Dir, name, tensor.Dims, shapes[name])
		}
		found[name] = tensor
	}
	return found, fresh, nil
}

// lookUp finds a weight by its name in the model for sequence classification, in the encoder alone (no prefix) or in
// the first checkpoints, which call the norms' weights gamma and beta.
func lookUp(weights map[string]pretrained.Tensor, prefix, name string) (pretrained.Tensor, bool) {
	old := strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta").Replace(name)
	for _, candidate := range []string{name, strings.TrimPrefix(name, prefix), old, strings.TrimPrefix(old, prefix)} {
		if tensor, ok := weights[candidate]; ok {
			return tensor, true
		}
	}
	return pretrained.Tensor{}, false
}

// initialWeight draws a new layer's weight as transformers does: normal with the given deviation, biases 0.
func initialWeight(name string, dims []int, deviation float64, seed uint64) pretrained.Tensor {
	data := make([]float32, pretrained.Size(dims))
	if !strings.HasSuffix(name, ".bias") {
		stream := keyed.Key{Seed: seed, Purpose: "weights", ID: name}.Stream()
		for i := range data {
			data[i] = float32(stream.NormFloat64() * deviation)
		}
	}
	return pretrained.Tensor{Dims: dims, Data: data}
}

// finite tells whether all values are numbers: a training that diverged must not go on silently.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
