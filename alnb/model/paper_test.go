package model

import (
	"strings"
	"testing"
)

func TestPaperCheckpoint(t *testing.T) {
	for _, test := range []struct{ dataset, family, want, err string }{
		{"ag_news", "bert", "bert-base-uncased", ""},
		{"ag_news", "xlnet", "xlnet-base-cased", ""},
		{"conll2003", "distilbert", "distilbert-base-cased", ""},
		{"ontonotes", "electra", "google/electra-base-discriminator", ""},
		{"ontonotes", "xlnet", "", "it has those of bert, distilbert, electra"},
		{"imdb", "bert", "", "it has ag_news, conll2003, ontonotes"},
	} {
		got, err := PaperCheckpoint(test.dataset, test.family)
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s, %s: %q, %v", test.dataset, test.family, got, err)
		}
	}
}
