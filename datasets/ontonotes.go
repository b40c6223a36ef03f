package datasets

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

type ontoNotes struct{}

// OntoNotes is the English part of OntoNotes 5.0 (Weischedel et al. 2013) with the CoNLL-2012 splits (Pradhan et al. 2013), which the
// paper has: 18 types of names, 59,924 sentences for training and 8,262 for testing, with 1,088,503 and 152,728 words. The Linguistic
// Data Consortium licenses it (LDC2013T19): it is read from $ALNB_DATA/ontonotes5 alone. There, train and test are folders in the
// columns of [CoNLL2012], or there are files of words and IOB tags, or of those columns: train.txt, train.bio or onto.train.ner, and
// test.txt, test.bio or onto.test.ner.
func OntoNotes() corpus.TaggedSource { return ontoNotes{} }

// Name implements corpus.TaggedSource.
func (ontoNotes) Name() string { return "ontonotes5" }

// ontoNotesTypes are the types of names.
var ontoNotesTypes = []string{
	"CARDINAL", "DATE", "EVENT", "FAC", "GPE", "LANGUAGE", "LAW", "LOC", "MONEY", "NORP", "ORDINAL", "ORG", "PERCENT", "PERSON", "PRODUCT",
	"QUANTITY", "TIME", "WORK_OF_ART",
}

// LoadTagged implements corpus.TaggedSource.
func (ontoNotes) LoadTagged(ctx context.Context) (*corpus.TaggedDataset, error) {
	return loadOntoNotes(ctx, splitSize{59924, 1088503}, splitSize{8262, 152728})
}

func loadOntoNotes(ctx context.Context, trainSize, testSize splitSize) (*corpus.TaggedDataset, error) {
	p := published{
		title: "OntoNotes 5.0", folder: "ontonotes5", where: "the Linguistic Data Consortium licenses it (https://catalog.ldc.upenn.edu/LDC2013T19)",
	}
	dir, err := p.licensed()
	if err != nil {
		return nil, err
	}
	train, err := p.local(dir, "train", "train.txt", "train.bio", "onto.train.ner")
	if err != nil {
		return nil, err
	}
	test, err := p.local(dir, "test", "test.txt", "test.bio", "onto.test.ner")
	if err != nil {
		return nil, err
	}
	return p.tagged(ctx, fmt.Sprintf("%s from %s and %s", p.title, train, test), ontoNotesTypes, train, test, readOntoNotes,
		trainSize, testSize)
}

// readOntoNotes reads a split in either form.
func readOntoNotes(path string) iter.Seq2[corpus.Tagged, error] {
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !inBrackets(path) {
		return CoNLL{}.read(path)
	}
	return CoNLL2012{}.read(path)
}

// inBrackets tells whether a file is in the columns of CoNLL-2012, and not of words and their tags, of which there are fewer.
func inBrackets(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	text, err := decoded(f, UTF8)
	if err != nil {
		return false
	}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if line := lines.Text(); strings.TrimSpace(line) != "" {
			return strings.HasPrefix(line, "#begin document") || len(splitColumns(line)) > nameColumn
		}
	}
	return false
}
