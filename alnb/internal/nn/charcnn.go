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
// the characters' vectors, ReLU, and the maximum over all windows. chars are int32 [words, chars], counts int32 [words];
// the result is [words, filters·len(widths)].
//
// A window starts at each of a word's characters, zeros follow the last; so the result doesn't depend on the number of
// columns. A word without characters has one window, of zeros.
//
// There are few characters, and many places where they stand. So what each character gives to a window, at each of the
// window's places, is computed once, as a table; a window's sum is looked up in it.
//
// What is noted of the weights' uses takes the words for those of so many rows of a batch, one row after the other.
func charCNN(w Weights, chars, counts *Node, widths []int, rows int) *Node {
	g, columns := chars.Graph(), chars.Shape().Dim(1)
	column := Iota(g, shapes.Make(dtypes.Int32, chars.Shape().Dimensions...), 1)  // [words, chars]
	inWord := LessThan(column, ExpandAxes(counts, -1))                            // [words, chars]
	starts := ExpandAxes(LogicalOr(inWord, Equal(column, ZerosLike(column))), -1) // [words, chars, 1]
	none := w.Of(charEmbeddings).Shape().Dim(0)                                   // the table's last row, of zeros
	chars = Where(inWord, chars, Const(g, int32(none)))                           // [words, chars]
	most := 0
	for _, width := range widths {
		most = max(most, width)
	}
	if most > 1 {
		behind := BroadcastToDims(Const(g, int32(none)), chars.Shape().Dim(0), most-1) // [words, most-1]
		chars = Concatenate([]*Node{chars, behind}, 1)                                 // [words, chars+most-1]
	}
	var looked *Node // [words, chars+most-1, filters·Σwidths]
	if w.noting() {
		looked = charProducts(w, chars, widths, rows)
	} else {
		looked = Gather(charTable(w, widths), ExpandAxes(chars, -1))
	}
	var sums []*Node
	from := 0
	for _, width := range widths {
		bias := w.Of(charConvolution(width) + ".bias") // [filters]
		filters := bias.Shape().Size()
		sum := ExpandLeftToRank(bias, 3) // [1, 1, filters]
		for i := range width {
			sum = Add(Slice(looked, AxisRange(), AxisRange(i, i+columns), AxisRange(from, from+filters)), sum) // [words, chars, filters]
			from += filters
		}
		if w.noting() {
			byRow := Reshape(sum, rows, -1, filters) // [rows, words·chars, filters]
			w.note(Sum, charConvolution(width)+".bias", nil, byRow)
			sum = Reshape(byRow, sum.Shape().Dimensions...)
		}
		sums = append(sums, sum)
	}
	all := Concatenate(sums, -1)                               // [words, chars, filters·len(widths)]
	mask := BroadcastToDims(starts, all.Shape().Dimensions...) // [words, chars, filters·len(widths)]
	return MaxScalar(maxOver(all, mask, 1), 0)                 // [words, filters·len(widths)]
}

// charTable is what each character gives to a window of each width at each of its places, [chars+1, filters·Σwidths];
// the last row is zero.
func charTable(w Weights, widths []int) *Node {
	var parts []*Node
	for _, width := range widths {
		weight := TransposeAllAxes(w.Of(charConvolution(width)+".weight"), 2, 0, 1) // [width, filters, size]
		parts = append(parts, Reshape(weight, -1, weight.Shape().Dim(2)))           // [width·filters, size]
	}
	weights := Concatenate(parts, 0)                                                   // [filters·Σwidths, size]
	table := DotGeneral(w.Of(charEmbeddings), []int{1}, nil, weights, []int{1}, nil)   // [chars, filters·Σwidths]
	zeros := Zeros(table.Graph(), shapes.Make(table.DType(), 1, table.Shape().Dim(1))) // [1, filters·Σwidths]
	return Concatenate([]*Node{table, zeros}, 0)                                       // [chars+1, filters·Σwidths]
}

// charProducts is what a look-up in charTable gives, computed for each place by itself: [words, places] of numbers to [words,
// places, filters·Σwidths].
func charProducts(w Weights, chars *Node, widths []int, rows int) *Node {
	none := Const(chars.Graph(), int32(w.Of(charEmbeddings).Shape().Dim(0)))
	byRow := Reshape(chars, rows, -1)                                                            // [rows, words·places]
	inWord := LessThan(byRow, none)                                                              // [rows, words·places]
	x := lookUp(w, charEmbeddings, Where(inWord, byRow, ZerosLike(byRow)))                       // [rows, words·places, size]
	x = Where(BroadcastToDims(ExpandAxes(inWord, -1), x.Shape().Dimensions...), x, ZerosLike(x)) // [rows, words·places, size]
	var parts []*Node
	for _, width := range widths {
		name := charConvolution(width) + ".weight"
		weight := Reshape(TransposeAllAxes(w.Of(name), 2, 0, 1), -1, x.Shape().Dim(-1)) // [width·filters, size]
		y := DotGeneral(x, []int{-1}, nil, weight, []int{1}, nil)                       // [rows, words·places, width·filters]
		w.note(Product, name, x, y)
		parts = append(parts, y)
	}
	all := Concatenate(parts, -1)                                                        // [rows, words·places, filters·Σwidths]
	return Reshape(all, chars.Shape().Dim(0), chars.Shape().Dim(1), all.Shape().Dim(-1)) // [words, places, filters·Σwidths]
}
