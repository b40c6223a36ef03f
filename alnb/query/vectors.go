package query

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

// vectors are the rows of a matrix in one piece. Each begins at a multiple of 16 bytes and has zeros behind it: there
// gonum adds in one order whatever the row.
type vectors struct {
	n, dim, stride int
	data           []float32
	norms          []float64 // squared lengths
}

func newVectors(n, dim int) *vectors {
	stride := (dim + 3) &^ 3
	return &vectors{n: n, dim: dim, stride: stride, data: make([]float32, n*stride), norms: make([]float64, n)}
}

func (v *vectors) row(i int) []float32 { return v.data[i*v.stride : (i+1)*v.stride] }

// set copies rows to the positions from on, at length 1 where normalized; the zero vector stays.
func (v *vectors) set(from int, rows [][]float32, normalized bool) {
	for i, row := range rows {
		to := v.row(from + i)
		copy(to, row)
		v.norms[from+i] = dot(to, to)
		if normalized && v.norms[from+i] > 0 {
			length := math.Sqrt(v.norms[from+i])
			for k := range to {
				to[k] = float32(float64(to[k]) / length)
			}
			v.norms[from+i] = dot(to, to)
		}
	}
}

// join returns the rows of both.
func join(a, b *vectors) *vectors {
	if a.n == 0 {
		return b
	}
	return &vectors{n: a.n + b.n, dim: b.dim, stride: b.stride,
		data: append(append(make([]float32, 0, len(a.data)+len(b.data)), a.data...), b.data...), norms: append(append([]float64(nil), a.norms...), b.norms...)}
}

// distance returns the squared Euclidean distance between row i and row j of w.
func (v *vectors) distance(i int, w *vectors, j int) float64 {
	return difference(v.norms[i], w.norms[j], dot(v.row(i), w.row(j)))
}

// difference returns |x|² + |y|² − 2 x·y, with what is only rounding of equal vectors taken as 0.
func difference(x, y, product float64) float64 {
	d := x + y - 2*product
	if d < 1e-13*(x+y) {
		return 0
	}
	return d
}

// dot adds up in float64.
func dot(x, y []float32) float64 {
	return blas32.DDot(blas32.Vector{N: len(x), Inc: 1, Data: x}, blas32.Vector{N: len(y), Inc: 1, Data: y})
}

// fastDot adds up in float32, in eight sums and in half the time.
func fastDot(x, y []float32) float32 {
	return blas32.Dot(blas32.Vector{N: len(x), Inc: 1, Data: x}, blas32.Vector{N: len(y), Inc: 1, Data: y})
}

// block is how many rows to work on between two looks at the context, where each takes this many products of vectors.
func block(products int) int { return max(1, 16384/max(1, products)) }
