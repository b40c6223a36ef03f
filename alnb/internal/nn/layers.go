package nn

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// Linear is PyTorch's: x · Wᵀ + b, W [out, in].
func Linear(w Weights, name string, x *Node) *Node { // [..., in]
	weight := w.Of(name + ".weight") // [out, in]
	in := weight.DType()
	// The product has x's precision, that of its factors' gradients is the factors' own. GoMLX would take float32 for
	// both where factors are bfloat16, which takes twice the time; XLA's sums are float32 in any case.
	product := Dot(ConvertDType(x, in), weight).WithAccumulatorDType(in).WithOutputDType(x.DType())
	y := product.General([]int{-1}, nil, []int{1}, nil) // [..., out]
	w.note(Product, name+".weight", x, y)
	y = Add(y, ExpandLeftToRank(w.Of(name+".bias"), y.Rank())) // [..., out]
	w.note(Sum, name+".bias", nil, y)
	return y
}

// lookUp returns a table's rows of the given numbers: [n, size] and int32 [...] to [..., size].
func lookUp(w Weights, name string, numbers *Node) *Node {
	rows := Gather(w.Of(name), ExpandAxes(numbers, -1)) // [..., size]
	w.note(Lookup, name, numbers, rows)
	return rows
}

// layerNorm normalizes the last axis to mean 0 and variance 1 (biased, as in PyTorch), then scales and shifts.
func layerNorm(w Weights, name string, x *Node, epsilon float64) *Node { // [..., hidden]
	centered := Sub(x, ReduceAndKeep(x, ReduceMean, -1))               // [..., hidden]
	variance := ReduceAndKeep(Square(centered), ReduceMean, -1)        // [..., 1]
	x = Div(centered, Sqrt(AddScalar(variance, epsilon)))              // [..., hidden]
	scaled := Mul(x, ExpandLeftToRank(w.Of(name+".weight"), x.Rank())) // [..., hidden]
	w.note(Scaling, name+".weight", x, scaled)
	shifted := Add(scaled, ExpandLeftToRank(w.Of(name+".bias"), x.Rank())) // [..., hidden]
	w.note(Sum, name+".bias", nil, shifted)
	return shifted
}

// An Activation is one of the functions config.json may name in hidden_act.
type Activation string

// Supported tells whether the activation can be built.
func (a Activation) Supported() error {
	switch a {
	case "gelu", "gelu_new", "relu":
		return nil
	}
	return fmt.Errorf("hidden_act is %q; supported are gelu, gelu_new and relu", string(a))
}

func (a Activation) apply(x *Node) *Node {
	switch a {
	case "gelu": // exact: x · Φ(x)
		return Mul(x, MulScalar(AddScalar(Erf(MulScalar(x, 0.7071067811865476)), 1), 0.5))
	case "gelu_new": // the tanh approximation
		inner := MulScalar(Add(x, MulScalar(Mul(x, Square(x)), 0.044715)), 0.7978845608028654)
		return Mul(MulScalar(x, 0.5), AddScalar(Tanh(inner), 1))
	case "relu":
		return MaxScalar(x, 0)
	case "tanh": // only in heads
		return Tanh(x)
	}
	panic(a.Supported())
}
