package model_test

import (
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/query"
)

// What strategies ask of models.
var (
	_ query.Predictor        = (*model.Classifier)(nil)
	_ query.Embedder         = (*model.Classifier)(nil)
	_ query.GradientEmbedder = (*model.Classifier)(nil)
	_ query.DropoutSampler   = (*model.Classifier)(nil)
	_ query.Tagger           = (*model.Tagger)(nil)
	_ query.Embedder         = (*model.Tagger)(nil)
)
