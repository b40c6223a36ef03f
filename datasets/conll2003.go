package datasets

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

type coNLL2003 struct{}

// CoNLL2003 is the English corpus of the CoNLL-2003 shared task (Tjong Kim Sang and De Meulder 2003), which the paper has: news from
// Reuters with spans of four types, 14,041 sentences for training and 3,453 for testing. The paper's Table 3 has 14,987 and 3,684,
// for it counts the lines -DOCSTART- as sentences; its words, 203,621 and 46,435, are these. Reuters licenses the texts: they are
// read from $ALNB_DATA/conll2003 alone, eng.train and eng.testb, or train.txt and test.txt.
func CoNLL2003() corpus.TaggedSource { return coNLL2003{} }

// Name implements corpus.TaggedSource.
func (coNLL2003) Name() string { return "conll2003" }

// LoadTagged implements corpus.TaggedSource.
func (coNLL2003) LoadTagged(ctx context.Context) (*corpus.TaggedDataset, error) {
	p := published{
		title: "CoNLL-2003", folder: "conll2003", where: "Reuters licenses its texts (https://trec.nist.gov/data/reuters/reuters.html)",
	}
	dir, err := p.licensed()
	if err != nil {
		return nil, err
	}
	train, err := p.local(dir, "eng.train", "train.txt")
	if err != nil {
		return nil, err
	}
	test, err := p.local(dir, "eng.testb", "test.txt")
	if err != nil {
		return nil, err
	}
	return p.tagged(ctx, fmt.Sprintf("%s from %s and %s", p.title, train, test), []string{"LOC", "MISC", "ORG", "PER"}, train, test,
		CoNLL{}.read, splitSize{14041, 203621}, splitSize{3453, 46435})
}
