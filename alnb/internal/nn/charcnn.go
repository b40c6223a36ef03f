package nn

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

const charEmbeddings = "char_embeddings.weight" // [chars, size]

// charConvolution names the convolution of a width: its weight is [filters, size, width], as in torch.nn.Conv1d.
func charConvolution(width int) string { return fmt.Sprintf("char_convolutions.%d", width) }

func charCNNShapes(shapes map[string][]int, chars, size, filters int, widths []int) {
	shapes[charEmbeddings] = []int{chars, size}
	for _, width := range widths {
		shapes[charConvolution(width)+".weight"] = []int{filters, size, width}
		shapes[charConvolution(width)+".bias"] = []int{filters}
	}
}

// charCNN computes words' features from their characters, after Ma and Hovy (ACL 2016): convolutions of some widths over
// the characters' vectors, ReLU, and the maximum over all windows. chars are int32 [batch, seq, chars], counts int32
// [batch, seq]; the result is [batch, seq, filters·len(widths)].
//
// A window starts at each of a word's characters, zeros follow the last; so the result doesn't depend on the number of
// columns. A word without characters (padding, too) has one window, of zeros.
func charCNN(w Weights, chars, counts *Node, widths []int) *Node {
	g, dims := chars.Graph(), chars.Shape().Dimensions
	vectors := Gather(w(charEmbeddings), ExpandAxes(chars, -1))                   // [batch, seq, chars, size]
	column := Iota(g, shapes.Make(dtypes.Int32, dims...), 2)                      // [batch, seq, chars]
	inWord := LessThan(column, ExpandAxes(counts, -1))                            // [batch, seq, chars]
	vectors = Mul(vectors, ExpandAxes(ConvertDType(inWord, vectors.DType()), -1)) // [batch, seq, chars, size]
	starts := LogicalOr(inWord, Equal(column, ZerosLike(column)))                 // [batch, seq, chars]
	var features []*Node
	for _, width := range widths {
		sums := convolve(w, charConvolution(width), vectors, width)                 // [batch, seq, chars, filters]
		mask := BroadcastToDims(ExpandAxes(starts, -1), sums.Shape().Dimensions...) // [batch, seq, chars, filters]
		features = append(features, MaxScalar(maxOver(sums, mask, 2), 0))           // [batch, seq, filters]
	}
	return Concatenate(features, -1) // [batch, seq, filters·widths]
}

// convolve is torch.nn.Conv1d over the axis before the last, x [..., length, in], with width−1 zeros behind the end: one
// product of all windows.
func convolve(w Weights, name string, x *Node, width int) *Node {
	weight := w(name + ".weight")                                                  // [out, in, width]
	weight = Reshape(TransposeAllAxes(weight, 0, 2, 1), weight.Shape().Dim(0), -1) // [out, width·in]
	end := x.Shape().Clone()
	length := end.Dim(-2)
	end.Dimensions[x.Rank()-2] = width - 1
	if width > 1 {
		x = Concatenate([]*Node{x, Zeros(x.Graph(), end)}, -2) // [..., length+width-1, in]
	}
	var windows []*Node
	for i := range width {
		windows = append(windows, Slice(x, AxisRange().Spacer(), AxisRange(i, i+length), AxisRange())) // [..., length, in]
	}
	joined := ConvertDType(Concatenate(windows, -1), weight.DType())                           // [..., length, width·in]
	sums := ConvertDType(DotGeneral(joined, []int{-1}, nil, weight, []int{1}, nil), x.DType()) // [..., length, out]
	return Add(sums, ExpandLeftToRank(w(name+".bias"), sums.Rank()))                           // [..., length, out]
}
