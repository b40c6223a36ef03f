package query

// All returns every strategy of this package, with its defaults: what files and commands choose from by name.
func All() []Strategy {
	return []Strategy{
		Random{}, LeastConfident{}, Margin{}, PredictionEntropy{}, // any classifier
		MNLP{}, TotalTokenEntropy{}, Viterbi{}, // any tagger
		BALD{}, MahalanobisDistance{}, CoreSet{}, BADGE{}, CAL{}, KMeans{}, TypiClust{}, // what can more
	}
}
