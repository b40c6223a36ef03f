package datasets

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// SyntheticNames is a made-up corpus for tagging: sentences with persons (PER), organizations (ORG) and places (LOC). Some words are
// names of two types, and only those around them tell which; so that a model has something to learn. Like [Synthetic] it shows that
// things work, and nothing about how well.
type SyntheticNames struct {
	Train int    `json:"train"` // sentences in the training split
	Test  int    `json:"test"`  // sentences in the test split
	Seed  uint64 `json:"seed"`  // equal seeds give equal corpora
}

// Name implements corpus.TaggedSource.
func (SyntheticNames) Name() string { return "synthetic_names" }

// LoadTagged implements corpus.TaggedSource.
func (s SyntheticNames) LoadTagged(context.Context) (*corpus.TaggedDataset, error) {
	if s.Train < 1 || s.Test < 1 {
		return nil, fmt.Errorf("datasets: a synthetic corpus of %d training and %d test sentences; both must be positive", s.Train, s.Test)
	}
	return &corpus.TaggedDataset{
		Name:   "synthetic_names",
		Origin: fmt.Sprintf("made-up sentences with names (synthetic corpus, seed %d), not real text", s.Seed),
		Types:  []string{"LOC", "ORG", "PER"},
		Train:  s.split("train", s.Train), Test: s.split("test", s.Test),
	}, nil
}

func (s SyntheticNames) split(name string, n int) []corpus.Tagged {
	docs := make([]corpus.Tagged, n)
	var ids corpus.IDMaker
	for i := range docs {
		stream := keyed.Key{Seed: s.Seed, Purpose: "synthetic names " + name, Round: i}.Stream()
		docs[i] = namedSentence(stream)
		docs[i].ID = ids.ID(strings.Join(docs[i].Words, " "))
	}
	return docs
}

var (
	firstNames = strings.Fields("Ada Boris Chloe Dmitri Elif Farah Georgia Hugo Ines Jordan Kenji Lena Milan Noor Oscar Paris Rosa Sofia Tariq Victoria")
	lastNames  = strings.Fields("Albrecht Berg Castillo Dubois Eriksen Florence Haddad Ivanova Jansen Kowalski Lincoln Moreau Nakamura Okafor Petrov Rossi Silva Washington York Zhang")
	cities     = strings.Fields("Amman Berlin Cairo Dakar Florence Georgia Jordan Lagos Lincoln Milan Nairobi Oslo Paris Quito Riga Sofia Tallinn Victoria Washington York")
	firms      = strings.Fields("Acme Borealis Cobalt Delphi Everline Ford Granite Helix Ionic Lincoln Meridian Northwind Orbit Petrov Quanta Rossi Siemens Tundra Umbra Zhang")
	endings    = strings.Fields("Bank Group Holdings Industries Labs Motors Partners Systems")
	// Each part of a sentence is words and, in braces, names.
	openings = []string{"{PER} of {ORG}", "{PER}", "{ORG}", "A spokesman for {ORG}", "The mayor of {LOC}", "Residents of {LOC}", "{PER} , who left {ORG} ,", "The team from {LOC}"}
	acts     = []string{"met {PER} in {LOC}", "signed a deal with {ORG}", "opened an office in {LOC}", "sued {ORG} over a patent", "was seen in {LOC}",
		"said that {PER} would resign", "moved from {LOC} to {LOC}", "praised {PER}", "lost to {LOC} by two goals", "sold its shares in {ORG}"}
	closings = []string{".", "on Monday .", "last year , {PER} said .", "near {LOC} .", "after talks with {ORG} .", "without giving a reason ."}
)

// namedSentence makes one up, without an ID.
func namedSentence(stream *rand.Rand) corpus.Tagged {
	pick := func(list []string) string { return list[stream.IntN(len(list))] }
	var doc corpus.Tagged
	name := func(kind string, words ...string) {
		start := len(doc.Words)
		doc.Words = append(doc.Words, words...)
		doc.Spans = append(doc.Spans, corpus.Span{Start: start, End: len(doc.Words), Type: kind})
	}
	for _, part := range []string{pick(openings), pick(acts), pick(closings)} {
		for _, word := range strings.Fields(part) {
			switch word {
			case "{PER}":
				if stream.IntN(3) == 0 {
					name("PER", pick(lastNames))
				} else {
					name("PER", pick(firstNames), pick(lastNames))
				}
			case "{ORG}":
				if stream.IntN(3) == 0 {
					name("ORG", pick(firms))
				} else {
					name("ORG", pick(firms), pick(endings))
				}
			case "{LOC}":
				name("LOC", pick(cities))
			default:
				doc.Words = append(doc.Words, word)
			}
		}
	}
	return doc
}
