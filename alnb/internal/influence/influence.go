// Package influence computes how much single documents pull at a network's weights: for each document of a batch, the squared
// norm of the gradient of its loss (TracIn's self-influence: Pruthi et al., "Estimating Training Data Influence by Tracing
// Gradient Descent", NeurIPS 2020). One backward pass serves the whole batch.
//
// It never makes a gradient by the weights. Of a dense layer y = x Wᵀ, a document with the positions l = 1…n has
//
//	‖∂ℓ/∂W‖² = ‖Σ_l δ_l x_lᵀ‖² = Σ_{l,m} (x_l·x_m)(δ_l·δ_m), δ_l = ∂ℓ/∂y_l,
//
// (Goodfellow, "Efficient Per-Example Gradient Computations", 2015; Li et al., "Large Language Models Can Be Strong
// Differentially Private Learners", ICLR 2022), and other uses of weights are like it: see [nn.Use].
package influence

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/alnb/alnb/alnb/internal/nn"
)

// SquaredNorms returns for each row of a batch the squared norm of the gradient of its loss by weights, float32 [batch]. loss
// is the sum of the rows' losses, none of which depends on other rows; uses are what was noted while it was computed; of the
// weights those that are named count. It panics where a weight that counts was used twice, or not at all.
func SquaredNorms(loss *Node, uses []nn.Use, weights []string) *Node {
	seen := make(map[string]bool)
	uses = slices.DeleteFunc(slices.Clone(uses), func(u nn.Use) bool { return !slices.Contains(weights, u.Weight) })
	outputs := make([]*Node, len(uses))
	for i, u := range uses {
		if seen[u.Weight] {
			panic(fmt.Errorf("influence: the weight %q is used twice; its gradients would have to be added before they are squared", u.Weight))
		}
		seen[u.Weight], outputs[i] = true, u.Output
	}
	for _, name := range weights {
		if !seen[name] {
			panic(fmt.Errorf("influence: nothing was noted of the use of the weight %q", name))
		}
	}
	var sum *Node // [batch]
	for i, gradient := range Gradient(loss, outputs...) {
		norms := squares(uses[i], gradient) // [batch]
		if sum == nil {
			sum = norms
		} else {
			sum = Add(sum, norms)
		}
	}
	return sum
}

// squares is what one use adds to the squared norms, [batch].
func squares(u nn.Use, gradient *Node) *Node {
	input := u.Input
	if u.TimeFirst {
		gradient = batchFirst(gradient)
		if input != nil {
			input = batchFirst(input)
		}
	}
	switch u.Kind {
	case nn.Product:
		return product(byPosition(input), byPosition(gradient))
	case nn.Scaling:
		return sum(Mul(input, gradient), u.Dims)
	case nn.Sum:
		return sum(gradient, u.Dims)
	case nn.Lookup:
		return lookup(Reshape(input, input.Shape().Dim(0), -1), byPosition(gradient), u.Dims[0])
	}
	panic(fmt.Errorf("influence: the weight %q has a use of the unknown kind %d", u.Weight, u.Kind))
}

// batchFirst turns [positions, batch, ...] into [batch, positions, ...].
func batchFirst(x *Node) *Node {
	axes := []int{1, 0}
	for axis := 2; axis < x.Rank(); axis++ {
		axes = append(axes, axis)
	}
	return TransposeAllAxes(x, axes...)
}

// byPosition is x with the axes [batch, positions, features]; without positions there is one.
func byPosition(x *Node) *Node {
	if x.Rank() == 2 {
		return ExpandAxes(x, 1)
	}
	return Reshape(x, x.Shape().Dim(0), x.Shape().Dim(1), -1)
}

// squaredNorm is Σ x² over all axes but the first.
func squaredNorm(x *Node) *Node {
	return ReduceSum(Reshape(Square(x), x.Shape().Dim(0), -1), -1) // [batch]
}

// product is ‖Σ_l x_l δ_lᵀ‖²: over pairs of positions or, where there are many, by way of the sum itself, whichever is less
// work. x is [batch, positions, in], δ [batch, positions, out].
func product(x, delta *Node) *Node {
	positions, in, out := x.Shape().Dim(1), x.Shape().Dim(2), delta.Shape().Dim(2)
	if positions*(in+out) > in*out {
		return squaredNorm(Einsum("bli,blo->bio", x, delta))
	}
	pairs := Mul(Einsum("bli,bmi->blm", x, x), Einsum("blo,bmo->blm", delta, delta)) // [batch, positions, positions]
	return ReduceSum(Reshape(pairs, pairs.Shape().Dim(0), -1), -1)                   // [batch]
}

// sum is ‖Σ_l δ_l‖²: δ is [batch, ..., dims...].
func sum(delta *Node, dims []int) *Node {
	size := 1
	for _, d := range dims {
		size *= d
	}
	return squaredNorm(ReduceSum(Reshape(delta, delta.Shape().Dim(0), -1, size), 1)) // [batch]
}

// lookup is Σ_r ‖Σ_{l: row r was looked up at l} δ_l‖², over pairs of positions with the same row, or by way of the sums where
// the table is shorter than the document. numbers are int32 [batch, positions], δ [batch, positions, size].
func lookup(numbers, delta *Node, rows int) *Node {
	batch, positions, size := delta.Shape().Dim(0), delta.Shape().Dim(1), delta.Shape().Dim(2)
	if rows < positions {
		row := Iota(numbers.Graph(), numbers.Shape(), 0)                                    // [batch, positions]
		place := Reshape(Add(numbers, MulScalar(row, float64(rows))), batch*positions, 1)   // [batch·positions, 1]
		sums := Zeros(delta.Graph(), withDims(delta, batch*rows, size))                     // [batch·rows, size]
		sums = ScatterSum(sums, place, Reshape(delta, batch*positions, size), false, false) // [batch·rows, size]
		return squaredNorm(Reshape(sums, batch, rows*size))
	}
	same := Equal(ExpandAxes(numbers, 2), ExpandAxes(numbers, 1)) // [batch, positions, positions]
	pairs := Einsum("bls,bms->blm", delta, delta)                 // [batch, positions, positions]
	pairs = Where(same, pairs, ZerosLike(pairs))                  // [batch, positions, positions]
	return ReduceSum(Reshape(pairs, batch, -1), -1)               // [batch]
}

func withDims(x *Node, dims ...int) shapes.Shape { return shapes.Make(x.DType(), dims...) }
