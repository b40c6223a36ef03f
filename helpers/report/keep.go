package report

import (
	"fmt"
	"math"

	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/helpers/chart"
)

// ranked is how many documents are ranked for a curve.
const ranked = 2000

// KeepChart draws with which probability a query scores a document, by its place in the ranking. FullQueries are left
// out of it.
func KeepChart(samplers ...subsample.UPS) (chart.Lines, error) {
	l := chart.Lines{
		Title: "Which documents UPS scores", XLabel: "place in the ranking, as a share of the pool (0: most uncertain)",
		YLabel: "probability of being scored",
	}
	pool := subsample.Pool{IDs: make([]string, ranked), Stale: make([]float64, ranked)}
	for i := range ranked {
		pool.IDs[i], pool.Stale[i] = fmt.Sprint(i), float64(ranked-i)
	}
	end := 0.0
	for _, u := range samplers {
		end = max(end, min(1, u.Gamma+6*u.T+0.05)) // from there on, nothing is to be seen
	}
	for _, u := range samplers {
		u.FullQueries = nil
		p, err := u.KeepProbabilities(pool)
		if err != nil {
			return l, err
		}
		s := chart.Series{Name: fmt.Sprintf("γ = %g, T = %g", u.Gamma, u.T)}
		last := -1
		for _, at := range []float64{-u.Gamma, 0, 0.5 * u.T, u.T, 1.5 * u.T, 2 * u.T, 3 * u.T, 4 * u.T, 6 * u.T, end - u.Gamma} {
			rank := min(int(math.Round((u.Gamma+at)*ranked)), ranked-1)
			if rank == last {
				rank = min(rank+1, ranked-1) // T = 0 falls from one document to the next
			}
			if rank <= last || float64(rank) > end*ranked {
				continue
			}
			last = rank
			s.X, s.Y = append(s.X, float64(rank)/ranked), append(s.Y, p[rank])
		}
		l.Series = append(l.Series, s)
	}
	return l, nil
}

// KeepTable says how many documents of a pool a query scores on average.
func KeepTable(pool int, samplers ...subsample.UPS) (chart.Table, error) {
	t := chart.Table{
		Caption: "What a query scores on average",
		Columns: []chart.Column{
			{Name: "γ", Numbers: true}, {Name: "T", Numbers: true}, {Name: "Share of the pool", Numbers: true},
			{Name: fmt.Sprintf("Documents of %d", pool), Numbers: true},
		},
	}
	for _, u := range samplers {
		if err := u.Check(); err != nil {
			return t, err
		}
		share := subsample.ExpectedShare(u.Gamma, u.T)
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(u.Gamma), fmt.Sprint(u.T), fmt.Sprintf("%.3f", share), fmt.Sprintf("%.0f", share*float64(pool)),
		})
	}
	return t, nil
}
