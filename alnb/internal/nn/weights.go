package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Weights gives a graph function its parameters by the names they have in a Hugging Face checkpoint.
type Weights struct {
	of   func(name string) *Node
	uses *[]Use // what is noted of each use; nil notes nothing
}

// WeightsOf are weights that a function gives.
func WeightsOf(of func(name string) *Node) Weights { return Weights{of: of} }

// Of returns a weight.
func (w Weights) Of(name string) *Node { return w.of(name) }

// Noting returns the same weights, each use of which is noted in uses. Networks then compute the same numbers in such a way
// that what each row adds to a weight's gradient can be told from the others'; rows hold one document each.
func (w Weights) Noting(uses *[]Use) Weights { return Weights{w.of, uses} }

func (w Weights) noting() bool { return w.uses != nil }

// A Use is where a weight goes into what a network computes of a batch. What a row of the batch adds to the weight's gradient
// follows from the Input and from the gradient of the Output.
type Use struct {
	Kind      UseKind
	Weight    string
	Dims      []int // the weight's
	Input     *Node // nil in a Sum
	Output    *Node
	TimeFirst bool // Input and Output are [positions, batch, ...] instead of [batch, positions, ...]
}

// A UseKind is what a weight does.
type UseKind int

// The kinds. A row may have several positions, axis 1, or none: [batch, ...].
const (
	Product UseKind = iota // Input [batch, positions, in...] times the weight is Output [batch, positions, out...]
	Scaling                // Input [batch, positions, size] is multiplied by the weight [size], value by value
	Sum                    // the weight is added at each position; Output [batch, ..., the weight's dims...]
	Lookup                 // Output [batch, positions, size] are rows of the weight [n, size]; Input int32 [batch, positions]
)

func (w Weights) note(kind UseKind, name string, input, output *Node) {
	if w.noting() {
		*w.uses = append(*w.uses, Use{Kind: kind, Weight: name, Dims: w.Of(name).Shape().Dimensions, Input: input, Output: output})
	}
}

// noteFirstRow is note for a table of which only the first row is added at each position.
func (w Weights) noteFirstRow(name string, output *Node) {
	if w.noting() {
		w.note(Sum, name, nil, output)
		last := &(*w.uses)[len(*w.uses)-1]
		last.Dims = last.Dims[1:]
	}
}

// noteInTime is note for nodes whose first axis is time.
func (w Weights) noteInTime(kind UseKind, name string, input, output *Node) {
	if w.noting() {
		w.note(kind, name, input, output)
		(*w.uses)[len(*w.uses)-1].TimeFirst = true
	}
}

// perRow returns a weight for each row of a batch: [...] to [batch, ...].
func (w Weights) perRow(name string, batch int) *Node {
	weight := w.Of(name)
	rows := BroadcastToDims(ExpandAxes(weight, 0), append([]int{batch}, weight.Shape().Dimensions...)...) // [batch, ...]
	w.note(Sum, name, nil, rows)
	return rows
}
