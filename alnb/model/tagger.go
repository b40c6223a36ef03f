package model

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
)

// A Tagger gives each word of a document a tag, on the compute backend. It implements learner.Tagger.
type Tagger struct {
	*engine
	crf bool // gives marginals, the best path and its log-probability
}

// Tags returns the IOB2 tags of spans of these types: O, then B- and I- of each type.
func Tags(types []string) []string {
	tags := []string{corpus.Outside}
	for _, t := range types {
		tags = append(tags, "B-"+t, "I-"+t)
	}
	return tags
}

// Train implements learner.Tagger.
func (t *Tagger) Train(ctx context.Context, examples []corpus.Tagged, run learner.Run) (learner.Trained, error) {
	made, err := t.gold(ctx, examples)
	if err != nil {
		return learner.Trained{}, t.in(ctx, err, "train", len(examples))
	}
	trained, err := t.fit(ctx, made, 1, run)
	return trained, t.in(ctx, err, "train", len(examples))
}

// gold are documents with their gold spans as the engine takes them.
func (t *Tagger) gold(ctx context.Context, examples []corpus.Tagged) ([]example, error) {
	gold := oneHot(len(t.classes))
	class := make(map[string]int, len(t.classes))
	for i, tag := range t.classes {
		class[tag] = i
	}
	targets := make([][][]float32, len(examples))
	for i, e := range examples {
		if err := corpus.CheckSpans(len(e.Words), e.Spans); err != nil {
			return nil, fmt.Errorf("document %s: %w", e.ID, err)
		}
		for _, tag := range corpus.Tags(len(e.Words), e.Spans) {
			k, ok := class[tag]
			if !ok {
				return nil, fmt.Errorf("document %s has the tag %q; the model's tags are %q", e.ID, tag, t.classes)
			}
			targets[i] = append(targets[i], gold[k])
		}
	}
	return t.examples(ctx, examples, targets)
}

// examples are documents with a distribution over the tags for each word.
func (t *Tagger) examples(ctx context.Context, docs []corpus.Tagged, targets [][][]float32) ([]example, error) {
	encoded, err := t.encode(ctx, docs)
	examples := make([]example, len(encoded))
	for i, doc := range encoded {
		examples[i] = example{document: doc, id: docs[i].ID, targets: targets[i]}
	}
	return examples, err
}

// TrainOn is Train with a distribution over the tags for each word instead of gold spans, teacher [documents, words,
// tags]: task distillation, as
// [Classifier.TrainOn]. A CRF, whose loss then is the expected negative log-likelihood of tags drawn independently,
// takes the temperature 1 only. A word whose distribution is nil, such as one that the teacher doesn't see, teaches
// nothing; a CRF needs all.
func (t *Tagger) TrainOn(ctx context.Context, docs []corpus.Tagged, teacher [][][]float32, temperature float64, run learner.Run) (learner.Trained, error) {
	if len(docs) != len(teacher) {
		return learner.Trained{}, fmt.Errorf("model: distill into %s: there are distributions for %d of %d documents", t.name, len(teacher), len(docs))
	}
	targets := make([][][]float32, len(docs))
	for i, words := range teacher {
		if len(words) != len(docs[i].Words) {
			return learner.Trained{}, fmt.Errorf("model: distill into %s: document %s has %d words and %d distributions",
				t.name, docs[i].ID, len(docs[i].Words), len(words))
		}
		for word, p := range words {
			if p == nil && !t.crf {
				targets[i] = append(targets[i], nil)
				continue
			}
			soft, err := soften(p, len(t.classes), temperature)
			if err != nil {
				return learner.Trained{}, fmt.Errorf("model: distill into %s: document %s, word %d: %w", t.name, docs[i].ID, word+1, err)
			}
			targets[i] = append(targets[i], soft)
		}
	}
	if t.crf && temperature != 1 {
		return learner.Trained{}, t.in(ctx, fmt.Errorf("the temperature is %g; a CRF takes 1 only", temperature), "train", len(docs))
	}
	examples, err := t.examples(ctx, docs, targets)
	if err != nil {
		return learner.Trained{}, t.in(ctx, err, "train", len(docs))
	}
	trained, err := t.fit(ctx, examples, temperature, run)
	return trained, t.in(ctx, err, "train", len(docs))
}

// Tag implements learner.Tagger.
func (t *Tagger) Tag(ctx context.Context, docs []corpus.Tagged, progress func(done int)) ([]learner.Tagging, error) {
	if !t.ready {
		return nil, errUntrained
	}
	encoded, err := t.encode(ctx, docs)
	if err != nil {
		return nil, t.in(ctx, err, "tag", len(docs))
	}
	taggings := make([]learner.Tagging, len(docs))
	err = t.predict(ctx, encoded, progress, func(i int, outputs [][]float32) error {
		for word, position := range encoded[i].first {
			if position < 0 {
				continue
			}
			if err := checkProbabilities(docs[i].ID, t.row(outputs, position)); err != nil {
				return fmt.Errorf("word %d, %.60q: %w", word+1, docs[i].Words[word], err)
			}
		}
		taggings[i] = t.read(encoded[i], outputs)
		return nil
	})
	if err != nil {
		return nil, t.in(ctx, err, "tag", len(docs))
	}
	return taggings, nil
}

// read picks a document's words out of the network's outputs: probabilities [seq, classes] and, of a CRF, the best path
// [seq] and, at the last position, its log-probability, [seq].
func (t *Tagger) read(doc document, outputs [][]float32) learner.Tagging {
	tagging := learner.Tagging{Tags: make([]string, len(doc.first)), Probs: make([][]float32, len(doc.first)), Cut: doc.cut}
	for word, position := range doc.first {
		if position < 0 {
			tagging.Tags[word], tagging.Probs[word] = corpus.Outside, t.certainlyOutside()
			continue
		}
		row := t.row(outputs, position)
		best := eval.Best(row)
		tagging.Path += math.Log(max(float64(row[best]), math.SmallestNonzeroFloat32))
		if t.crf {
			best = int(outputs[1][position])
		}
		tagging.Tags[word], tagging.Probs[word] = t.classes[best], row
		tagging.Counted++
	}
	if t.crf {
		tagging.Path = float64(outputs[2][len(outputs[2])-1])
	}
	return tagging
}

// row returns a position's probabilities.
func (t *Tagger) row(outputs [][]float32, position int32) []float32 {
	k := len(t.classes)
	from := int(position) * k
	return outputs[0][from : from+k : from+k]
}

// certainlyOutside is the distribution of a word the model doesn't see: O with probability 1; of tags without an O
// all zeros.
func (t *Tagger) certainlyOutside() []float32 {
	row := make([]float32, len(t.classes))
	if i := slices.Index(t.classes, corpus.Outside); i >= 0 {
		row[i] = 1
	}
	return row
}

func (t *Tagger) encode(ctx context.Context, docs []corpus.Tagged) ([]document, error) {
	keys := make([]string, len(docs))
	for i, doc := range docs {
		if len(doc.Words) == 0 {
			return nil, fmt.Errorf("document %q has no words; leave it out", doc.ID)
		}
		keys[i] = fmt.Sprintf("%q", doc.Words) // whatever the words hold, other lists have other keys
	}
	return t.encodings.get(keys, func(missing []int) ([]document, error) {
		wanted := make([][]string, len(missing))
		for i, position := range missing {
			wanted[i] = docs[position].Words
		}
		return t.arch.encodeWords(ctx, wanted)
	})
}

// LoadTagger opens a tagger that was trained and saved, by Save or by Python's save_pretrained. maxTokens is the length
// documents are cut to; 0 is the one it was saved with, which Python takes, too.
func LoadTagger(ctx context.Context, dir string, maxTokens int) (*Tagger, error) {
	e, err := load(ctx, dir, maxTokens, Tagging)
	if err != nil {
		return nil, err
	}
	return &Tagger{engine: e, crf: isLight(e)}, nil
}
