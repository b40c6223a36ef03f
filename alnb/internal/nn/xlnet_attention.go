package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// relations are what XLNet's attention knows of two tokens beside their states; all layers share them.
type relations struct {
	distances *Node // [2·seq, hidden], or [batch, 2·seq, hidden] where rows differ, as by dropout: see positions
	segments  *Node // [batch, 1, seq, seq], 1 where the two tokens are of different types
	bias      *Node // [batch, 1, seq, seq], added to scores so that nothing attends to other documents or padding
}

func (m XLNet) between(t Tokens, dtype dtypes.DType, drop *Dropout, perRow bool) relations {
	batch, seq := t.IDs.Shape().Dim(0), t.IDs.Shape().Dim(1)
	distances := m.positions(t.IDs.Graph(), seq) // [2·seq, hidden]
	if perRow || drop != nil && m.Dropout > 0 {
		distances = BroadcastToDims(ExpandAxes(distances, 0), batch, 2*seq, m.Hidden) // [batch, 2·seq, hidden]
		distances = drop.Apply(distances, m.Dropout)
	}
	differ := NotEqual(ExpandAxes(t.Types, 2), ExpandAxes(t.Types, 1)) // [batch, seq, seq]
	return relations{
		distances: distances,
		segments:  ExpandAxes(ConvertDType(differ, dtype), 1), // [batch, 1, seq, seq]
		bias:      attendTo(t.Within(), dtype),                // [batch, 1, seq, seq]
	}
}

// positions returns the vectors of the distances seq, seq−1, …, 1−seq: half sines, half cosines.
func (m XLNet) positions(g *Graph, seq int) *Node {
	inverse := make([]float32, m.Hidden/2) // in float32 as PyTorch: angles are large
	for i := range inverse {
		exponent := float32(2*i) / float32(m.Hidden)
		inverse[i] = 1 / float32(math.Pow(10000, float64(exponent)))
	}
	distance := AddScalar(Neg(Iota(g, shapes.Make(dtypes.Float32, 2*seq, 1), 0)), seq) // [2·seq, 1]
	if c := m.ClampLength; c > 0 {
		distance = MinScalar(MaxScalar(distance, -c), c) // [2·seq, 1]
	}
	angle := Mul(distance, ExpandAxes(Const(g, inverse), 0)) // [2·seq, hidden/2]
	return Concatenate([]*Node{Sin(angle), Cos(angle)}, -1)  // [2·seq, hidden]
}

// attention adds up three scores of a query and a key, by the key's content, by the distance between the two, and by
// whether they are of one segment. p is the prefix of its weights.
func (m XLNet) attention(w Weights, p string, x *Node, between relations, drop *Dropout) *Node {
	query := w.Of(p + "q")
	product := func(equation string, x, y *Node) *Node { return einsumIn(query.DType(), equation, x, y) }
	weigh := func(equation, part string, x *Node) *Node {
		y := product(equation, x, w.Of(p+part))
		w.note(Product, p+part, x, y)
		return y
	}
	q := weigh("bih,hnd->bind", "q", x) // [batch, seq, heads, size]
	k := weigh("bih,hnd->bind", "k", x) // [batch, seq, heads, size]
	v := weigh("bih,hnd->bind", "v", x) // [batch, seq, heads, size]
	biased := func(bias string) *Node {
		sum := Add(q, ExpandLeftToRank(w.Of(p+bias), 4)) // [batch, seq, heads, size]
		w.note(Sum, p+bias, nil, sum)
		return MulScalar(sum, 1/math.Sqrt(float64(m.size())))
	}
	scores := product("bind,bjnd->bnij", biased("r_w_bias"), k) // [batch, heads, seq, seq]

	var byDistance *Node // [batch, heads, seq, 2·seq]
	if between.distances.Rank() == 2 {
		r := product("ph,hnd->pnd", between.distances, w.Of(p+"r")) // [2·seq, heads, size]
		byDistance = product("bind,pnd->bnip", biased("r_r_bias"), r)
	} else {
		r := weigh("bph,hnd->bpnd", "r", between.distances) // [batch, 2·seq, heads, size]
		byDistance = product("bind,bpnd->bnip", biased("r_r_bias"), r)
	}
	scores = Add(scores, shift(byDistance)) // [batch, heads, seq, seq]

	// Python adds seg_embed[0] where two tokens are of one segment, [1] where not; a query's softmax sees the difference.
	embeddings := w.perRow(p+"seg_embed", x.Shape().Dim(0))                                   // [batch, 2, heads, size]
	segment := func(i int) *Node { return Slice(embeddings, AxisRange(), AxisRange(i, i+1)) } // [batch, 1, heads, size]
	other := Squeeze(Sub(segment(1), segment(0)), 1)                                          // [batch, heads, size]
	bySegment := product("bind,bnd->bni", biased("r_s_bias"), other)                          // [batch, heads, seq]
	scores = Add(scores, Mul(ExpandAxes(bySegment, -1), between.segments))                    // [batch, heads, seq, seq]

	weights := drop.Apply(Softmax(Add(scores, between.bias), -1), m.Dropout) // [batch, heads, seq, seq]
	mixed := product("bnij,bjnd->bind", weights, v)                          // [batch, seq, heads, size]
	return weigh("bind,hnd->bih", "o", mixed)                                // [batch, seq, hidden]
}

// shift turns scores by distance, column p for the distance seq−p, into scores by key: of query i and key j it takes
// the column seq−i+j, by reading the rows as if they were one shorter.
func shift(x *Node) *Node { // [batch, heads, seq, 2·seq]
	batch, heads, seq := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	x = Reshape(x, batch, heads, 2*seq, seq)                                  // [batch, heads, 2·seq, seq]
	x = Slice(x, AxisRange(), AxisRange(), AxisRange(1))                      // [batch, heads, 2·seq−1, seq]
	x = Reshape(x, batch, heads, seq, 2*seq-1)                                // [batch, heads, seq, 2·seq−1]
	return Slice(x, AxisRange(), AxisRange(), AxisRange(), AxisRange(0, seq)) // [batch, heads, seq, seq]
}
