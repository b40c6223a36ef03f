package eval

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A SpanScore counts a span as right where its words and its type are.
type SpanScore struct {
	Precision float64 `json:"precision"` // share of the predicted spans that are right; 0 where none is predicted
	Recall    float64 `json:"recall"`    // share of the gold spans that are predicted; 0 where there are none
	F1        float64 `json:"f1"`        // their harmonic mean; 0 where both are
	Support   int     `json:"support"`   // gold spans
}

// SpanScores is the score over all spans, whatever their type (micro average), and that of each type which occurs in
// gold or predicted spans.
type SpanScores struct {
	SpanScore
	PerType map[string]SpanScore `json:"per_type"`
}

// ScoreSpans compares predicted tags with gold tags: documents of words, a tag a word. A span is right where type, first
// and last word are all the same:
//
//	P = right/predicted   R = right/gold   F1 = 2·P·R/(P+R)   and 0/0 = 0
//
// It gives the numbers of seqeval 1.2.2 in its default mode (Nakayama, "seqeval: A Python framework for sequence labeling
// evaluation"), which on well-formed tags are those of the CoNLL shared tasks' conlleval. The tags' spelling is seqeval's,
// too, and takes anything but an empty tag: the first character is the marker; the type is what follows the first hyphen
// after it, or all that follows where there is none, "_" where that is empty. So I-PER after O begins a span, and so does
// I-PER after B-LOC. As in seqeval, the documents are read as one sequence with an O after each, and a span begins where
// the last beginning was: markers other than O, B, I, E and S can therefore give spans that reach back over O and over the
// document's beginning.
func ScoreSpans(gold, predicted [][]string) (SpanScores, error) {
	if err := checkTags(gold, predicted); err != nil {
		return SpanScores{}, err
	}
	types := tallies(gold, predicted)
	var all Tally
	scores := SpanScores{PerType: make(map[string]SpanScore, len(types))}
	for kind, t := range types {
		all = all.Plus(t)
		scores.PerType[kind] = t.SpanScore()
	}
	scores.SpanScore = all.SpanScore()
	return scores, nil
}

// TallySpans compares each document's predicted tags with its gold tags, by itself. The [SpanScore] of their [Total] is that of
// ScoreSpans, where all markers are O, B and I.
func TallySpans(gold, predicted [][]string) ([]Tally, error) {
	if err := checkTags(gold, predicted); err != nil {
		return nil, err
	}
	each := make([]Tally, len(gold))
	for i := range gold {
		for _, t := range tallies(gold[i:i+1], predicted[i:i+1]) {
			each[i] = each[i].Plus(t)
		}
	}
	return each, nil
}

// checkTags finds what can't be compared.
func checkTags(gold, predicted [][]string) error {
	if len(gold) != len(predicted) {
		return fmt.Errorf("eval: there are gold tags of %d documents, predicted tags of %d", len(gold), len(predicted))
	}
	for i := range gold {
		if len(gold[i]) != len(predicted[i]) {
			return fmt.Errorf("eval: document %d has %d gold tags, and %d predicted tags", i+1, len(gold[i]), len(predicted[i]))
		}
		for j := range gold[i] {
			switch "" {
			case gold[i][j]:
				return fmt.Errorf("eval: gold: the tag of word %d of document %d is empty", j+1, i+1)
			case predicted[i][j]:
				return fmt.Errorf("eval: predicted: the tag of word %d of document %d is empty", j+1, i+1)
			}
		}
	}
	return nil
}

// tallies counts the spans of each type.
func tallies(gold, predicted [][]string) map[string]Tally {
	want, got := chunks(gold), chunks(predicted)
	types := make(map[string]Tally)
	for _, c := range got {
		types[c.kind] = types[c.kind].Plus(Tally{Predicted: 1})
	}
	for _, c := range want {
		for len(got) > 0 && got[0].last < c.last {
			got = got[1:]
		}
		found := Tally{Gold: 1}
		if len(got) > 0 && got[0] == c { // no two of a sequence have the same last word
			found.Right = 1
		}
		types[c.kind] = types[c.kind].Plus(found)
	}
	return types
}

// SpanScore is the score of so many spans.
func (t Tally) SpanScore() SpanScore {
	share := func(of int) float64 { return float64(t.Right) / float64(max(of, 1)) }
	s := SpanScore{Precision: share(t.Predicted), Recall: share(t.Gold), Support: t.Gold}
	if t.Right > 0 {
		s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
	}
	return s
}

// A chunk is a span as seqeval sees it, with the positions of its first and last word among all words and the O that
// follows each document.
type chunk struct {
	kind        string
	first, last int
}

// chunks returns the documents' spans by their last word.
func chunks(docs [][]string) []chunk {
	var found []chunk
	var before mark
	before.marker = 'O' // of no type, not even of O's
	at, first := 0, 0
	next := func(m mark) {
		if before.endsBefore(m) {
			found = append(found, chunk{before.kind, first, at - 1})
		}
		if m.beginsAfter(before) {
			first = at
		}
		before = m
		at++
	}
	for _, tags := range docs {
		for _, tag := range tags {
			next(parseMark(tag))
		}
		next(mark{'O', untyped})
	}
	return found
}

// A mark is a tag taken apart.
type mark struct {
	marker rune
	kind   string
}

// untyped is the type of a tag that names none.
const untyped = "_"

func parseMark(tag string) mark {
	marker, size := utf8.DecodeRuneInString(tag)
	kind := tag[size:]
	if _, after, ok := strings.Cut(kind, "-"); ok {
		kind = after
	}
	if kind == "" {
		kind = untyped
	}
	return mark{marker, kind}
}

// typed tells whether a change of type at this mark is one between spans.
func (m mark) typed() bool { return m.marker != 'O' && m.marker != '.' }

func (m mark) in(markers string) bool { return strings.ContainsRune(markers, m.marker) }

// endsBefore tells whether a span that m belongs to ends with it.
func (m mark) endsBefore(next mark) bool {
	return m.in("ES") || m.in("BI") && next.in("BSO") || m.typed() && m.kind != next.kind
}

// beginsAfter tells whether a span begins with m.
func (m mark) beginsAfter(before mark) bool {
	return m.in("BS") || m.in("IE") && before.in("ESO") || m.typed() && m.kind != before.kind
}
