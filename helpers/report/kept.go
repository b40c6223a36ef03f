package report

import (
	"slices"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/helpers/chart"
)

// KeptChart draws, for the arms that know it, which share of the full query their samplers kept, query by query.
func KeptChart(r *alnb.Results) chart.Lines { return keptLines(r.Samplings()) }

func keptLines(samplings []eval.Sampling) chart.Lines {
	l := chart.Lines{
		Title: "What the samplers kept", XLabel: "query", YLabel: "share of the full query that was kept",
		Note: "Mean over the seeds. Of full queries, what would have been kept.",
	}
	for _, row := range samplings {
		if row.Query < 0 || row.Kept.N == 0 {
			continue
		}
		i := slices.IndexFunc(l.Series, func(s chart.Series) bool { return s.Name == row.Arm })
		if i < 0 {
			i, l.Series = len(l.Series), append(l.Series, chart.Series{Name: row.Arm})
		}
		s := &l.Series[i]
		s.X, s.Y = append(s.X, float64(row.Query)), append(s.Y, row.Kept.Mean)
	}
	return l
}
