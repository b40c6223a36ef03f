package paper

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/nb"
)

// Data shows the paper's Table 3: how large the corpora of the preset are, beside the paper's numbers.
func Data() {
	t, err := preset().data(context.Background())
	nb.Check(err)
	nb.Table(t)
}

// inThePaper is its Table 3.
var inThePaper = map[string][]string{
	AGNews:    {"120K", "4556.4K", "7.6K", "287.6K", "4"},
	CoNLL:     {"15K", "203.6K", "3.7K", "46.4K", "4"},
	OntoNotes: {"59.9K", "1088.5K", "8.3K", "152.7K", "18"},
}

func (p Preset) data(ctx context.Context) (chart.Table, error) {
	t := chart.Table{
		Caption: "Data (Table 3)",
		Columns: []chart.Column{
			{Name: "Study"}, {Name: "Corpus"}, {Name: "Training texts", Numbers: true}, {Name: "Training words", Numbers: true},
			{Name: "Test texts", Numbers: true}, {Name: "Test words", Numbers: true}, {Name: "Classes", Numbers: true},
		},
		Note: "K is a thousand. Words of texts are those of UAX #29 that aren't blank; the paper counts tokens. The paper's CoNLL-2003 counts the lines -DOCSTART- as sentences.",
	}
	for _, study := range []string{AGNews, CoNLL, OntoNotes} {
		e, err := p.Experiment(study)
		if err != nil {
			return t, err
		}
		var name string
		var train, test split
		var classes int
		if e.Tagged != nil {
			data, err := e.Tagged.LoadTagged(ctx)
			if err != nil {
				return t, err
			}
			name, train, test, classes = data.Name, tagged(data.Train), tagged(data.Test), len(data.Types)
		} else {
			data, err := e.Data.Load(ctx)
			if err != nil {
				return t, err
			}
			name, train, test, classes = data.Name, texts(data.Train), texts(data.Test), len(data.Classes)
		}
		t.Rows = append(t.Rows, []string{
			study, name, fmt.Sprint(train.docs), fmt.Sprint(train.words), fmt.Sprint(test.docs), fmt.Sprint(test.words), fmt.Sprint(classes),
		}, append([]string{"", "the paper"}, inThePaper[study]...))
	}
	return t, nil
}

type split struct{ docs, words int }

func tagged(docs []corpus.Tagged) split {
	s := split{docs: len(docs)}
	for _, doc := range docs {
		s.words += len(doc.Words)
	}
	return s
}

func texts(docs []corpus.Example) split {
	s := split{docs: len(docs)}
	for _, doc := range docs {
		s.words += len(corpus.Segments(doc.Text))
	}
	return s
}
