package corpus_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
)

// tickets are texts of one's own, as they might stand in a CSV file.
type tickets struct{}

func (tickets) Name() string { return "tickets" }

func (tickets) Load(context.Context) (*corpus.Dataset, error) {
	rows, err := csv.NewReader(strings.NewReader("text,label\nIt crashed,bug\nHow do I?,question\nIt froze,bug\n")).ReadAll()
	if err != nil {
		return nil, err
	}
	data := &corpus.Dataset{Name: "tickets", Origin: "three tickets, made up", Classes: []string{"bug", "question"}}
	var ids corpus.IDMaker
	for i, row := range rows[1:] { // after the header
		example := corpus.Example{
			Document: corpus.Document{ID: ids.ID(row[0]), Text: corpus.Clean(row[0])},
			Label:    slices.Index(data.Classes, row[1]),
		}
		if i%3 == 0 {
			data.Test = append(data.Test, example)
		} else {
			data.Train = append(data.Train, example)
		}
	}
	return data, data.Check()
}

func ExampleSource() {
	data, err := corpus.Source(tickets{}).Load(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range data.Train {
		fmt.Println(e.ID, data.Classes[e.Label], e.Text)
	}
	// Output:
	// 96466abc0b4d4077 question How do I?
	// 6d345fac2a4a875d bug It froze
}
