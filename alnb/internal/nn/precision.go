package nn

import (
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// InBfloat16 returns the weights with those of dense layers in bfloat16: then the products of these layers and of
// attention are computed in bfloat16, while parameters, sums, norms, softmax and losses stay in float32.
func InBfloat16(w Weights) Weights {
	return Weights{func(name string) *Node {
		weight := w.Of(name)
		if weight.Rank() < 2 || !isDense(name) {
			return weight
		}
		return ConvertDType(weight, dtypes.BFloat16)
	}, w.uses}
}

// isDense tells whether a weight of two axes or more is multiplied with activations: by linear, or in XLNet's attention.
func isDense(name string) bool {
	if strings.Contains(name, "embed") || strings.HasSuffix(name, "_bias") {
		return false
	}
	return strings.HasSuffix(name, ".weight") || strings.Contains(name, ".rel_attn.")
}

// einsumIn is the product of two activations in a precision, converted back to that of x.
func einsumIn(precision dtypes.DType, equation string, x, y *Node) *Node {
	return ConvertDType(Einsum(equation, ConvertDType(x, precision), ConvertDType(y, precision)), x.DType())
}
