package datasets

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// Synthetic is a corpus made up from word lists: short news-like sentences on four topics. Part of each sentence is
// about another topic, and a part of the words fit any, so that a model has something to learn; it shows that things
// work, and nothing about how well they work on real text.
type Synthetic struct {
	Train int    `json:"train"` // documents in the training split
	Test  int    `json:"test"`  // documents in the test split
	Seed  uint64 `json:"seed"`  // equal seeds give equal corpora
}

// Name implements corpus.Source.
func (Synthetic) Name() string {
	return "synthetic"
}

// Load implements corpus.Source.
func (s Synthetic) Load(context.Context) (*corpus.Dataset, error) {
	if s.Train < 1 || s.Test < 1 {
		return nil, fmt.Errorf("datasets: a synthetic corpus of %d training and %d test documents; both must be positive",
			s.Train, s.Test)
	}
	data := &corpus.Dataset{
		Name:    "synthetic",
		Origin:  fmt.Sprintf("made-up sentences on four topics (synthetic corpus, seed %d), not real text", s.Seed),
		Classes: agNewsClasses,
	}
	data.Train = s.split("train", s.Train)
	data.Test = s.split("test", s.Test)
	return data, nil
}

func (s Synthetic) split(name string, n int) []corpus.Example {
	examples := make([]corpus.Example, n)
	var ids corpus.IDMaker
	for i := range examples {
		stream := keyed.Key{Seed: s.Seed, Purpose: "synthetic " + name, Round: i}.Stream()
		class := stream.IntN(len(topics))
		text := sentence(stream, class)
		examples[i] = corpus.Example{Document: corpus.Document{ID: ids.ID(text), Text: text}, Label: class}
	}
	return examples
}

// sentence makes one up: two clauses on the topic, often an aside on another.
func sentence(stream *rand.Rand, class int) string {
	pick := func(words []string) string { return words[stream.IntN(len(words))] }
	clause := func(topic topic) string {
		return fmt.Sprintf("%s %s %s", pick(topic.who), pick(topic.does), pick(topic.what))
	}
	text := clause(topics[class])
	if stream.Float64() < 0.6 {
		aside := topics[stream.IntN(len(topics))]
		text += fmt.Sprintf(" while %s %s %s", pick(aside.who), pick(anyDoes), pick(aside.what))
	}
	text += " " + pick(anyWhen)
	if stream.Float64() < 0.5 {
		text = pick(anyOpening) + " " + text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

type topic struct{ who, does, what []string }

// topics are in the order of agNewsClasses.
var topics = []topic{
	{
		who:  []string{"the foreign minister", "the president", "rebel fighters", "peace envoys", "the opposition party", "the prime minister", "border guards", "aid workers"},
		does: []string{"signed", "rejected", "called for", "denounced", "negotiated", "broke off"},
		what: []string{"a ceasefire", "the peace talks", "new elections", "the treaty", "an embargo", "the border accord", "sanctions", "a state of emergency"},
	},
	{
		who:  []string{"the home side", "the goalkeeper", "the champion", "the sprinter", "the young striker", "the visiting team", "the coach", "the relay squad"},
		does: []string{"won", "lost", "drew", "dominated", "missed", "qualified for"},
		what: []string{"the final", "the derby", "the second set", "the playoff game", "the relay", "the league title", "the opening match", "the penalty shootout"},
	},
	{
		who:  []string{"the bank", "the retailer", "shareholders", "the airline", "the central bank", "the car maker", "investors", "the oil company"},
		does: []string{"raised", "cut", "reported", "sold", "bought back", "forecast"},
		what: []string{"quarterly profits", "its dividend", "interest rates", "shares", "the merger offer", "bonds", "its earnings outlook", "crude futures"},
	},
	{
		who:  []string{"researchers", "the chip designer", "the space agency", "engineers", "the software firm", "astronomers", "the start-up", "biologists"},
		does: []string{"launched", "discovered", "patched", "unveiled", "tested", "mapped"},
		what: []string{"a new processor", "the orbiter", "a security flaw", "the search engine", "a genome", "the telescope", "an open source browser", "a battery"},
	},
}

// What fits any topic.
var (
	anyDoes    = []string{"talked about", "watched", "waited for", "was asked about", "welcomed", "commented on"}
	anyWhen    = []string{"on Monday", "late on Tuesday", "this week", "after a long delay", "in front of a large crowd", "for the third time", "despite the rain", "as expected"}
	anyOpening = []string{"In a surprise move,", "According to reports,", "Once again,", "For the first time this year,", "Under pressure,", "As many had hoped,"}
)
