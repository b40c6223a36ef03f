package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// paperCheckpoints are those of the paper's Table 5, by data set and family: uncased BERT and DistilBERT for the news of
// AG News, cased ones where names are to be found. XLNet is for AG News only there.
var paperCheckpoints = map[string]map[string]string{
	"ag_news": {
		"bert": "bert-base-uncased", "distilbert": "distilbert-base-uncased", "electra": "google/electra-base-discriminator",
		"xlnet": "xlnet-base-cased",
	},
	"conll2003": taggingCheckpoints,
	"ontonotes": taggingCheckpoints,
}

var taggingCheckpoints = map[string]string{
	"bert": "bert-base-cased", "distilbert": "distilbert-base-cased", "electra": "google/electra-base-discriminator",
}

// PaperCheckpoint returns the name on the hub of the checkpoint that the paper uses for a data set ("ag_news",
// "conll2003", "ontonotes") and a family ("bert", "distilbert", "electra", "xlnet"); see its Table 5.
func PaperCheckpoint(dataset, family string) (string, error) {
	families, ok := paperCheckpoints[dataset]
	if !ok {
		return "", fmt.Errorf("model: the paper has no data set %q; it has %s", dataset, names(paperCheckpoints))
	}
	checkpoint, ok := families[family]
	if !ok {
		return "", fmt.Errorf("model: the paper has no checkpoint of %q for %s; it has those of %s", family, dataset, names(families))
	}
	return checkpoint, nil
}

func names[V any](of map[string]V) string { return strings.Join(slices.Sorted(maps.Keys(of)), ", ") }
