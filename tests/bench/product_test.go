package main

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/alnb/alnb/alnb/model"
)

// BenchmarkProduct is XLA's bare matrix product [m, k] × [k, n]; bench runs it for the machine's peak.
func BenchmarkProduct(b *testing.B) {
	backend, err := model.Backend()
	if err != nil {
		b.Skip(err)
	}
	for _, shape := range products {
		for _, precision := range precisions {
			dtype := dtypes.Float32
			if precision.bfloat16 {
				dtype = dtypes.BFloat16
			}
			m, k, n := shape[0], shape[1], shape[2]
			b.Run(fmt.Sprintf("%dx%dx%d/%s", m, k, n, precision.name), func(b *testing.B) {
				ones := graph.MustNewExec(backend, func(x *graph.Node) *graph.Node { return graph.OnesLike(x) })
				x := ones.MustCall(tensors.FromShape(shapes.Make(dtype, m, k)))[0]
				y := ones.MustCall(tensors.FromShape(shapes.Make(dtype, k, n)))[0]
				product := graph.MustNewExec(backend, func(x, y *graph.Node) *graph.Node { return graph.MatMul(x, y) })
				product.MustCall(x, y) // compiles
				for b.Loop() {
					for _, out := range product.MustCall(x, y) {
						out.MustFinalizeAll()
					}
				}
				b.ReportMetric(2e-9*float64(m*k*n)*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
			})
		}
	}
}
