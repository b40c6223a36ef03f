package paper

import (
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
)

// A role is one of the paper's models, by the letter that it has here.
type role byte

const (
	nobody     role = 0
	distilBERT role = 'D' // chooses
	bert       role = 'B' // its teacher: labels the pool
	electra    role = 'E' // the successor in most figures
	xlNet      role = 'X' // another one
	cnn        role = 'C' // a CNN-BiLSTM-CRF
)

// A cast is the model that plays a role.
type cast struct {
	name  string
	texts learner.Model
	words learner.TaggerModel
}

// letter is the role's, or that of a role before it which the same model plays.
func (p Preset) letter(r role) string {
	mine, _ := p.cast(r)
	for _, other := range []role{distilBERT, bert, electra, xlNet} {
		if cast, ok := p.cast(other); ok && cast.name == mine.name {
			return string(rune(other))
		}
	}
	return string(rune(r))
}

const miniLM = "sentence-transformers/all-MiniLM-L6-v2"

// The small preset's steps of training: on what was labeled up to a round, and on a whole pool with its labels or pseudo-labels, of which
// 200 mini-batches would see hardly more than half.
const smallSteps, smallStepsOnAll = 200, 1000

// onAll is the cast as it is trained on a whole pool.
func (c cast) onAll(p Preset) cast {
	if p != Small {
		return c // by epochs
	}
	switch texts := c.texts.(type) {
	case model.Transformer:
		words := c.words.(model.Transformer)
		texts.Training.Steps, words.Training.Steps = smallStepsOnAll, smallStepsOnAll
		c.texts, c.words = texts, words
	case model.Light:
		texts.Training.Steps = smallStepsOnAll
		c.texts, c.words = texts, texts
	}
	return c
}

// cast returns who plays the role; ok is false where the preset has nobody for it.
func (p Preset) cast(r role) (c cast, ok bool) {
	switch p {
	case Paper:
		switch r {
		case distilBERT:
			return transformer("DistilBERT", "distilbert-base-uncased", "distilbert-base-cased"), true
		case bert:
			return transformer("BERT", "bert-base-uncased", "bert-base-cased"), true
		case electra:
			return transformer("ELECTRA", "google/electra-base-discriminator", "google/electra-base-discriminator"), true
		case xlNet:
			return transformer("XLNet", "xlnet-base-cased", "xlnet-base-cased"), true
		case cnn:
			light := model.CNNBiLSTMCRF(glove("glove.6B.100d.txt"))
			return cast{"a CNN-BiLSTM-CRF", light, light}, true
		}
	case Small:
		switch r {
		case distilBERT:
			return small("MiniLM with three layers", SmallStudent), true
		case bert:
			return small("MiniLM", miniLM), true
		case electra, cnn:
			light := model.CNNBiLSTMCRF(glove("glove.6B.100d.2604words.txt"))
			light.MaxTokens = 128
			light.Training.Epochs, light.Training.Steps, light.Training.LearningRate = 0, smallSteps, 0.05
			return cast{"a CNN-BiLSTM-CRF", light, light}, true
		}
	case Smoke:
		tiny := func(name string, epochs int, rate float64) (cast, bool) {
			s := pseudolabeltest.Settings{Epochs: epochs, Rate: rate}
			return cast{name, pseudolabeltest.Texts{Settings: s}, pseudolabeltest.Words{Settings: s}}, true
		}
		switch r {
		case distilBERT:
			return tiny("tiny D", 5, 0.3)
		case bert:
			return tiny("tiny B", 10, 0.3)
		case electra:
			return tiny("tiny E", 6, 0.2)
		case xlNet:
			return tiny("tiny X", 5, 0.25)
		case cnn:
			return tiny("tiny C", 6, 0.1)
		}
	}
	return cast{}, false
}

// transformer has the paper's Tables 4 and 5.
func transformer(name, uncased, cased string) cast {
	return cast{name, model.Pretrained(uncased), model.PretrainedTagger(cased)}
}

func small(name, checkpoint string) cast {
	texts, words := model.Pretrained(checkpoint), model.PretrainedTagger(checkpoint)
	for m, rate := range map[*model.Transformer]float64{&texts: 5e-5, &words: 1e-4} {
		m.MaxTokens = 128
		m.Training.Steps, m.Training.LearningRate, m.Training.Bfloat16 = smallSteps, rate, true
	}
	return cast{name, texts, words}
}

// glove is a file of word vectors in $ALNB_DATA, named so that a run goes on where that is another folder.
func glove(name string) string { return "glove/" + name }
