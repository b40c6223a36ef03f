package report

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/datasets"
)

// paragraphs are made-up sentences with names, of which twenty are a test document.
type paragraphs struct{ datasets.SyntheticNames }

func (p paragraphs) LoadTagged(ctx context.Context) (*corpus.TaggedDataset, error) {
	data, err := p.SyntheticNames.LoadTagged(ctx)
	if err != nil {
		return nil, err
	}
	sentences := data.Test
	data.Test = nil
	for from := 0; from+20 <= len(sentences); from += 20 {
		doc := corpus.Tagged{ID: sentences[from].ID}
		for _, s := range sentences[from : from+20] {
			for _, span := range s.Spans {
				span.Start, span.End = span.Start+len(doc.Words), span.End+len(doc.Words)
				doc.Spans = append(doc.Spans, span)
			}
			doc.Words = append(doc.Words, s.Words...)
		}
		data.Test = append(data.Test, doc)
	}
	return data, nil
}

// The lines of the last rounds have what the intervals of differences are computed from, however many spans a document has.
func TestRoundsBearTheIntervals(t *testing.T) {
	words := pseudolabeltest.Words{Settings: pseudolabeltest.Settings{Epochs: 5, Rate: 0.3}}
	r, err := alnb.Experiment{
		Tagged: paragraphs{datasets.SyntheticNames{Train: 100, Test: 100, Seed: 1}},
		Arms:   []alnb.Arm{{Name: "random", Tagger: words, Strategy: query.Random{}}, {Name: "all", Tagger: words, All: true}},
		Start:  alnb.Fraction(0.2), Batch: alnb.Fraction(0.1), Rounds: 1, Seeds: []uint64{1, 2},
	}.Run(t.Context(), t.TempDir(), alnb.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := rounds(r)
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
		var got round
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		if got.Query != nil {
			if got.Gold != nil || got.Predicted != nil || got.Right != nil {
				t.Errorf("round %d, which isn't the last, has counts", got.Round)
			}
			continue
		}
		last++
		if len(got.Gold) != 5 || len(got.Predicted) != 5 || len(got.Right) != 5 {
			t.Fatalf("%s", line)
		}
		var total eval.Tally
		for i := range got.Right {
			total = total.Plus(eval.Tally{Gold: got.Gold[i], Predicted: got.Predicted[i], Right: got.Right[i]})
		}
		if math.Abs(total.Score()-got.Metrics.Value) > 1e-12 {
			t.Errorf("%s: %+v give %v, want %v", got.Arm, total, total.Score(), got.Metrics.Value)
		}
		if got.Arm == "all" && slices.Max(got.Right) < 10 {
			t.Errorf("%v are too few to tell that nothing is capped", got.Right)
		}
	}
	if last != 4 {
		t.Errorf("%d last rounds, want 4", last)
	}
}
