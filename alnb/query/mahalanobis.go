package query

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/alnb/alnb/alnb/corpus"
)

// MahalanobisDistance scores a document by its distance from the nearest class of the labeled documents, in the space of
// the embeddings h (Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial
// Attacks", NeurIPS 2018; MD in Tsvigun et al. 2022, Eq. 1, without a root):
//
//	min_c (h − μ_c)ᵀ Σ⁻¹ (h − μ_c)
//
// with μ_c the mean of the labeled documents of class c, and Σ the covariance of all of them around the mean of their
// class. Few documents leave that singular, so it is shrunk towards a multiple of the identity (Ledoit and Wolf, "A
// Well-Conditioned Estimator for Large-Dimensional Covariance Matrices", 2004), as scikit-learn's LedoitWolf does. Where
// no class has two different documents, Σ is the identity.
//
// It needs an [Embedder] and labeled documents; spans have no class, so all lists of words are in one. It costs an
// embedding a document, dim²/2 multiplications each, and dim³ once.
type MahalanobisDistance struct{}

// Name implements Strategy.
func (MahalanobisDistance) Name() string { return "mahalanobis" }

// Check implements Checker.
func (MahalanobisDistance) Check(model any) error { return needs[Embedder](model, noEmbeddings) }

// Score implements Scorer.
func (m MahalanobisDistance) Score(ctx context.Context, request Request) ([]float64, error) {
	return prepareAndScore(ctx, m, request)
}

// Prepare implements Preparer.
func (m MahalanobisDistance) Prepare(ctx context.Context, request Request) (Scorer, error) {
	if len(request.Labeled) == 0 {
		return nil, errors.New("query: mahalanobis measures the distance from labeled documents, and there are none")
	}
	docs, classes := sorted(request.Labeled)
	g, err := newReader(request).gaussians(ctx, docs, classes)
	return preparedMahalanobis{m, g}, err
}

// preparedMahalanobis knows the labeled documents' classes.
type preparedMahalanobis struct {
	MahalanobisDistance
	classes *gaussians
}

// Score implements Scorer.
func (p preparedMahalanobis) Score(ctx context.Context, request Request) ([]float64, error) {
	reader := newReader(request)
	reader.dim = p.classes.dim
	scores := make([]float64, len(request.Docs))
	return scores, reader.embeddings(ctx, request.Docs, func(from int, rows [][]float32) error {
		return inParallel(ctx, len(rows), 16, func(a, b int) error {
			p.classes.distances(rows[a:b], scores[from+a:from+b])
			return nil
		})
	})
}

// gaussians are classes as normal distributions of one covariance Σ = UᵀU.
type gaussians struct {
	dim   int
	u     blas64.Triangular
	means [][]float64 // U⁻ᵀ μ_c
}

func (r *reader) gaussians(ctx context.Context, docs []corpus.Document, classes []int) (*gaussians, error) {
	centered := make([]float64, 0)
	err := r.embeddings(ctx, docs, func(_ int, rows [][]float32) error {
		for _, row := range rows {
			for _, x := range row {
				centered = append(centered, float64(x))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	dim := r.dim
	means := make(map[int][]float64)
	counts := make(map[int]float64)
	for i, c := range classes {
		if means[c] == nil {
			means[c] = make([]float64, dim)
		}
		counts[c]++
		for k := range dim {
			means[c][k] += centered[i*dim+k]
		}
	}
	g := &gaussians{dim: dim}
	for c, mean := range means {
		for k := range mean {
			mean[k] /= counts[c]
		}
		g.means = append(g.means, mean)
	}
	for i, c := range classes {
		for k := range dim {
			centered[i*dim+k] -= means[c][k]
		}
	}
	covariance, err := ledoitWolf(ctx, len(docs), dim, centered)
	if err != nil {
		return nil, err
	}
	if g.u, err = factor(covariance); err != nil {
		return nil, err
	}
	for _, mean := range g.means {
		g.solve(mean)
	}
	return g, nil
}

// ledoitWolf returns the shrunk covariance of n centered rows.
func ledoitWolf(ctx context.Context, n, dim int, rows []float64) (*mat.SymDense, error) {
	covariance := mat.NewSymDense(dim, nil)
	fourth := 0.0 // Σ |x|⁴
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := mat.NewVecDense(dim, rows[i*dim:(i+1)*dim])
		covariance.SymRankOne(covariance, 1/float64(n), x)
		length := mat.Dot(x, x)
		fourth += length * length
	}
	if dim == 1 {
		return covariance, nil
	}
	mean, square := mat.Trace(covariance)/float64(dim), math.Pow(mat.Norm(covariance, 2), 2)
	spread := (square - float64(dim)*mean*mean) / float64(dim)
	noise := min((fourth/float64(n)-square)/float64(dim)/float64(n), spread)
	if noise <= 0 {
		return covariance, nil
	}
	shrinkage := noise / spread
	covariance.ScaleSym(1-shrinkage, covariance)
	for k := range dim {
		covariance.SetSym(k, k, covariance.At(k, k)+shrinkage*mean)
	}
	return covariance, nil
}

// factor returns U with Σ = UᵀU. What no labeled document varies in would make all others infinitely far, so a
// covariance that is singular for all the shrinkage gets a little of the identity.
func factor(covariance *mat.SymDense) (blas64.Triangular, error) {
	dim := covariance.SymmetricDim()
	mean := mat.Trace(covariance) / float64(dim)
	if mean == 0 {
		for k := range dim {
			covariance.SetSym(k, k, 1)
		}
	}
	var cholesky mat.Cholesky
	for ridge := 1e-12 * mean; !cholesky.Factorize(covariance); ridge *= 10 {
		if !(ridge <= mean) || ridge == 0 {
			return blas64.Triangular{}, fmt.Errorf("query: the covariance of the labeled documents, of mean variance %g, can't be inverted", mean)
		}
		for k := range dim {
			covariance.SetSym(k, k, covariance.At(k, k)+ridge)
		}
	}
	var u mat.TriDense
	cholesky.UTo(&u)
	return u.RawTriangular(), nil
}

// solve replaces rows x by U⁻ᵀ x.
func (g *gaussians) solve(rows []float64) {
	blas64.Trsm(blas.Right, blas.NoTrans, 1, g.u, blas64.General{Rows: len(rows) / g.dim, Cols: g.dim, Stride: g.dim, Data: rows})
}

// distances writes the squared distance of each row from the nearest mean.
func (g *gaussians) distances(rows [][]float32, to []float64) {
	solved := make([]float64, 0, len(rows)*g.dim)
	for _, row := range rows {
		for _, x := range row {
			solved = append(solved, float64(x))
		}
	}
	g.solve(solved)
	for i := range rows {
		to[i] = math.Inf(1)
		for _, mean := range g.means {
			d := 0.0
			for k, x := range solved[i*g.dim : (i+1)*g.dim] {
				d += (x - mean[k]) * (x - mean[k])
			}
			to[i] = min(to[i], d)
		}
	}
}
