package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/pretrained"
)

// matchWeights returns the weights of a checkpoint by the names the graph uses, without those of the head that the
// checkpoint lacks. The layer that gives the classes is left out where keepClasses is false. Any other weight that is
// missing, or has another shape than config.json says, is an error.
func matchWeights(folder *pretrained.Folder, encoder nn.Encoder, shapes map[string][]int, ofClasses func(name string) bool, keepClasses bool) (map[string]pretrained.Tensor, error) {
	found := make(map[string]pretrained.Tensor, len(shapes))
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		if ofClasses(name) && !keepClasses {
			continue
		}
		tensor, ok := lookUp(folder.Weights, encoder.Prefix(), name)
		switch {
		case !ok && encoder.InHead(name):
			continue
		case !ok && forPretraining(encoder, name):
			tensor = pretrained.Tensor{Dims: shapes[name], Data: make([]float32, pretrained.Size(shapes[name]))}
		case !ok:
			return nil, fmt.Errorf("%s has no weight %q, which its config.json calls for", folder.Dir, name)
		case !slices.Equal(tensor.Dims, shapes[name]):
			return nil, fmt.Errorf("%s: the weight %q has the shape %v, its config.json calls for %v",
				folder.Dir, name, tensor.Dims, shapes[name])
		}
		found[name] = tensor
	}
	return found, nil
}

// forPretraining tells whether a weight has no part in what is computed here; PyTorch has no gradient for it.
func forPretraining(encoder nn.Encoder, name string) bool { return name == encoder.Prefix()+"mask_emb" }

// lookUp finds a weight by its name in the model with a head, in the encoder alone (no prefix) or in the first
// checkpoints, which call the norms' weights gamma and beta.
func lookUp(weights map[string]pretrained.Tensor, prefix, name string) (pretrained.Tensor, bool) {
	old := strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta",
		"layer_norm.weight", "layer_norm.gamma", "layer_norm.bias", "layer_norm.beta").Replace(name)
	for _, candidate := range []string{name, strings.TrimPrefix(name, prefix), old, strings.TrimPrefix(old, prefix)} {
		if tensor, ok := weights[candidate]; ok {
			return tensor, true
		}
	}
	return pretrained.Tensor{}, false
}

// normalWeight draws a new layer's weight as transformers does: normal with the given deviation, biases 0.
func normalWeight(name string, dims []int, deviation float64, seed uint64) pretrained.Tensor {
	data := make([]float32, pretrained.Size(dims))
	if !strings.HasSuffix(name, ".bias") {
		stream := weightStream(name, seed)
		for i := range data {
			data[i] = float32(stream.NormFloat64() * deviation)
		}
	}
	return pretrained.Tensor{Dims: dims, Data: data}
}

func weightStream(name string, seed uint64) *rand.Rand {
	return keyed.Key{Seed: seed, Purpose: "weights", ID: name}.Stream()
}
