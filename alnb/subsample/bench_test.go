package subsample

import "testing"

// BenchmarkMillion is what choosing costs in a pool of a million documents, where no two scores tie and where all do.
func BenchmarkMillion(b *testing.B) {
	distinct := poolOf(1_000_000)
	tied := distinct
	tied.Stale = make([]float64, len(distinct.IDs))
	for name, pool := range map[string]Pool{"distinct": distinct, "tied": tied} {
		for _, sampler := range []Sampler{UPS{Gamma: 0.1, T: 0.01}, TopGamma{Gamma: 0.1}, RandomSubset{Share: 0.11}, Deadline{Seconds: 60}} {
			b.Run(sampler.Name()+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					sample(b, sampler, pool)
				}
			})
		}
	}
}
