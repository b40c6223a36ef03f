package doubt

import (
	"cmp"
	"fmt"
	"slices"
)

// A SuspectDocument is a document with words whose tags look wrong.
type SuspectDocument struct {
	Position   int       `json:"position"`
	Confidence float64   `json:"confidence"` // that of its worst word
	Words      []Suspect `json:"words"`      // the best first
}

// SuspectTags lists the documents that have words whose tag looks wrong, the best first: [Margin].SuspectTags.
func SuspectTags(tags [][]int, probabilities [][][]float64) ([]SuspectDocument, error) {
	return Margin.SuspectTags(tags, probabilities)
}

// SuspectTags lists the documents that have words whose tag looks wrong, the best first; those that tie in their order.
// Each document has a tag and a row of one probability a tag for each word. Thresholds and joint are those of all words
// together, see [Rank.Suspects]; a document is as suspect as its worst word. A word without a row, nil, is passed by: give
// none to words that the model doesn't see.
func (r Rank) SuspectTags(tags [][]int, probabilities [][][]float64) ([]SuspectDocument, error) {
	if len(tags) != len(probabilities) {
		return nil, fmt.Errorf("doubt: there are tags of %d documents, and probabilities for %d", len(tags), len(probabilities))
	}
	score, err := r.score()
	if err != nil {
		return nil, err
	}
	var labels []int
	var rows [][]float64
	var at [][2]int // document and word of each row
	for i, words := range probabilities {
		if len(words) != len(tags[i]) {
			return nil, fmt.Errorf("doubt: %s has %d tags, and probabilities for %d words", document(i), len(tags[i]), len(words))
		}
		for w, row := range words {
			if row != nil {
				labels, rows, at = append(labels, tags[i][w]), append(rows, row), append(at, [2]int{i, w})
			}
		}
	}
	word := func(i int) string { return fmt.Sprintf("the word at position %d of %s", at[i][1], document(at[i][0])) }
	if err := check(labels, rows, word); err != nil {
		return nil, err
	}
	joint := estimate(labels, rows)
	var docs []SuspectDocument
	for i, row := range rows {
		class := joint.confident(labels[i], row)
		if class < 0 || class == labels[i] {
			continue
		}
		if len(docs) == 0 || docs[len(docs)-1].Position != at[i][0] {
			docs = append(docs, SuspectDocument{Position: at[i][0]})
		}
		doc := &docs[len(docs)-1]
		s := Suspect{Position: at[i][1], Given: labels[i], Suggested: class, Confidence: score(labels[i], row)}
		doc.Words, doc.Confidence = append(doc.Words, s), max(doc.Confidence, s.Confidence)
	}
	for _, doc := range docs {
		slices.SortStableFunc(doc.Words, func(a, b Suspect) int { return cmp.Compare(b.Confidence, a.Confidence) })
	}
	slices.SortStableFunc(docs, func(a, b SuspectDocument) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return docs, nil
}
